// A process: an address space, handles, threads, and a place in the tree of processes.
// Invariants: a process that was published is in its parent's list of children (the kernel's, if it has no parent), which has a
// reference, until it is reaped; a zombie has neither space nor handles nor threads.
#pragma once

#include <string_view>

#include "mm/address_space.hpp"
#include "object/handle_table.hpp"
#include "sched/scheduler.hpp"

namespace strata {

enum class ProcessState : uint8_t { New, Alive, Zombie };

class Process final : public ObjectOf<Process, ObjectType::Process> {
 public:
  static constexpr size_t longest_name = 31;

  // Not published yet: without a number, a space or handles. OutOfMemory.
  static Result<Ref<Process>> create(std::string_view name);

  Process() = default;
  ~Process() = default;

  std::string_view name() const { return name_; }
  void set_name(std::string_view name);
  uint64_t thread_count() const;

  // Its number; 0 before it is published. Numbers are not given again before all others had their turn.
  uint32_t pid = 0;
  uint32_t group = 0;
  ProcessState state = ProcessState::New;
  int32_t status = 0;       // what wait() will tell
  bool ending = false;      // all of its threads are to end
  uint64_t page_limit = 0;  // pages that may be mapped
  uint64_t pages = 0;       // that are

  // What it has.
  Owner<AddressSpace> space;
  HandleTable handles;
  using Threads = List<Thread, &Thread::process_link>;
  Threads threads;

  // Where it stands in the tree.
  Process* parent = nullptr;
  ListLink<Process> sibling_link;
  ListLink<Process> pid_link;
  using Children = List<Process, &Process::sibling_link>;
  Children children;
  WaitQueue child_waiters;  // its threads in wait()
  WaitQueue end_waiters;    // the kernel's threads that wait for its end

 private:
  void end() override;

  char name_[longest_name + 1] = {};
};

// --- The table of all processes.

// nullptr: there is none with this number.
Process* find_process(uint64_t pid);

// Gives it a number, and puts it under its parent (nullptr: the kernel) and into its parent's group (its own, if there is none).
// Cannot fail: whether there is room for one more is asked before, by check_process_count(). TableFull.
void publish(Process& process, Process* parent);
Result<> check_process_count();
uint64_t process_count();

// The other way round; its number is free. The process itself lives as long as somebody has a reference.
void forget(Process& process);

// The children of the kernel.
Process::Children& kernel_children();

// Process 1, which inherits the children of those that end; nullptr: there is none, or it has ended itself.
extern Process* init_process;

// --- Its life.

// A thread of a process that is published, its first or a further one.
void start_thread(Process& process, Thread& thread);

// May something new begin in it? Interrupted: it is to end; a call of its own may have waited for the kernel's lock meanwhile.
Result<> check_alive(const Process& process);

// The space of the process that runs is another from now on; the old one is gone.
void replace_space(Process& process, Owner<AddressSpace> space);

// Asks all of its threads to end; the first status given counts. Those that wait are interrupted.
void end_process(Process& process, int32_t status);

// May `killer` end `process` by its number? Its ancestors may, and its group.
bool may_kill(const Process& killer, const Process& process);

// Every process of a group that the killer may end; only asks, if `signal` is probe. NotFound: the group is empty.
// PermissionDenied: none of them may be ended.
Result<> kill_group(const Process& killer, uint64_t group, uint32_t signal);

// By finish_thread(): the last one takes space and handles with it and makes the process a zombie.
void thread_has_ended(Thread& thread);

// Exercise 3.10. All threads have ended. The process becomes a zombie; its children go to init_process, or to the kernel if
// there is none (it is never the one that ends). Who waits for a child of the process's parent looks again, and of the heir if that
// has got a zombie. The kernel reaps its zombies at once.
void become_zombie(Process& process);

// Exercise 3.10. The child that wait(pid) tells about: the first zombie among the children, or among those with that number.
// NotFound: no such child. Again: there are such children, but none has ended. InvalidArgument: 0, or negative and not any_child.
Result<Process*> find_zombie(const Process& parent, int64_t pid);

// Exercise 3.10. Takes a zombie away from its parent and out of the table.
void reap(Process& zombie);

// Exercise 3.9. A copy of the process whose thread is `frame`'s: same memory, copied when written to, same handles, one thread, for
// which the call returns 0. Returns its number. OutOfMemory, TableFull: nothing has changed.
Result<uint32_t> fork_process(Process& process, const TrapFrame& frame);

// Exercise 3.9. A copy of the space; what is private is copied when written to, what is shared stays shared. OutOfMemory.
Result<Owner<AddressSpace>> fork_space(const AddressSpace& space);

}  // namespace strata
