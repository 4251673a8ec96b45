// Calls about handles, and those on objects that every type may answer.
#include "process/limits.hpp"
#include "process/process.hpp"
#include "syscall/syscall_table.hpp"

namespace strata {

namespace {

Process& caller() { return *current_thread().process; }

Result<uint64_t> sys_close(uint32_t handle) {
  TRY(caller().handles.remove(handle));
  return 0;
}

Result<uint64_t> sys_dup(uint32_t handle, uint32_t rights) {
  Slot* slot = TRY(caller().handles.find(handle));
  return TRY(caller().handles.insert_copy(*slot, rights));
}

// To another process, for which one needs a handle with the right to write to it.
Result<uint64_t> sys_grant(uint32_t process, uint32_t handle, uint32_t rights) {
  Process* receiver = TRY(caller().handles.get<Process>(process, right::write));
  Slot* slot = TRY(caller().handles.find(handle, ObjectType::None, right::grant));
  if (receiver->state != ProcessState::Alive) return Error::ObjectGone;
  return TRY(receiver->handles.insert_copy(*slot, rights));
}

// Takes back all copies, wherever they are; the handle itself stays.
Result<uint64_t> sys_revoke(uint32_t handle) {
  constexpr unsigned at_once = 32;
  if (!revoke_copies(*TRY(caller().handles.find(handle)), at_once)) return call_again();
  return 0;
}

// A further thread of the caller.
Result<uint64_t> create_thread(UserPtr<const ThreadStart> from) {
  TRY(check_alive(caller()));
  ThreadStart start = TRY(from.read());
  Va last = AddressSpace::end_of_space;
  if (Va{start.entry} >= last || Va{start.fs_base} >= last) return Error::BadAddress;
  if (caller().thread_count() >= limits::threads_a_process) return Error::TableFull;
  TrapFrame frame = user_frame(start.entry, start.stack);
  frame.rdi = start.argument;
  Ref<Thread> thread = TRY(Thread::create(caller(), frame));
  thread->fs_base = start.fs_base;
  uint32_t handle = TRY(caller().handles.insert(*thread, right::everything));
  start_thread(caller(), *thread);
  return handle;
}

// A handle to a process that is there already, for who may end it.
Result<uint64_t> open_process(uint64_t pid) {
  Process* process = find_process(pid);
  if (!process) return Error::NotFound;
  if (!may_kill(caller(), *process)) return Error::PermissionDenied;
  return TRY(caller().handles.insert(*process, right::everything));
}

Result<uint64_t> sys_create(uint32_t type, uint64_t argument) {
  if (type == static_cast<uint32_t>(ObjectType::Process)) return open_process(argument);
  if (type == static_cast<uint32_t>(ObjectType::Thread)) return create_thread(UserPtr<const ThreadStart>(argument));
  return Error::NotSupported;
}

Result<uint64_t> sys_handle_info(uint32_t handle, UserPtr<HandleInfo> info) {
  Slot* slot = TRY(caller().handles.find(handle));
  TRY(info.write({static_cast<uint32_t>(slot->type), slot->rights, slot->badge}));
  return 0;
}

Result<uint64_t> sys_read(uint32_t handle, UserPtr<char> to, uint64_t size) {
  Slot* slot = TRY(caller().handles.find(handle, ObjectType::None, right::read));
  return slot->object->read(to, size);
}

Result<uint64_t> sys_write(uint32_t handle, UserPtr<const char> from, uint64_t size) {
  Slot* slot = TRY(caller().handles.find(handle, ObjectType::None, right::write));
  return slot->object->write(from, size);
}

}  // namespace

void install_handle_calls() {
  install<Sys::close, sys_close>();
  install<Sys::dup, sys_dup>();
  install<Sys::grant, sys_grant>();
  install<Sys::revoke, sys_revoke>();
  install<Sys::create, sys_create>();
  install<Sys::handle_info, sys_handle_info>();
  install<Sys::read, sys_read>();
  install<Sys::write, sys_write>();
}

}  // namespace strata
