#include "process/process.hpp"

#include "debug/panic.hpp"
#include "process/limits.hpp"
#include "sched/x86/cpu_state.hpp"
#include "smp/shootdown.hpp"

namespace strata {

constinit Process* init_process = nullptr;

namespace {

constexpr size_t buckets = 1024;
constexpr uint32_t last_pid = 1 << 20;

using Bucket = List<Process, &Process::pid_link>;
constinit Bucket table[buckets];
constinit Process::Children orphans;
constinit uint32_t next_pid = 1;
constinit uint64_t count = 0;

uint32_t take_pid() {
  while (find_process(next_pid)) next_pid = next_pid == last_pid ? 1 : next_pid + 1;
  uint32_t pid = next_pid;
  next_pid = pid == last_pid ? 1 : pid + 1;
  return pid;
}

}  // namespace

Result<Ref<Process>> Process::create(std::string_view name) {
  Ref<Process> process = TRY(make_object<Process>());
  process->set_name(name);
  process->page_limit = limits::pages_a_process;
  return process;
}

void Process::set_name(std::string_view name) {
  size_t length = name.size() < longest_name ? name.size() : longest_name;
  for (size_t i = 0; i < length; ++i) name_[i] = name[i];
  name_[length] = 0;
}

uint64_t Process::thread_count() const {
  uint64_t number = 0;
  for (Thread* thread = threads.front(); thread; thread = Threads::next(*thread)) ++number;
  return number;
}

void Process::end() { end_process(*this, end_status::killed); }

Process* find_process(uint64_t pid) {
  auto& list = table[pid % buckets];
  Process* process = list.front();
  while (process && process->pid != pid) process = Bucket::next(*process);
  return process;
}

Process::Children& kernel_children() { return orphans; }
uint64_t process_count() { return count; }
Result<> check_process_count() { return count < limits::processes ? Result<>() : Error::TableFull; }

void publish(Process& process, Process* parent) {
  process.pid = take_pid();
  if (process.pid == 1) init_process = &process;
  process.group = parent ? parent->group : process.pid;
  process.state = ProcessState::Alive;
  process.parent = parent;
  table[process.pid % buckets].push_back(process);
  (parent ? parent->children : orphans).push_back(process);
  process.retain();
  ++count;
}

void forget(Process& process) {
  (process.parent ? process.parent->children : orphans).remove(process);
  table[process.pid % buckets].remove(process);
  --count;
  process.release();
}

void start_thread(Process& process, Thread& thread) {
  thread.retain();
  process.threads.push_back(thread);
  make_ready(thread);
}

Result<> check_alive(const Process& process) { return process.ending ? Error::Interrupted : Result<>(); }

void replace_space(Process& process, Owner<AddressSpace> space) {
  use_kernel_space();
  process.space = std::move(space);
  use_space(*process.space);
}

void end_process(Process& process, int32_t status) {
  if (process.ending || process.state != ProcessState::Alive) return;
  process.ending = true;
  process.status = status;
  for (Thread* thread = process.threads.front(); thread; thread = Process::Threads::next(*thread)) {
    thread->stop = true;
    if (thread->state == ThreadState::Running) make_look(*thread->cpu);
    interrupt(*thread);
  }
}

bool may_kill(const Process& killer, const Process& process) {
  if (process.group == killer.group) return true;
  for (const Process* it = &process; it; it = it->parent) {
    if (it == &killer) return true;
  }
  return false;
}

Result<> kill_group(const Process& killer, uint64_t group, uint32_t signal) {
  bool found = false, may = false;
  for (auto& list : table) {
    for (Process* process = list.front(); process; process = Bucket::next(*process)) {
      if (process->group != group) continue;
      found = true;
      if (!may_kill(killer, *process)) continue;
      may = true;
      if (signal == signal::kill) end_process(*process, end_status::killed);
    }
  }
  if (!found) return Error::NotFound;
  return may ? Result<>() : Error::PermissionDenied;
}

void thread_has_ended(Thread& thread) {
  Process& process = *thread.process;
  process.threads.remove(thread);
  if (!process.threads.empty()) return;
  use_kernel_space();
  process.space.reset();
  while (!process.handles.clear_page()) let_others_run();
  if (init_process == &process) init_process = nullptr;
  become_zombie(process);
  while (Thread* waiter = process.end_waiters.first()) wake(*waiter, 0);
  process.destroy();
}

}  // namespace strata
