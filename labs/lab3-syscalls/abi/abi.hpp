// What the kernel and its programs agree on: numbers of calls, rights and object types, and the structs that go between them.
// Registers: `syscall` with the number in rax, arguments in rdi rsi rdx r10 r8 r9, result in rax (negative: an Error); only rcx
// and r11 are lost. `int 0x80` does the same and loses nothing. (Intel SDM vol. 2, SYSCALL)
#pragma once

#include <cstdint>
#include <string_view>

#include "lib/error.hpp"

namespace strata {

// In the ELF note of every native program (runtime/crt0.S).
inline constexpr uint32_t abi_version = 1;
inline constexpr uint32_t abi_magic = 0x5253'444e;
inline constexpr uint32_t abi_note_type = 1;

inline constexpr uint64_t most_calls = 128;

enum class Sys : uint32_t {
#define CALL(number, name, parameters, arguments) name = (number),
#define RESERVED(number, name) CALL(number, name, , )
#include "abi/calls.def"
#undef CALL
#undef RESERVED
};

// "getpid"; "?" for a number that is no call.
constexpr std::string_view name_of(Sys call) {
  switch (call) {
#define CALL(number, name, parameters, arguments) \
  case Sys::name:                                 \
    return #name;
#define RESERVED(number, name) CALL(number, name, , )
#include "abi/calls.def"
#undef CALL
#undef RESERVED
  }
  return "?";
}

// A set of rights is the sum of these.
namespace right {
#define RIGHT(name, bit, text) inline constexpr uint32_t name = (bit);
#include "abi/rights.def"
#undef RIGHT
inline constexpr uint32_t all = read | write | execute;
inline constexpr uint32_t everything = all | grant;
}  // namespace right

enum class ObjectType : uint8_t {
#define OBJECT(name, number) name = (number),
#include "abi/objects.def"
#undef OBJECT
};

constexpr std::string_view name_of(ObjectType type) {
  switch (type) {
#define OBJECT(name, number) \
  case ObjectType::name:     \
    return #name;
#include "abi/objects.def"
#undef OBJECT
  }
  return "?";
}

// The handles that every program starts with.
namespace handle {
inline constexpr uint32_t standard_input = 1;
inline constexpr uint32_t standard_output = 2;
inline constexpr uint32_t standard_error = 3;
}  // namespace handle

inline constexpr uint64_t most_handles = 65536;  // of a process, the never valid 0 among them

// exec() closes a handle that has this flag; given to dup() beside the rights.
inline constexpr uint32_t close_on_exec = 1u << 16;

namespace wait_flag {
inline constexpr uint32_t no_hang = 1;  // Again instead of waiting
}

// The status of a process that was ended: by a fault or by kill(). Others gave theirs to exit().
namespace end_status {
inline constexpr int32_t killed = -1000;
inline constexpr int32_t fault = -2000;  // minus the vector
}  // namespace end_status

namespace signal {
inline constexpr uint32_t probe = 0;  // only asks whether the process could be killed
inline constexpr uint32_t kill = 9;
}  // namespace signal

inline constexpr int64_t any_child = -1;
inline constexpr uint64_t no_timeout = ~uint64_t{0};

struct HandleInfo {
  uint32_t type = 0;  // an ObjectType
  uint32_t rights = 0;
  uint64_t badge = 0;
};

struct SystemInfo {
  uint64_t cpus = 0;
  uint64_t total_frames = 0;
  uint64_t free_frames = 0;
  uint64_t processes = 0;
  uint64_t calls = 0;          // since boot
  uint64_t invalid_calls = 0;  // of them, those without a handler
  uint64_t heap_bytes = 0;     // of the kernel's objects
  uint64_t iret_exits = 0;     // after a call or a switch; the others were by sysretq
};

// What create(ObjectType::Thread) points to: a new thread of the caller's process.
struct ThreadStart {
  uint64_t entry = 0;
  uint64_t stack = 0;     // its first rsp
  uint64_t argument = 0;  // in rdi
  uint64_t fs_base = 0;
};

}  // namespace strata
