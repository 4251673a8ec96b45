// By the string instructions, whose iterations count as one instruction each under -icount (Intel SDM vol. 1, 7.3.9.1).
#include "mm/clear_frame.hpp"

#include "mm/frame.hpp"

namespace strata {

void clear_frame(void* to) {
  uint64_t count = frame_size / 8;
  asm volatile("rep stosq" : "+D"(to), "+c"(count) : "a"(uint64_t{0}) : "memory");
}

void copy_frame(void* to, const void* from) {
  uint64_t count = frame_size / 8;
  asm volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
}

}  // namespace strata
