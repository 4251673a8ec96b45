// Exercise 3.9: spaces and processes that are copied, and nobody runs.
#include "mm/fault_injection.hpp"
#include "mm/frames.hpp"
#include "object/vmo_object.hpp"
#include "process/limits.hpp"
#include "process/process.hpp"
#include "report/tests.hpp"

namespace strata {

namespace {

constexpr uint64_t page = 4096, vmos = 4, pages_a_vmo = 8;

uint64_t* words_of(const Vmo& vmo, uint64_t number) { return direct_map_as<uint64_t>(vmo.frame(number)); }

// A space with a few Vmos: some inherited as they are, most as copies; one page in the middle with permissions of its own, so that
// neighbouring regions show the same Vmo; some pages filled.
struct Drawn {
  Owner<AddressSpace> space;
  Ref<Vmo> vmo[vmos];
  bool shared[vmos] = {};
  Va base;
};

Result<> fill_some(Random& random, Vmo& vmo) {
  uint64_t filled = random.next();
  for (uint64_t n = 0; n < pages_a_vmo; ++n) {
    uint64_t word = random.next();
    if ((filled >> n & 1) == 0) continue;
    TRY(vmo.fill(n));
    *words_of(vmo, n) = word;
  }
  return {};
}

Result<Drawn> draw_space(Random& random) {
  Drawn it;
  it.space = TRY(AddressSpace::create());
  it.base = Va{(16 + random.below(1 << 20)) * page};
  for (uint64_t i = 0; i < vmos; ++i) {
    it.vmo[i] = TRY(Vmo::create(pages_a_vmo));
    it.shared[i] = random.below(3) == 0;
    if (it.shared[i]) it.vmo[i]->share();
    uint64_t bits = random.below(4), other = random.below(4), middle = random.below(pages_a_vmo);
    Va start = it.base + i * pages_a_vmo * page;
    TRY(it.space->map(start, pages_a_vmo, {(bits & 1) != 0, (bits & 2) != 0, true}, it.vmo[i], 0));
    TRY(it.space->protect(start + middle * page, 1, {(other & 1) != 0, (other & 2) != 0, true}));
    TRY(fill_some(random, *it.vmo[i]));
  }
  return it;
}

// The copy has the same regions, and each Vmo is copied once, or not at all.
void fork_regions(TestRun& run) {
  auto drawn = draw_space(run.random());
  if (!drawn.ok()) return;
  const Drawn& it = drawn.value();
  auto copy = fork_space(*it.space);
  run.seen("outcome", 0, copy.error());
  if (!copy.ok()) return;
  const Vmo* last = nullptr;
  uint64_t count = 0;
  for (Region* region = copy.value()->first_region(); region; region = copy.value()->next_region(*region)) {
    uint64_t at = (region->start - it.base) / page;
    const Perms& perms = region->perms;
    run.seen("start", count, at);
    run.seen("pages", count, region->pages());
    run.seen("perms", count, (perms.write ? 1u : 0u) + (perms.execute ? 2u : 0u) + (perms.user ? 4u : 0u));
    run.seen("first_page", count, region->first_page);
    run.seen("same_vmo", count, at / pages_a_vmo < vmos && region->vmo.get() == it.vmo[at / pages_a_vmo].get());
    run.seen("as_before", count, region->vmo.get() == last);
    last = region->vmo.get();
    ++count;
  }
}

// Who writes has a page of its own from then on; what is shared is still one.
void fork_writes(TestRun& run) {
  auto drawn = draw_space(run.random());
  if (!drawn.ok()) return;
  const Drawn& it = drawn.value();
  uint64_t before = free_frames();
  auto copy = fork_space(*it.space);
  run.seen("outcome", 0, copy.error());
  if (!copy.ok()) return;
  run.seen("few_frames", 0, before - free_frames() < 16);
  for (uint64_t i = 0; i < 24; ++i) {
    uint64_t which = run.random().below(vmos), number = run.random().below(pages_a_vmo), word = run.random().next();
    bool child_writes = run.random().below(2) == 1;
    Region* region = copy.value()->find(it.base + (which * pages_a_vmo + number) * page);
    run.seen("region", i, region != nullptr);
    if (!region) return;
    Vmo &child = *region->vmo, &parent = *it.vmo[which];
    if (parent.state(number) == PageState::Missing) continue;
    auto frame = (child_writes ? child : parent).writable_frame(number);
    run.seen("frame", i, frame.error());
    if (!frame.ok()) return;
    *direct_map_as<uint64_t>(frame.value()) = word;
    run.seen("parent", i, *words_of(parent, number));
    run.seen("child", i, *words_of(child, number));
  }
}

constinit uint64_t allowed = 0;  // allocations

bool allow_some(const void*) { return allowed != 0 && allowed-- != 0; }

uint64_t count_regions(const AddressSpace& space) {
  uint64_t count = 0;
  for (const Region* region = space.first_region(); region; region = space.next_region(*region)) ++count;
  return count;
}

void fork_space_memory(TestRun& run) {
  auto drawn = draw_space(run.random());
  if (!drawn.ok()) return;
  const Drawn& it = drawn.value();
  uint64_t before = free_frames(), failures = 0, lost = 0, regions = 0;
  Error outcome = Error::OutOfMemory;
  for (uint64_t n = 0; outcome == Error::OutOfMemory && n < 60; ++n) {
    allowed = n;
    allocation_hook = allow_some;
    {
      auto copy = fork_space(*it.space);
      outcome = copy.error();
      if (copy.ok()) regions = count_regions(*copy.value());
    }
    allocation_hook = nullptr;
    failures += outcome != Error::Success;
    lost += before - free_frames();
  }
  run.seen("outcome", 0, outcome);
  run.seen("failed_first", 0, failures > 0);
  run.seen("lost", 0, lost);
  run.seen("regions", 0, regions == count_regions(*it.space));
}

// --- Processes.

// A process in the tree, with a space and handles, and without a thread.
struct Parent {
  Ref<Process> process;
  Ref<VmoObject> object;
  TrapFrame frame;

  Parent() = default;
  Parent(Parent&&) = default;
  ~Parent() {
    if (process && process->pid != 0) forget(*process);
  }
};

Result<Parent> draw_parent(Random& random) {
  constexpr std::string_view names[] = {"stone", "sand", "clay", "chalk"};
  Parent it;
  it.object = TRY(VmoObject::create(1));
  it.process = TRY(Process::create(names[random.below(4)]));
  Process& process = *it.process;
  Drawn drawn = TRY(draw_space(random));
  process.space = std::move(drawn.space);
  process.pages = random.below(1000);
  process.page_limit = 1000 + random.below(1000);
  for (uint64_t i = 1; i <= 70; ++i) TRY(process.handles.insert(*it.object, static_cast<uint32_t>(random.below(16))));
  for (uint64_t i = 0; i < 30; ++i) (void)process.handles.remove(1 + random.below(70));
  auto* words = reinterpret_cast<uint64_t*>(&it.frame);
  for (size_t i = 0; i < sizeof it.frame / 8; ++i) words[i] = random.next();
  Process* init = init_process;
  publish(process, nullptr);
  init_process = init;  // whatever number it has
  process.group = static_cast<uint32_t>(random.next());
  return it;
}

// Takes a child that has not run out of everything again.
void take_back(Process& child) {
  while (Thread* thread = child.threads.front()) {
    if (thread->state == ThreadState::Ready) thread->cpu->queue.remove(*thread);
    child.threads.remove(*thread);
    thread->process = {};
    thread->release();
  }
  child.space.reset();
  child.handles.clear();
  forget(child);
}

uint64_t handles_of(const Process& process) {
  uint64_t sum = 0;
  for (uint64_t i = 0; i < 128; ++i) {
    auto slot = process.handles.find(i);
    if (slot.ok()) sum = sum * 31 + i * 16 + slot.value()->rights;
  }
  return sum;
}

void fork_whole(TestRun& run) {
  run.seen("scheduler", 0, need_scheduler().error());
  auto drawn = draw_parent(run.random());
  if (!drawn.ok() || !need_scheduler().ok()) return;
  Process& process = *drawn.value().process;
  uint64_t xmm = run.random().next(), fs_base = run.random().next(), before = process_count();
  asm volatile("movq %0, %%xmm3" : : "r"(xmm));
  current_thread().fs_base = fs_base;
  auto pid = fork_process(process, drawn.value().frame);
  current_thread().fs_base = 0;
  run.seen("outcome", 0, pid.error());
  Process* child = find_process(pid.value_or(0));
  run.seen("found", 0, child != nullptr);
  if (!child) return;
  run.seen("count", 0, process_count() - before);
  run.seen("its_child", 0, child->parent == &process && process.children.contains(*child));
  run.seen("name", 0, child->name());
  run.seen("group", 0, child->group);
  run.seen("pages", 0, child->pages);
  run.seen("page_limit", 0, child->page_limit);
  run.seen("handles", 0, handles_of(*child));
  run.seen("threads", 0, child->thread_count());
  if (Thread* thread = child->threads.front()) {
    run.seen("ready", 0, thread->state == ThreadState::Ready);
    run.seen("process", 0, thread->process.get() == child);
    auto* words = reinterpret_cast<const uint64_t*>(&thread->frame());
    for (uint64_t i = 0; i < sizeof(TrapFrame) / 8; ++i) run.seen("frame", i, words[i]);
    run.seen("xmm3", 0, thread->fpu[26]);
    run.seen("fs_base", 0, thread->fs_base);
  }
  take_back(*child);
}

// Whatever fails, the child was never there.
void fork_rollback(TestRun& run) {
  run.seen("scheduler", 0, need_scheduler().error());
  auto drawn = draw_parent(run.random());
  if (!drawn.ok() || !need_scheduler().ok()) return;
  Process& process = *drawn.value().process;
  const VmoObject& object = *drawn.value().object;
  uint64_t frames = 0, processes = process_count(), references = object.references(), queued = this_cpu().queue.size();
  uint64_t lost = 0, there = 0, held = 0, failures = 0;
  Result<uint32_t> pid = Error::OutOfMemory;
  for (uint64_t n = 0; pid.error() == Error::OutOfMemory && n < 80; ++n) {
    frames = free_frames();
    allowed = n;
    allocation_hook = allow_some;
    pid = fork_process(process, drawn.value().frame);
    allocation_hook = nullptr;
    if (pid.ok()) break;
    ++failures;
    lost += n == 0 ? 0 : frames - free_frames();
    there += process_count() - processes + !process.children.empty() + (this_cpu().queue.size() - queued);
    held += object.references() - references;
  }
  run.seen("outcome", 0, pid.error());
  run.seen("failed_first", 0, failures > 2);
  run.seen("lost", 0, lost);
  run.seen("there", 0, there);
  run.seen("held", 0, held);
  if (Process* child = find_process(pid.value_or(0))) take_back(*child);
  run.seen("references", 0, object.references() - references);
}

// No room for one more process.
void fork_full(TestRun& run) {
  run.seen("scheduler", 0, need_scheduler().error());
  auto drawn = draw_parent(run.random());
  if (!drawn.ok() || !need_scheduler().ok()) return;
  Process& process = *drawn.value().process;
  Process* first = nullptr;
  while (check_process_count().ok()) {
    auto filler = Process::create("filler");
    if (!filler.ok()) break;
    publish(*filler.value(), nullptr);
    if (!first) first = filler.value().get();
  }
  auto pid = fork_process(process, drawn.value().frame);
  run.seen("outcome", 0, pid.error());
  run.seen("children", 0, process.children.empty());
  while (first) {
    Process* next = Process::Children::next(*first);
    forget(*first);
    first = next;
  }
  pid = fork_process(process, drawn.value().frame);
  run.seen("outcome", 1, pid.error());
  if (Process* child = find_process(pid.value_or(0))) take_back(*child);
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab3.fork_regions", fork_regions},           {"lab3.fork_writes", fork_writes},
    {"lab3.fork_space_memory", fork_space_memory}, {"lab3.fork_whole", fork_whole},
    {"lab3.fork_rollback", fork_rollback},         {"lab3.fork_full", fork_full},
};

}  // namespace
}  // namespace strata
