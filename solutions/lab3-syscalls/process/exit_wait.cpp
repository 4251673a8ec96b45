// Exercise 3.10: the end of a process, and who learns of it.
// Invariant: every process has somebody who will reap it: its parent, process 1, or the kernel.
#include "debug/unimplemented.hpp"
#include "process/process.hpp"

namespace strata {

//@ solution
namespace {

void wake_parent(Process& parent) {
  while (Thread* waiter = parent.child_waiters.first()) wake_to_retry(*waiter);
}

// A child gets another parent; the reference of the list that it is on goes with it.
void give_to(Process* heir, Process::Children& from, Process& child) {
  from.remove(child);
  child.parent = heir;
  (heir ? heir->children : kernel_children()).push_back(child);
  if (child.state != ProcessState::Zombie) return;
  if (heir) {
    wake_parent(*heir);
  } else {
    reap(child);
  }
}

}  // namespace

//@ end
// EXERCISE 3.10  A child may be a zombie already when it gets its new parent. In which order, if the parent is the kernel?
void become_zombie(Process& process) {
  //@ solution
  process.state = ProcessState::Zombie;
  while (Process* child = process.children.front()) give_to(init_process, process.children, *child);
  if (process.parent) {
    wake_parent(*process.parent);
  } else {
    reap(process);
  }
  //@ skeleton
  // (void)process;
  // (void)unimplemented("3.10 become_zombie");
  //@ end
}

// EXERCISE 3.10  "No such child" and "not yet" are two answers: one of them would make wait() wait for ever.
Result<Process*> find_zombie(const Process& parent, int64_t pid) {
  //@ solution
  if (pid != any_child && pid <= 0) return Error::InvalidArgument;
  bool found = false;
  for (Process* child = parent.children.front(); child; child = Process::Children::next(*child)) {
    if (pid != any_child && child->pid != static_cast<uint64_t>(pid)) continue;
    if (child->state == ProcessState::Zombie) return child;
    found = true;
  }
  return found ? Error::Again : Error::NotFound;
  //@ skeleton
  // (void)parent, (void)pid;
  // return unimplemented("3.10 find_zombie");
  //@ end
}

// EXERCISE 3.10  The last reference may be the list's.
void reap(Process& zombie) {
  //@ solution
  forget(zombie);
  //@ skeleton
  // (void)zombie;
  // (void)unimplemented("3.10 reap");
  //@ end
}

}  // namespace strata
