# From `nm --numeric-sort --demangle` of a kernel to the assembly of its symbol table (labs/lab1-boot/debug/symbols.hpp).
# Only functions: types t, T, w, W.
$2 ~ /^[tTwW]$/ && $1 ~ /^ffffffff8/ {
  name = $0
  sub(/^[0-9a-f]+ . /, "", name)
  gsub(/[\\"]/, "\\\\&", name)
  printf ".section symbols, \"a\"\n.quad 0x%s, name%d\n", $1, NR
  printf ".section symbol_names, \"a\"\nname%d: .asciz \"%s\"\n", NR, name
}
END { print ".section .note.GNU-stack, \"\", @progbits" }
