#include "sched/context.hpp"

#include "cpu/attempt.hpp"
#include "cpu/x86/machine.hpp"
#include "debug/unimplemented.hpp"

namespace strata {

namespace {

constexpr std::string_view exercise = "3.7 switch_context";

alignas(16) constinit char probe_stack[4096] = {};
constinit uint64_t checking_sp = 0, probe_sp = 0;

void probe() { switch_context(&probe_sp, checking_sp); }

}  // namespace

void unimplemented_3_7() {
  (void)unimplemented(exercise);
  if (in_attempt()) abandon_attempt();
  end_machine(MachineEnd::Panic);
}

Result<> check_switch() {
  bool came_back = attempt(
      [](void*) {
        auto top = reinterpret_cast<uint64_t>(probe_stack) + sizeof(probe_stack) - 8;
        switch_context(&checking_sp, first_frame(top, reinterpret_cast<const void*>(probe)));
      },
      nullptr);
  if (came_back) return {};
  return last_unimplemented() == exercise ? Error::Unimplemented : Error::Internal;
}

}  // namespace strata
