// What the compiler may call without being asked (GCC manual, "Standards": freestanding), and what C++ needs when a pure
// virtual function is called or a virtual destructor is emitted. No other part of a C library exists here.
#include <cstddef>
#include <cstdint>

#include "debug/panic.hpp"

extern "C" {

// `rep movsb` and `rep stosb` count as one instruction an iteration and need no loop that the compiler could turn back
// into a call of the very function that it is compiling.
void* memcpy(void* to, const void* from, size_t count) {
  void* start = to;
  asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
  return start;
}

void* memset(void* to, int byte, size_t count) {
  void* start = to;
  asm volatile("rep stosb" : "+D"(to), "+c"(count) : "a"(byte) : "memory");
  return start;
}

void* memmove(void* to, const void* from, size_t count) {
  auto distance = reinterpret_cast<uintptr_t>(to) - reinterpret_cast<uintptr_t>(from);
  if (distance >= count) return memcpy(to, from, count);
  auto* target = static_cast<char*>(to) + count;
  auto* source = static_cast<const char*>(from) + count;
  while (count-- > 0) *--target = *--source;
  return to;
}

int memcmp(const void* left, const void* right, size_t count) {
  auto* a = static_cast<const uint8_t*>(left);
  auto* b = static_cast<const uint8_t*>(right);
  for (; count > 0; ++a, ++b, --count) {
    if (*a != *b) return *a - *b;
  }
  return 0;
}

void* memchr(const void* where, int byte, size_t count) {
  auto* it = static_cast<const uint8_t*>(where);
  for (; count > 0; ++it, --count) {
    if (*it == static_cast<uint8_t>(byte)) return const_cast<uint8_t*>(it);
  }
  return nullptr;
}

size_t strlen(const char* text) {
  size_t length = 0;
  while (text[length]) ++length;
  return length;
}

// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming): the ABI's name
void __cxa_pure_virtual() { strata::panic("pure virtual function called"); }
}
