// Calls about processes and threads. Each is decoded first, without changing anything, and then carried out.
#include "process/limits.hpp"
#include "process/process.hpp"
#include "process/program.hpp"
#include "syscall/syscall_table.hpp"

namespace strata {

namespace {

constexpr uint64_t longest_path = 255;

Process& caller() { return *current_thread().process; }

// Text from ring 3, kept on the kernel's stack.
template <size_t N>
struct UserText {
  char bytes[N];
  size_t size = 0;
  std::string_view text() const { return {bytes, size}; }

  Result<> read(UserPtr<const char> from, uint64_t length) {
    if (length > N) return Error::InvalidArgument;
    size = length;
    return from.read_all({bytes, size});
  }
};
using Path = UserText<longest_path>;
using Arguments = UserText<most_argument_bytes>;

Result<uint64_t> sys_exit(int32_t status) {
  end_process(caller(), status);
  return 0;
}

Result<uint64_t> sys_spawn(UserPtr<const char> path, uint64_t path_length, UserPtr<const char> arguments,
                           uint64_t arguments_length, UserPtr<const uint32_t> handles, uint64_t handle_count) {
  constexpr size_t most = 64;
  TRY(check_alive(caller()));
  Path name;
  TRY(name.read(path, path_length));
  Owner<Arguments> words = TRY(make<Arguments>());
  TRY(words->read(arguments, arguments_length));
  Slot* slots[most];
  if (handle_count > most) return Error::InvalidArgument;
  for (uint64_t i = 0; i < handle_count; ++i) {
    uint32_t handle = TRY(handles.read(i));
    slots[i] = TRY(caller().handles.find(handle, ObjectType::None, right::grant));
  }
  Ref<Process> child = TRY(spawn_program(name.text(), words->text(), {slots, handle_count}, &caller()));
  return child->pid;
}

Result<uint64_t> sys_wait(int64_t pid, UserPtr<int32_t> status, uint32_t flags) {
  auto found = find_zombie(caller(), pid);
  if (found.error() == Error::Again && (flags & wait_flag::no_hang) == 0) return tail_wait(caller().child_waiters);
  Process* child = TRY(found);
  if (status) TRY(status.write(child->status));
  uint64_t child_pid = child->pid;
  reap(*child);
  return child_pid;
}

Result<uint64_t> sys_yield() {
  give_way();
  return 0;
}

Result<uint64_t> sys_getpid() { return current_thread().process->pid; }
Result<uint64_t> sys_gettid() { return current_thread().id; }
Result<uint64_t> sys_getppid() { return caller().parent ? caller().parent->pid : 0; }

Result<uint64_t> sys_fork() {
  TRY(check_alive(caller()));
  return TRY(fork_process(caller(), current_thread().frame()));
}

// The new program takes over when it is complete; until then the old one can be told why not.
Result<uint64_t> sys_exec(UserPtr<const char> path, uint64_t path_length, UserPtr<const char> arguments,
                          uint64_t arguments_length) {
  Process& process = caller();
  Thread& thread = current_thread();
  if (process.thread_count() > 1) return Error::Busy;
  Path name;
  TRY(name.read(path, path_length));
  Owner<Arguments> words = TRY(make<Arguments>());
  TRY(words->read(arguments, arguments_length));
  LoadedProgram program = TRY(load_program(name.text(), words->text()));
  process.set_name(name.text().substr(name.text().find_last_of('/') + 1));
  process.handles.close_for_exec();
  process.pages = program.pages;
  replace_space(process, std::move(program.space));
  thread.begin_again(program.frame);
  return 0;
}

// A negative number means a group.
Result<uint64_t> sys_kill(int64_t pid, uint32_t signal) {
  if (signal != signal::probe && signal != signal::kill) return Error::NotSupported;
  if (pid < 0) {
    TRY(kill_group(caller(), uint64_t{0} - static_cast<uint64_t>(pid), signal));
    return 0;
  }
  Process* process = find_process(static_cast<uint64_t>(pid));
  if (!process || pid == 0) return Error::NotFound;
  if (!may_kill(caller(), *process)) return Error::PermissionDenied;
  if (signal == signal::kill) end_process(*process, end_status::killed);
  return 0;
}

// 0: oneself. Others: only one's children and oneself.
Result<Process*> find_for_group(int64_t pid) {
  Process& self = caller();
  if (pid == 0 || pid == self.pid) return &self;
  Process* process = find_process(static_cast<uint64_t>(pid));
  if (!process || process->parent != &self) return Error::NotFound;
  return process;
}

Result<uint64_t> sys_setpgid(int64_t pid, int64_t group) {
  Process* process = TRY(find_for_group(pid));
  if (group < 0) return Error::InvalidArgument;
  if (group == 0) group = process->pid;
  if (group != process->pid && group != caller().group) return Error::PermissionDenied;
  process->group = static_cast<uint32_t>(group);
  return 0;
}

Result<uint64_t> sys_getpgid(int64_t pid) {
  Process* process = pid == 0 ? &caller() : find_process(static_cast<uint64_t>(pid));
  if (!process) return Error::NotFound;
  return process->group;
}

}  // namespace

void install_process_calls() {
  install<Sys::exit, sys_exit>();
  install<Sys::spawn, sys_spawn>();
  install<Sys::wait, sys_wait>();
  install<Sys::yield, sys_yield>();
  install<Sys::getpid, sys_getpid>();
  install<Sys::gettid, sys_gettid>();
  install<Sys::fork, sys_fork>();
  install<Sys::exec, sys_exec>();
  install<Sys::kill, sys_kill>();
  install<Sys::getppid, sys_getppid>();
  install<Sys::setpgid, sys_setpgid>();
  install<Sys::getpgid, sys_getpgid>();
}

}  // namespace strata
