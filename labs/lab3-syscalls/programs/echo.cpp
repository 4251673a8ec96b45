// Prints its arguments, and returns how many there are.
#include "runtime/program.hpp"

using namespace strata;

int main(int argc, char** argv) {
  TextBuffer<512> line;
  for (int i = 0; i < argc; ++i) print(line, "{}{}", i == 0 ? "" : " ", static_cast<const char*>(argv[i]));
  line.write("\n");
  write_text(handle::standard_output, line.text());
  return argc;
}
