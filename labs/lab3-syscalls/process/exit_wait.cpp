// Exercise 3.10: the end of a process, and who learns of it.
// Invariant: every process has somebody who will reap it: its parent, process 1, or the kernel.
#include "debug/unimplemented.hpp"
#include "process/process.hpp"

namespace strata {

// EXERCISE 3.10  A child may be a zombie already when it gets its new parent. In which order, if the parent is the kernel?
void become_zombie(Process& process) {
  (void)process;
  (void)unimplemented("3.10 become_zombie");
}

// EXERCISE 3.10  "No such child" and "not yet" are two answers: one of them would make wait() wait for ever.
Result<Process*> find_zombie(const Process& parent, int64_t pid) {
  (void)parent, (void)pid;
  return unimplemented("3.10 find_zombie");
}

// EXERCISE 3.10  The last reference may be the list's.
void reap(Process& zombie) {
  (void)zombie;
  (void)unimplemented("3.10 reap");
}

}  // namespace strata
