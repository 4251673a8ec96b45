// Random: SplitMix64 (Steele, Lea, Flood 2014). Small, fast, and easy to write again in another language: the host runs
// the same generator (grading/grader/rng.py), so it knows every input that a test draws. Not for secrets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace strata {

class Random {
 public:
  constexpr explicit Random(uint64_t seed) : state_(seed) {}

  // One stream a name, so that a test draws the same numbers alone and among others (FNV-1a of the name).
  constexpr Random(uint64_t seed, std::string_view name) : state_(seed) {
    uint64_t hash = 0xcbf2'9ce4'8422'2325;
    for (char c : name) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100'0000'01b3;
    state_ ^= hash;
  }

  constexpr uint64_t next() {
    state_ += 0x9e37'79b9'7f4a'7c15;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58'476d'1ce4'e5b9;
    z = (z ^ (z >> 27)) * 0x94d0'49bb'1331'11eb;
    return z ^ (z >> 31);
  }

  // 0 .. bound - 1; bound is not 0. The slight bias towards small values does not matter here.
  constexpr uint64_t below(uint64_t bound) { return next() % bound; }

  // Any order of the items with equal chance (Fisher and Yates).
  template <typename T, size_t N>
  constexpr void shuffle(T (&items)[N]) {
    for (size_t left = N; left > 1; --left) {
      T& drawn = items[below(left)];
      T last = items[left - 1];
      items[left - 1] = drawn;
      drawn = last;
    }
  }

 private:
  uint64_t state_;
};

}  // namespace strata
