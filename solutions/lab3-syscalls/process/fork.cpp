// Exercise 3.9: fork.
// Invariant: until the last step, which cannot fail, nobody can see the child, and its owner takes everything back.
#include "debug/unimplemented.hpp"
#include "process/process.hpp"

namespace strata {

// EXERCISE 3.9  Neighbouring regions may show the same Vmo. What has to happen to the parent's pages?
Result<Owner<AddressSpace>> fork_space(const AddressSpace& space) {
  //@ solution
  Owner<AddressSpace> copy = TRY(AddressSpace::create());
  Vmo* cloned = nullptr;
  Ref<Vmo> clone;
  for (Region* region = space.first_region(); region; region = space.next_region(*region)) {
    Ref<Vmo> vmo = region->vmo;
    if (vmo->inheritance() == Inheritance::Copied) {
      if (vmo.get() != cloned) clone = TRY(vmo->clone());
      cloned = vmo.get();
      vmo = clone;
    }
    TRY(copy->map(region->start, region->pages(), region->perms, vmo, region->first_page));
  }
  return copy;
  //@ skeleton
  // (void)space;
  // return unimplemented("3.9 fork_space");
  //@ end
}

// EXERCISE 3.9  The child's frame is the parent's but for one register. Its FPU state is the one that the CPU has now.
Result<uint32_t> fork_process(Process& process, const TrapFrame& frame) {
  //@ solution
  TRY(check_process_count());
  Ref<Process> child = TRY(Process::create(process.name()));
  child->space = TRY(fork_space(*process.space));
  child->pages = process.pages;
  child->page_limit = process.page_limit;
  TRY(child->handles.copy_all(process.handles));
  TrapFrame start = frame;
  start.rax = 0;
  Ref<Thread> thread = TRY(Thread::create(*child, start));
  thread->copy_user_state();
  publish(*child, &process);
  start_thread(*child, *thread);
  return child->pid;
  //@ skeleton
  // (void)process, (void)frame;
  // return unimplemented("3.9 fork_process");
  //@ end
}

}  // namespace strata
