// Plays a transcript, the bytes that another run left on COM1 and COM2: a kernel that answers without computing anything.
// In COM2's part \x01 stands for this run's nonce and \x02 for its seed in hexadecimal: any kernel may know these.
#include "cpu/x86/machine.hpp"
#include "cpu/x86/ports.hpp"
#include "report/x86/fw_cfg.hpp"

extern "C" const char transcript_com1[], transcript_com1_end[], transcript_com2[], transcript_com2_end[];

namespace {

void put(uint16_t port, char byte) { strata::out8(port, static_cast<uint8_t>(byte)); }

void put_report(std::string_view text) {
  for (char c : text) put(0x2f8, c);
}

void put_hex(uint64_t value) {
  put_report("0x");
  for (int shift = 60; shift >= 0; shift -= 4) put(0x2f8, "0123456789abcdef"[value >> shift & 15]);
}

uint64_t number(std::string_view text) {
  uint64_t value = 0;
  for (char c : text) value = 10 * value + static_cast<uint64_t>(c - '0');
  return value;
}

}  // namespace

extern "C" void kernel_main(uint32_t, uint32_t) {
  char nonce_buffer[16], seed_buffer[20];
  std::string_view nonce = strata::fw_cfg::read("opt/org.strata/nonce", nonce_buffer);
  uint64_t seed = number(strata::fw_cfg::read("opt/org.strata/seed", seed_buffer));
  for (const char* at = transcript_com1; at != transcript_com1_end; ++at) put(0x3f8, *at);
  for (const char* at = transcript_com2; at != transcript_com2_end; ++at) {
    if (*at == '\x01') {
      put_report(nonce);
    } else if (*at == '\x02') {
      put_hex(seed);
    } else {
      put(0x2f8, *at);
    }
  }
  strata::end_machine(strata::MachineEnd::Finished);
}
