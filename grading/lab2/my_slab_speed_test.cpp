// Challenge 2.11 on the machine: instructions counted.
#include "../lab1/test_time.hpp"
#include "mm/my_slab.hpp"
#include "report/tests.hpp"

namespace strata {

namespace {

constexpr uint64_t turns = 600;
constinit void* objects[600] = {};

// What it takes to give back one of `count` objects and to take another one: each of them several times.
uint64_t time_of(size_t bytes, size_t count, uint64_t& done) {
  SlabCache cache(bytes, 8);
  for (size_t i = 0; i < count; ++i) objects[i] = cache.allocate().value_or(nullptr);
  uint64_t start = test_time();
  for (uint64_t i = 0; i < turns && objects[i % count]; ++i) {
    done += cache.take_back(objects[i % count]).ok();
    objects[i % count] = cache.allocate().value_or(nullptr);
  }
  uint64_t spent = test_time() - start;
  for (size_t i = 0; i < count && objects[i]; ++i) (void)cache.take_back(objects[i]);
  return spent;
}

// Objects of few slabs, of many, and in a slab of many objects of which most are free, or most are not.
void slab_speed(TestRun& run) {
  uint64_t done = 0, few = time_of(1024, 2, done);
  struct {
    size_t bytes, count;
  } cases[] = {{1024, 600}, {16, 2}, {16, 160 + run.random().below(40)}};
  for (uint64_t i = 0; i < 3; ++i) run.seen("times_longer", i, time_of(cases[i].bytes, cases[i].count, done) / few);
  run.seen("done", 0, done);
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {{"lab2.slab_speed", slab_speed}};

}  // namespace
}  // namespace strata
