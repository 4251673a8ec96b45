#include "process/program.hpp"

#include "debug/unimplemented.hpp"
#include "mm/frame.hpp"
#include "object/console_object.hpp"
#include "process/archive.hpp"
#include "process/elf.hpp"

namespace strata {

namespace {

constexpr uint64_t stack_pages = 16;

// What the program finds at rsp: argc, the addresses of its arguments, 0, 0 (no environment); above that the strings.
struct InitialStack {
  uint64_t words[most_arguments + 3];
  char strings[most_argument_bytes];
};
static_assert(sizeof(InitialStack) <= frame_size && sizeof(InitialStack) % 8 == 0);

Result<uint64_t> write_arguments(InitialStack& stack, uint64_t address, std::string_view arguments) {
  if (arguments.size() > most_argument_bytes) return Error::InvalidArgument;
  if (!arguments.empty() && arguments.back() != 0) return Error::InvalidArgument;
  uint64_t count = 0;
  for (size_t at = 0; at < arguments.size(); at += arguments.substr(at).find('\0') + 1) {
    if (count == most_arguments) return Error::InvalidArgument;
    stack.words[1 + count++] = address + offsetof(InitialStack, strings) + at;
  }
  if (count != 0) __builtin_memcpy(stack.strings, arguments.data(), arguments.size());
  stack.words[0] = count;
  return address;
}

// Returns the first rsp, a multiple of 16.
Result<uint64_t> make_stack(AddressSpace& space, std::string_view arguments) {
  constexpr uint64_t page_below_end = (sizeof(InitialStack) + 15) / 16 * 16;
  Ref<Vmo> vmo = TRY(Vmo::create(stack_pages));
  Va end = AddressSpace::end_of_space;
  Va start{end.value - stack_pages * frame_size};
  TRY(space.map(start, stack_pages, {.write = true, .user = true}, vmo, 0));
  Pa top = TRY(vmo->fill(stack_pages - 1));
  auto* stack = direct_map_as<InitialStack>(top + (frame_size - page_below_end));
  return write_arguments(*stack, end.value - page_below_end, arguments);
}

}  // namespace

Result<LoadedProgram> load_program(std::string_view path, std::string_view arguments) {
  ElfImage image;
  Span<const uint8_t> file = TRY(find_boot_file(path));
  TRY(parse_elf(file, image));
  if (!image.native) return Error::NotSupported;
  LoadedProgram program;
  program.space = TRY(AddressSpace::create());
  TRY(load_elf(image, *program.space));
  uint64_t stack = TRY(make_stack(*program.space, arguments));
  program.pages = stack_pages;
  for (const ElfSegment& segment : image.segments) program.pages += segment.pages;
  program.frame = user_frame(image.entry.value, stack);
  return program;
}

Result<Ref<Process>> spawn_program(std::string_view path, std::string_view arguments, Span<Slot* const> slots,
                                   Process* parent) {
  TRY(need_scheduler());
  TRY(check_process_count());
  size_t slash = path.find_last_of('/');
  Ref<Process> process = TRY(Process::create(slash == std::string_view::npos ? path : path.substr(slash + 1)));
  LoadedProgram program = TRY(load_program(path, arguments));
  process->space = std::move(program.space);
  process->pages = program.pages;
  for (Slot* slot : slots) TRY(process->handles.insert_copy(*slot, right::everything));
  Ref<Thread> thread = TRY(Thread::create(*process, program.frame));
  publish(*process, parent);
  start_thread(*process, *thread);
  return process;
}

Result<int32_t> run_program(std::string_view path, std::string_view arguments) {
  Slot* console = &console_slot();
  Slot* const slots[] = {console, console, console};
  Ref<Process> process = TRY(spawn_program(path, arguments, slots, nullptr));
  while (process->state == ProcessState::Alive && !process->threads.empty()) TRY(stack_wait(process->end_waiters));
  bool missing = process->status == static_cast<int32_t>(Error::Unimplemented);
  if (missing || process->state != ProcessState::Zombie) return Error::Unimplemented;
  return process->status;
}

}  // namespace strata
