// Exercise 3.10: trees of processes that have neither threads nor memory.
#include "process/process.hpp"
#include "report/tests.hpp"

namespace strata {

namespace {

constexpr size_t most = 12;

// Processes that the tree knows; what is left of them goes at the end. `init` is process 1's place while this lives.
class Tree {
 public:
  Tree() : init_before_(init_process) { init_process = nullptr; }
  ~Tree() {
    for (size_t i = 0; i < count_; ++i) {
      if (is_published(i)) forget(*all_[i]);
    }
    init_process = init_before_;
  }

  Process* add(Process* parent) {
    auto process = Process::create("tree");
    if (!process.ok() || count_ == most) return nullptr;
    all_[count_] = process.take();
    Process* init = init_process;
    publish(*all_[count_], parent);
    init_process = init;  // whatever number it has
    return all_[count_++].get();
  }

  Process& operator[](size_t i) const { return *all_[i]; }
  size_t size() const { return count_; }
  bool is_published(size_t i) const { return find_process(all_[i]->pid) == all_[i].get(); }

  // 1 .. for a process of the tree, 0 for none.
  uint64_t number_of(const Process* process) const {
    for (size_t i = 0; i < count_; ++i) {
      if (all_[i].get() == process) return i + 1;
    }
    return 0;
  }

  // Everything about everybody, in words that the host can follow.
  void say(TestRun& run) const {
    for (size_t i = 0; i < count_; ++i) {
      run.seen("published", i, is_published(i));
      if (!is_published(i)) continue;
      run.seen("zombie", i, all_[i]->state == ProcessState::Zombie);
      run.seen("parent", i, number_of(all_[i]->parent));
      uint64_t children = 0;
      for (Process* child = all_[i]->children.front(); child; child = Process::Children::next(*child)) {
        children += 1ull << number_of(child);  // in any order
      }
      run.seen("children", i, children);
      run.seen("references", i, all_[i]->references());
    }
  }

 private:
  Process* init_before_;
  Ref<Process> all_[most];
  size_t count_ = 0;
};

// A tree below the first process, which is the kernel's child.
bool draw_tree(Random& random, Tree& tree) {
  if (!tree.add(nullptr)) return false;
  for (size_t i = 1; i < most; ++i) {
    if (!tree.add(&tree[random.below(i)])) return false;
  }
  return true;
}

// Somebody inherits the children: process 1.
void exit_orphans(TestRun& run) {
  Tree tree;
  if (!draw_tree(run.random(), tree)) return;
  init_process = &tree[0];
  bool ended[most] = {};
  for (uint64_t i = 0; i < 6; ++i) {
    uint64_t which = 1 + run.random().below(most - 1);
    if (ended[which]) continue;
    ended[which] = true;
    become_zombie(tree[which]);
    tree.say(run);
  }
}

// Nobody inherits them but the kernel, which reaps at once.
void exit_kernel(TestRun& run) {
  Tree tree;
  if (!draw_tree(run.random(), tree)) return;
  uint64_t before = process_count(), youngests_parent = tree.number_of(tree[most - 1].parent) - 1;
  bool ended[most] = {};
  for (uint64_t i = 0; i < 8; ++i) {
    uint64_t drawn = run.random().below(most), which = i == 3 ? 0 : drawn;  // the kernel's own child, too
    if (i == 0) which = most - 1;                                           // it is there when its parent ends, too
    if (i == 1) which = youngests_parent;
    if (ended[which]) continue;
    ended[which] = true;
    become_zombie(tree[which]);
    tree.say(run);
    run.seen("count", i, before - process_count());
  }
}

void wait_finds(TestRun& run) {
  Tree tree;
  if (!tree.add(nullptr)) return;
  bool zombie[most] = {};
  for (size_t i = 1; i < most; ++i) {
    Process* child = tree.add(&tree[run.random().below(3) == 0 ? i - 1 : 0]);
    if (!child) return;
    zombie[i] = run.random().below(3) == 0;
    if (zombie[i]) child->state = ProcessState::Zombie;
  }
  const int64_t strange[] = {0, -2, -static_cast<int64_t>(tree[1].pid), 1ll << 32 | tree[1].pid, 999'999};
  for (uint64_t i = 0; i < 5; ++i) run.seen("strange", i, find_zombie(tree[0], strange[i]).error());
  for (uint64_t i = 0; i < 30; ++i) {
    uint64_t who = run.random().below(3);
    int64_t pid = tree[run.random().below(most)].pid;
    uint64_t kind = run.random().below(4);
    if (kind == 0) pid = any_child;
    if (kind == 1) pid = strange[run.random().below(5)];
    auto found = find_zombie(tree[who], pid);
    run.seen("outcome", i, found.error());
    if (found.ok()) run.seen("found", i, tree.number_of(found.value()));
  }
}

void wait_reaps(TestRun& run) {
  Tree tree;
  if (!draw_tree(run.random(), tree)) return;
  uint64_t before = process_count();
  for (uint64_t i = most - 1; i > 0; --i) {
    if (run.random().below(2) == 0) continue;
    if (!tree[i].children.empty()) continue;
    tree[i].state = ProcessState::Zombie;
    reap(tree[i]);
    run.seen("count", i, before - process_count());
  }
  tree.say(run);
}

// A thread of a process that is not run: it stands in a queue as if it waited, and is looked at.
class Waiter {
 public:
  Waiter(Process& process, WaitQueue& queue, uint64_t call) {
    auto thread = Thread::create(process, user_frame(0x40'0002, 0));
    if (!thread.ok()) return;
    it_ = thread.take();
    it_->frame().error = call;
    it_->state = ThreadState::Blocked;
    it_->waiting_for = &queue;
    queue.add(*it_);
  }
  ~Waiter() {
    if (!it_) return;
    if (it_->state == ThreadState::Blocked) it_->waiting_for->cancel(*it_);
    if (it_->state == ThreadState::Ready) it_->cpu->queue.remove(*it_);
  }

  // Does it run again, and make its call once more?
  void say(TestRun& run, std::string_view key, uint64_t i) const {
    if (!it_) return;
    run.seen(key, i, it_->state == ThreadState::Ready);
    run.seen("rax", i, it_->frame().rax);
    run.seen("back", i, 0x40'0002 - it_->frame().rip);
  }

 private:
  Ref<Thread> it_;
};

// Who waits for a child looks again when one has ended, and nobody else does.
void exit_wakes(TestRun& run) {
  run.seen("scheduler", 0, need_scheduler().error());
  if (!need_scheduler().ok()) return;
  Tree tree;
  Process* init = tree.add(nullptr);
  Process* parent = init ? tree.add(init) : nullptr;
  Process* child = parent ? tree.add(parent) : nullptr;
  if (!child) return;
  init_process = init;
  uint64_t call = run.random().next();
  Waiter of_init(*init, init->child_waiters, call), first(*parent, parent->child_waiters, call),
      second(*parent, parent->child_waiters, call + 1), of_child(*child, child->child_waiters, call);
  become_zombie(*child);
  first.say(run, "first", 0);
  second.say(run, "second", 0);
  of_child.say(run, "its_own", 0);
  of_init.say(run, "init", 0);
  become_zombie(*parent);
  of_init.say(run, "init", 1);
}

// The heir hears of a zombie that it inherits, also when somebody else is the parent of the one that ends.
void exit_heir(TestRun& run) {
  run.seen("scheduler", 0, need_scheduler().error());
  if (!need_scheduler().ok()) return;
  for (uint64_t i = 0; i < 6; ++i) {
    Tree tree;
    Process* init = tree.add(nullptr);
    Process* grandparent = tree.add(nullptr);
    Process* parent = grandparent ? tree.add(grandparent) : nullptr;
    Process* child = parent ? tree.add(parent) : nullptr;
    if (!child) return;
    init_process = init;
    if (run.random().below(2) == 0) become_zombie(*child);
    uint64_t call = run.random().next();
    Waiter first(*init, init->child_waiters, call), second(*init, init->child_waiters, call + 1);
    become_zombie(*parent);
    first.say(run, "init", i);
    second.say(run, "another", i);
  }
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab3.exit_orphans", exit_orphans}, {"lab3.exit_kernel", exit_kernel}, {"lab3.exit_wakes", exit_wakes},
    {"lab3.exit_heir", exit_heir},       {"lab3.wait_finds", wait_finds},   {"lab3.wait_reaps", wait_reaps},
};

}  // namespace
}  // namespace strata
