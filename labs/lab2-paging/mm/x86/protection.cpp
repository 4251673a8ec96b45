#include "mm/x86/protection.hpp"

#include "cpu/x86/control.hpp"
namespace strata {

namespace {

struct Feature {
  std::string_view name;
  bool in_ecx;  // of CPUID leaf 7, else in ebx
  uint32_t cpuid_bit;
  uint64_t cr4_bit;
};

constexpr Feature features[] = {{" SMEP", false, 1u << 7, 1ull << 20},
                                {" SMAP", false, 1u << 20, 1ull << 21},
                                {" UMIP", true, 1u << 2, 1ull << 11}};

}  // namespace

void enable_protection(Sink& names) {
  CpuidResult found = cpuid(7);
  uint64_t cr4 = read_cr4();
  for (const Feature& feature : features) {
    if (((feature.in_ecx ? found.ecx : found.ebx) & feature.cpuid_bit) == 0) continue;
    cr4 |= feature.cr4_bit;
    names.write(feature.name);
  }
  write_cr4(cr4);
}

}  // namespace strata
