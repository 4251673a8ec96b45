// TextBuffer<N>: a sink that keeps the first N characters, for text that is needed as a whole.
#pragma once

#include "lib/print.hpp"

namespace strata {

template <size_t N>
class TextBuffer final : public Sink {
 public:
  void write(std::string_view text) override {
    for (char c : text) {
      if (size_ < N) text_[size_++] = c;
    }
  }
  std::string_view text() const { return {text_, size_}; }

 private:
  char text_[N];
  size_t size_ = 0;
};

}  // namespace strata
