#include "process/futex.hpp"

#include "mm/frame.hpp"

namespace strata {

namespace {

constexpr size_t buckets = 256;
constinit WaitQueue queues[buckets];

}  // namespace

// A Vmo is the only one at its address, and its pages have less than 2^36 numbers: mixed, two words hardly ever have the same key, and
// if they do, somebody is woken without need.
Result<Futex> Futex::at(const Process& process, UserPtr<const uint32_t> word) {
  Va va{word.address()};
  if (va.value % sizeof(uint32_t) != 0) return Error::InvalidArgument;
  Region* region = process.space->find(va);
  if (!region) return Error::BadAddress;
  uint64_t offset = region->page_of(va) * frame_size + va.value % frame_size;
  uint64_t key = reinterpret_cast<uint64_t>(region->vmo.get()) * 0x9e37'79b9'7f4a'7c15 + offset / sizeof(uint32_t);
  return Futex{&queues[key % buckets], key};
}

uint64_t Futex::wake(uint64_t count) const {
  uint64_t woken = 0;
  for (Thread* thread = queue->first(); thread && woken < count;) {
    Thread* next = WaitQueue::next(*thread);
    if (thread->wait_key == key) {
      strata::wake(*thread, 0);
      ++woken;
    }
    thread = next;
  }
  return woken;
}

}  // namespace strata
