// A 16550 that keeps the data sheet's rules and notices what a real one silently loses.
#pragma once

#include "console/uart16550.hpp"
#include "lib/fixed_vector.hpp"
#include "lib/random.hpp"

namespace strata {

class SimulatedUart final : public PortIo {
 public:
  static constexpr size_t most_bytes = 256;

  // After each byte the chip is busy for up to `longest_busy` looks at the line status register.
  SimulatedUart(uint16_t base, Random& random, uint64_t longest_busy)
      : base_(base), random_(random), longest_busy_(longest_busy) {}

  uint8_t read(uint16_t port) override {
    uint16_t offset = offset_of(port);
    if (offset == uart::line_status) {
      if (busy_ == 0) return idle_status;
      --busy_;
      return busy_status;
    }
    if (offset == uart::line_control) return line_control_;
    if (latch_open() && offset == uart::divisor_low) return static_cast<uint8_t>(divisor_);
    if (latch_open() && offset == uart::divisor_high) return static_cast<uint8_t>(divisor_ >> 8);
    if (offset == uart::interrupt_enable) return interrupt_enable_;
    if (offset == uart::modem_control) return modem_control_;
    return 0;
  }

  void write(uint16_t port, uint8_t value) override {
    ++writes_;
    switch (offset_of(port)) {
      case uart::data:
        if (latch_open()) {
          divisor_ = (divisor_ & 0xff00u) | value;
        } else {
          send(value);
        }
        break;
      case uart::interrupt_enable:
        if (latch_open()) {
          divisor_ = (divisor_ & 0x00ffu) | static_cast<uint32_t>(value) << 8;
        } else {
          interrupt_enable_ = value;
        }
        break;
      case uart::fifo_control: fifo_control_ = value; break;
      case uart::line_control: line_control_ = value; break;
      case uart::modem_control: modem_control_ = value; break;
      default: ++strays_;
    }
  }

  std::string_view sent() const { return {sent_, sent_size_}; }
  uint64_t lost() const { return lost_; }      // bytes written while the chip was busy
  uint64_t writes() const { return writes_; }  // of any register
  uint64_t strays() const { return strays_; }  // accesses outside the registers that can be written
  uint32_t divisor() const { return divisor_; }
  uint8_t line_control() const { return line_control_; }
  uint8_t interrupt_enable() const { return interrupt_enable_; }
  uint8_t fifo_control() const { return fifo_control_; }
  uint8_t modem_control() const { return modem_control_; }

 private:
  static constexpr uint8_t idle_status = 0x60;  // THRE and TEMT
  static constexpr uint8_t busy_status = 0x00;

  bool latch_open() const { return (line_control_ & uart::lcr_divisor_latch) != 0; }

  uint16_t offset_of(uint16_t port) {
    if (port < base_ || port > base_ + 7) ++strays_;
    return static_cast<uint16_t>(port - base_);
  }

  void send(uint8_t byte) {
    if (busy_ > 0) {
      ++lost_;
      return;
    }
    if (sent_size_ < most_bytes) sent_[sent_size_++] = static_cast<char>(byte);
    busy_ = random_.below(longest_busy_ + 1);
  }

  uint16_t base_;
  Random& random_;
  uint64_t longest_busy_;
  uint64_t busy_ = 0;
  uint64_t lost_ = 0;
  uint64_t writes_ = 0;
  uint64_t strays_ = 0;
  uint32_t divisor_ = 0;
  uint8_t line_control_ = 0;
  uint8_t interrupt_enable_ = 0x0f;  // what a firmware may have left
  uint8_t fifo_control_ = 0;
  uint8_t modem_control_ = 0;
  char sent_[most_bytes];
  size_t sent_size_ = 0;
};

}  // namespace strata
