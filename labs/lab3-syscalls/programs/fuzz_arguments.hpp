// The fuzzer's arguments: what abi/calls.def says of each call, and values for its parameters, mostly right.
#pragma once

#include "lib/random.hpp"
#include "runtime/program.hpp"

namespace strata::fuzz {

enum class Kind : uint8_t {
  Number,
  Handle,
  Pid,
  Rights,
  Length,   // of memory
  Size,     // of what is read or written
  Address,  // of memory that is mapped
  Time,
  Type,
  Signal,
  Path,
  Arguments,
  TextLength,  // of the text before
  Handles,
  Count,
  ConstPointer,
  Pointer,
};

struct Call {
  Sys number;
  std::string_view name;
  size_t parameter_count = 0;
  Kind kinds[6] = {};
};

// "UserPtr<const char> path" -> Path
constexpr Kind kind_of(std::string_view parameter) {
  constexpr struct {
    std::string_view name;
    Kind kind;
  } known[] = {
      {"handle", Kind::Handle},       {"process", Kind::Handle},         {"pid", Kind::Pid},
      {"group", Kind::Pid},           {"rights", Kind::Rights},          {"length", Kind::Length},
      {"size", Kind::Size},           {"address", Kind::Address},        {"nanoseconds", Kind::Time},
      {"type", Kind::Type},           {"signal", Kind::Signal},          {"path", Kind::Path},
      {"arguments", Kind::Arguments}, {"path_length", Kind::TextLength}, {"arguments_length", Kind::TextLength},
      {"handles", Kind::Handles},     {"handle_count", Kind::Count},     {"count", Kind::Count},
      {"argument", Kind::Pid}};
  std::string_view name = parameter.substr(parameter.find_last_of(' ') + 1);
  for (auto& it : known) {
    if (it.name == name) return it.kind;
  }
  if (!parameter.starts_with("UserPtr<")) return Kind::Number;
  return parameter.starts_with("UserPtr<const") ? Kind::ConstPointer : Kind::Pointer;
}

// `text`: the parameters in their parentheses.
constexpr Call call_of(Sys number, std::string_view name, std::string_view text) {
  Call call{number, name};
  for (size_t at = 1; at + 1 < text.size();) {
    while (text[at] == ' ') ++at;
    size_t end = text.find_first_of(",)", at);
    call.kinds[call.parameter_count++] = kind_of(text.substr(at, end - at));
    at = end + 1;
  }
  return call;
}

inline constexpr Call calls[] = {
#define CALL(number, name, parameters, arguments) call_of(Sys::name, #name, #parameters),
#define RESERVED(number, name)
#include "abi/calls.def"
#undef CALL
#undef RESERVED
};
inline constexpr size_t call_count = sizeof calls / sizeof calls[0];

// Where pointers lead: pages to write to, one that may only be read, a gap, and one of zeros with a text at its very end, so that who
// writes more than there is writes little. Far away is where memory is mapped and unmapped.
namespace arena {
inline constexpr uint64_t page = 4096;
inline constexpr uint64_t start = 0x10'0000'0000, pages = 8;
inline constexpr uint64_t read_only = start + pages * page;
inline constexpr uint64_t constants = start + 16 * page;
inline constexpr uint64_t playground = start + 64 * page, playground_pages = 256;
inline constexpr std::string_view text = "..............\n";
}  // namespace arena

// In a worker, before it begins.
inline bool map_arena() {
  using namespace arena;
  constexpr uint32_t read_write = right::read | right::write;
  if (!sys::mmap(start, pages * page, read_write, 0, 0, 0).ok()) return false;
  if (!sys::mmap(read_only, page, right::read, 0, 0, 0).ok()) return false;
  if (!sys::mmap(constants, page, read_write, 0, 0, 0).ok()) return false;
  auto* to = reinterpret_cast<char*>(constants + page - text.size());
  for (char c : text) *to++ = c;
  return true;
}

class Draw {
 public:
  explicit Draw(uint64_t seed) : random_(seed) {}

  uint64_t next() { return random_.next(); }
  uint64_t below(uint64_t bound) { return random_.below(bound); }

  // Arguments for a call; what it does not take is 0.
  void all(const Call& call, uint64_t (&to)[6]) {
    for (size_t i = 0; i < 6; ++i) to[i] = i < call.parameter_count ? value(call.kinds[i]) : 0;
  }

  // What may be wrong for anybody, but leads nowhere near this program.
  uint64_t wild() {
    constexpr uint64_t values[] = {0,
                                   1,
                                   7,
                                   0xfff,
                                   1ull << 20,
                                   1ull << 31,
                                   1ull << 32,
                                   1ull << 63,
                                   ~0ull,
                                   ~0ull - 0xfff,
                                   0x7fff'ffff'f000,
                                   0x8000'0000'0000,
                                   0xffff'8000'0000'0000,
                                   0xffff'ffff'8010'0000,
                                   arena::start + arena::pages * arena::page - 3,
                                   arena::read_only + 2 * arena::page - 8};
    constexpr uint64_t count = sizeof values / sizeof values[0];
    uint64_t i = below(count + 2);
    if (i < count) return values[i];
    return i == count ? next() : next() | 1ull << 62;
  }

  // What a call has returned, to be used in others.
  void learn(const Call& call, uint64_t result) {
    if (call.number == Sys::mmap) mapped_ = result;
    if (call.number == Sys::spawn) learn_pid(result);
  }
  void learn_pid(uint64_t pid) { pids_[below(pids)] = pid; }

 private:
  static constexpr uint64_t pids = 4;

  uint64_t value(Kind kind) {
    constexpr uint64_t once_in = 20;
    if (kind != Kind::Time && below(once_in) == 0) return wild();
    switch (kind) {
      case Kind::Count: return below(4);
      case Kind::Number: return below(3) != 0 ? 0 : below(4);
      case Kind::Handle: return below(8) == 0 ? 0 : 1 + below(below(4) == 0 ? 3 : 24);
      case Kind::Pid: return pid();
      case Kind::Rights: return below(4) == 0 ? below(16) : 1 + 2 * below(2) * (below(2) + 1);
      case Kind::Length: return below(4) == 0 ? below(0x3000) : (1 + below(8)) * arena::page;
      case Kind::Size: return below(2) == 0 ? 0 : below(200);
      case Kind::Address: return address();
      case Kind::Time: return below(2) == 0 ? 0 : below(15'000'000);
      case Kind::Type: return below(8) == 0 ? below(20) : 1;
      case Kind::Signal: return below(2) == 0 ? 0 : below(2) == 0 ? 9 : below(16);
      default: return pointer(kind);
    }
  }

  uint64_t pid() {
    uint64_t way = below(16);
    if (way == 0) return static_cast<uint64_t>(any_child);
    if (way <= 2) return sys::getpid().value();
    if (way == 3) return 0;
    uint64_t number = pids_[below(pids)];
    return way == 4 ? 0 - number : number;
  }

  uint64_t address() {
    uint64_t way = below(16);
    if (way < 5) return 0;
    if (way < 8) return mapped_;
    return arena::playground + below(arena::playground_pages) * arena::page + (way == 15 ? 8 : 0);
  }

  uint64_t pointer(Kind kind) {
    static constexpr std::string_view paths[] = {"bin/fuzz", "bin/fuzz", "bin/fuzz", "bin/nothing", "version", "bin"};
    static constexpr std::string_view arguments[] = {{}, {"fuzz\0child\0", 11}, {"a\0b\0c\0d\0", 8}, {"a\0b", 3}};
    static constexpr uint32_t handles[] = {1, 2, 3, 4, 5};
    switch (kind) {
      case Kind::Path: return text(paths[below(6)]);
      case Kind::Arguments: return text(arguments[below(4)]);
      case Kind::TextLength: return text_length_;
      case Kind::Handles: return reinterpret_cast<uint64_t>(&handles[below(3)]);
      case Kind::ConstPointer:
        return below(2) == 0 ? arena::constants + 4 * below(16) : arena::constants + arena::page - 16;
      default: return arena::start + below(arena::pages) * arena::page + 8 * below(32) + (below(32) == 0 ? 1 : 0);
    }
  }

  uint64_t text(std::string_view it) {
    text_length_ = it.size();
    return reinterpret_cast<uint64_t>(it.data());
  }

  Random random_;
  uint64_t pids_[pids] = {};
  uint64_t mapped_ = 0;
  uint64_t text_length_ = 0;
};

}  // namespace strata::fuzz
