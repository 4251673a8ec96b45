#include "smp/cpu.hpp"

namespace strata {

constinit Cpu cpus[most_cpus];
constinit size_t cpu_count = 1;

}  // namespace strata
