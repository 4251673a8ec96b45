"""The object check, one offence at a time, on exercise 1.2; test_submissions.py has some of them handed in."""
from __future__ import annotations

from typing import Dict, List, Tuple

import pytest

from support import FORMAT, LAB, ROOT, reference_files, write_folder

from grader import building, objects
from grader.building import Kernel
from grader.catalog import Catalog

SOLUTION = f"{ROOT}/solutions/{LAB}/lib/format.cpp"
RELATIVE = f"../../../../../../solutions/{LAB}/lib/format.cpp"
BYTES = f"build/obj/solutions/{LAB}/lib/format.cpp.o"
INCLUDES = f"includes solutions/{LAB}/lib/format.cpp: only headers of labs 1 to 1 may be included"
FUNCTION = "[[gnu::used]] static void f() {{ {} }}"

# Added to the reference: name -> code, and the one finding.
ADDED: Dict[str, Tuple[str, str]] = {
    "strong function": ("namespace strata { void extra() {} }",
                        "defines strata::extra(), which its header does not declare: make it static or put it into an unnamed"),
    "strong variable": ("namespace strata { int extra = 1; }", "defines strata::extra, which its header does not declare"),
    "c function": ('extern "C" void judge() {}', "defines judge, which its header does not declare"),
    "weak copy of given code": ("namespace strata { [[gnu::weak]] void span_out_of_range(size_t, size_t) {} }",
                                "defines strata::span_out_of_range(unsigned long, unsigned long), which is not an inline "
                                "function of a header"),
    "inline copy of given code": ("namespace strata { [[gnu::used]] inline void run_tests() {} }",
                                  "defines strata::run_tests(), which is not an inline function of a header"),
    "weak c function": ('extern "C" [[gnu::weak]] void judge() {}', "defines judge, which is not an inline function of a header"),
    "weak reference": ("extern \"C\" [[gnu::weak]] int maybe;" + FUNCTION.format("if (&maybe) maybe = 1;"),
                       "has the weak or indirect symbol maybe"),
    "absolute symbol": ('asm(".globl start_lab1\\nstart_lab1 = 16");', "defines start_lab1, which its header does not declare"),
    "symbol of two lines": ('asm(".globl \\"a\\nb\\"\\n \\"a\\nb\\" = 0");', "has a symbol whose name is no name"),
    "debug output": ('#include "console/console.hpp"\n' + FUNCTION.format('strata::log("here\\n");'),
                     "uses strata::console(), which is not among this exercise's tools: take debug output out before the tests"),
    "panic": ('#include "debug/panic.hpp"\n' + FUNCTION.format('strata::panic("no");'),
              "uses strata::panic_arguments(std::string_view, strata::Span<strata::PrintArgument const>), which is not among this "
              "exercise's tools: return an Error"),
    "foreign call": ("namespace strata { void run_tests(); }" + FUNCTION.format("strata::run_tests();"),
                     "uses strata::run_tests(), which is not among this exercise's tools"),
    "sanitizer of a kernel without one": ('extern "C" void __ubsan_handle_add_overflow();'
                                          + FUNCTION.format("__ubsan_handle_add_overflow();"),
                                          "uses __ubsan_handle_add_overflow, which is not among this exercise's tools"),
    "global constructor": ("namespace { struct S { S() { asm volatile(\"\"); } int x; } s; }",
                           "brings the section .init_array: an exercise has only code and plain data; make the object constinit"),
    "attribute constructor": ("[[gnu::constructor]] static void early() { asm volatile(\"\"); }",
                              "brings the section .init_array: an exercise has only code and plain data"),
    "a test of its own": ('[[gnu::used, gnu::section("kernel_tests")]] static const long test[2] = {1, 2};',
                          "brings the section kernel_tests: an exercise has only code and plain data"),
    "boot code": ('[[gnu::used, gnu::section(".boot")]] static void f() {}',
                  "brings the section .boot: an exercise has only code and plain data"),
    "32-bit code": ('asm(".section .text32, \\"ax\\"\\nnop\\n.text");',
                    "brings the section .text32: an exercise has only code and plain data"),
    "thread-local": ("[[gnu::used]] static thread_local int x;", "brings the section .tbss: an exercise has only code and plain data"),
    "relative include": (f'#include "{RELATIVE}"', INCLUDES),
    "absolute include": (f'#include "{SOLUTION}"', INCLUDES),
    "include as a system header": (f'# 1 "x.hpp" 3\n#include "{RELATIVE}"', INCLUDES),
    "include through /proc": (f'#include "/proc/self/cwd/solutions/{LAB}/lib/format.cpp"',
                              f"includes /proc/self/cwd/solutions/{LAB}/lib/format.cpp: only headers"),
    "include of tests": ('#include "../../../../../../grading/lab1/boot_block.hpp"',
                         "includes grading/lab1/boot_block.hpp: only headers of labs 1 to 1 may be included"),
    "incbin": (f'asm(".data\\n.incbin \\"{BYTES}\\"\\n.text");', "includes a file through the assembler (.incbin or .include)"),
    "incbin in two strings": (f'asm(".data\\n.inc" "bin \\"{BYTES}\\"\\n.text");', f"includes {BYTES}: only headers"),
    "incbin by a macro": (f'asm(".data\\n.macro m a b\\n.\\\\a\\\\b \\"{BYTES}\\"\\n.endm\\nm inc bin\\n.text");',
                          f"includes {BYTES}: only headers"),
    "out": (FUNCTION.format('asm volatile("outb %%al, %%dx" : : "a"(0), "d"(0xf4));'), "has the instruction `out    %al,(%dx)`"),
    "in": (FUNCTION.format('asm volatile("inl $0xf4, %%eax" : : : "eax");'), "has the instruction `in     $0xf4,%eax`"),
    "cli": (FUNCTION.format('asm volatile("cli");'), "has the instruction `cli`"),
    "popf": (FUNCTION.format('asm volatile("push $0; popfq");'), "has the instruction `popf"),
    "hlt": (FUNCTION.format('asm volatile("hlt");'), "has the instruction `hlt`"),
    "int": (FUNCTION.format('asm volatile("int $0x81");'), "has the instruction `int    $0x81`"),
    "wrmsr": (FUNCTION.format('asm volatile("wrmsr" : : "a"(0), "c"(0), "d"(0));'), "has the instruction `wrmsr`"),
    "lidt": (FUNCTION.format('asm volatile("lidt 0");'), "has the instruction `lidt   0x0`"),
    "control register": (FUNCTION.format('asm volatile("movq %%rax, %%cr3" : : "a"(0));'), "has the instruction `mov    %rax,%cr3`"),
    "string port": (FUNCTION.format('asm volatile("rep outsb");'), "has the instruction `rep outsb"),
}
ALLOWED = {
    "nothing": "",
    "helpers": "namespace { int helper(int x) { return x + 1; } } static int (*volatile g)(int) = helper;",
    "inline helpers": "namespace strata { [[gnu::used]] inline int my_own(int x) { return x; } }",
    "plain data": "[[gnu::used]] static int zero; [[gnu::used]] static int one = 1; [[gnu::used]] static const char text[] = \"x\";",
    "headers of the lab": '#include "lib/list.hpp"\n#include "boot/multiboot2.hpp"',
    "headers of the compiler": "#include <algorithm>\n#include <array>\n#include <bit>",
}


def findings(name: str, text: bytes, catalog: Catalog) -> List[str]:
    """What the check says about this version of exercise 1.2."""
    overlay = "build/tests/objects/" + "".join(char if char.isalnum() else "-" for char in name)
    write_folder(ROOT / overlay, {FORMAT.replace("labs/", ""): text})
    exercise = catalog.exercises["1.2"]
    compiled = building.object_of(overlay, exercise.path)
    with building.build_lock():
        building.make(str(compiled.relative_to(ROOT)), "STAGE=1")
    return objects.check(exercise, ROOT / overlay / exercise.path, compiled)


@pytest.mark.parametrize("name", ADDED)
def test_offence(name: str, reference: Kernel, catalog: Catalog) -> None:
    code, finding = ADDED[name]
    text = reference_files()[FORMAT]
    if "includes solutions" in finding or "/proc" in finding:
        text = b""  # the reference would be defined twice
    found = findings(name, text + f"\n{code}\n".encode(), catalog)
    assert any(one.startswith(finding) for one in found), found
    assert len(found) <= objects.MOST_FINDINGS + 1


@pytest.mark.parametrize("name", ALLOWED)
def test_no_offence(name: str, reference: Kernel, catalog: Catalog) -> None:
    assert findings(name, reference_files()[FORMAT] + f"\n{ALLOWED[name]}\n".encode(), catalog) == []


@pytest.mark.parametrize("text", [b"", b"\0" * 64, b"int x", b"// \xfc\xe4\n"])
def test_not_a_solution(text: bytes, reference: Kernel, catalog: Catalog) -> None:
    """Does not compile, or defines nothing; never a traceback."""
    try:
        found = findings("not-a-solution", text, catalog)
    except building.BuildError as error:
        assert "error" in str(error)
    else:
        assert found and all("does not define strata::format_" in one for one in found)


@pytest.mark.parametrize("code, words", [
    ('#include "/dev/zero"', "out of memory"),
    ("static char big[3ull << 30] = {1}; char* x = big;", "File size limit exceeded"),
])
def test_compiler_has_limits(code: str, words: str, reference: Kernel, catalog: Catalog) -> None:
    with pytest.raises(building.BuildError, match=words):
        findings("limits", f"{code}\n".encode(), catalog)


@pytest.mark.slow
def test_compiler_has_limits_of_time(reference: Kernel, catalog: Catalog) -> None:
    # Each constant stays within the compiler's own bounds and needs no memory; together they would take minutes.
    spin = "constexpr int spin(int n) { for (int i = 0; i < 1000; ++i) { for (int j = 0; j < 1000; ++j) { n ^= j; } } return n; }\n"
    bomb = spin + "".join(f"static_assert(spin({n}) + 1 != 0);\n" for n in range(300))
    with pytest.raises(building.BuildError, match="(?i)time limit exceeded|killed"):
        findings("time", bomb.encode(), catalog)
