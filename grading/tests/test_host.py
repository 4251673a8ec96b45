"""Host tests (mode = host): what the sanitizers find is named rightly, and hostile code does no harm."""
from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Dict, Tuple

import pytest

from support import FORMAT, LAB, MULTIBOOT, ROOT, SECONDS, SEED, grade, reference_files, write_archive, write_folder

from grader import building, host_tests, objects, protocol
from grader.boots import CRASH, FAIL, HANG, PASS, Verdict
from grader.building import Recipe
from grader.catalog import Catalog
from grader.judging import Run, judge
from grader.work import Work

CALL = "  return format_magnitude(out, value, false, style);\n"
NUMBER = "format_sanitized"


@pytest.fixture(scope="session")
def program(reference: object) -> Path:
    """The reference's host tests."""
    with building.build_lock():
        building.build_shared_host(1, True)
        return building.build_host_tests(Recipe(1, "reference", "all"))


def overlay(name: str, files: Dict[str, bytes]) -> str:
    folder = "build/tests/host/" + re.sub(r"\W", "-", name)
    write_folder(ROOT / folder, {file.replace("labs/", "", 1): data for file, data in files.items()})
    return folder


def run(name: str, catalog: Catalog, code: str, test: str = NUMBER) -> Verdict:
    """The verdict when format_unsigned first does this. No object check comes before it."""
    assert CALL in reference_files()[FORMAT].decode()
    text = reference_files()[FORMAT].decode().replace(CALL, f"  {code}\n{CALL}", 1)
    return run_file(name, catalog, FORMAT, text, test)


def run_file(name: str, catalog: Catalog, file: str, text: str, test: str) -> Verdict:
    folder, path = overlay(name, {file: text.encode()}), file.replace("labs/", "", 1)
    with building.build_lock():
        variant = Recipe(1, f"tests/host-{Path(folder).name}", "all", folder, (path,))
        built = building.build_host_tests(variant)
    return host_tests.run_tests(built, [catalog.tests[f"lab1.{test}"]], SEED)[f"lab1.{test}"]


# --- The reference ------------------------------------------------------------------------------------------------------

def test_reference_passes_and_equal_runs_are_equal(program: Path, catalog: Catalog) -> None:
    tests = [test for test in catalog.tests.values() if test.mode == "host"]
    assert {test.exercise for test in tests} == set(catalog.pure) and len(tests) == 9
    for seed in [0, 1, (1 << 32) - 1, (1 << 64) - 1, *range(1000, 1016)]:
        assert {verdict.verdict for verdict in host_tests.run_tests(program, tests, seed).values()} == {PASS}, seed


def test_answers_to_spoilt_blocks_depend_on_the_seed(program: Path, catalog: Catalog) -> None:
    test = catalog.tests["lab1.boot_sanitized"]
    said = host_tests.execute(program, test, SEED).report.tests["lab1.boot_fuzz"]
    expectation = dict(test.bodies)["lab1.boot_fuzz"]
    assert {value for key, value in said.seen if key.startswith("outcome.")} == {"Success", "InvalidArgument"}
    fits = [seed for seed in range(SEED, SEED + 50) if judge(expectation, "lab1.boot_fuzz", said, Run(seed, 0, "", 0)) is None]
    assert fits == [SEED]


# --- Findings -----------------------------------------------------------------------------------------------------------

FINDINGS: Dict[str, Tuple[str, str, str]] = {  # code, kind, words before the place
    "negation": ("volatile int64_t least = INT64_MIN; value += static_cast<uint64_t>(-least) >> 63 >> 1;", "signed integer overflow",
                 "negation of -9223372036854775808 cannot be represented in type '"),
    "sum": ("volatile int most = 0x7fffffff; most = most + 1;", "signed integer overflow", "2147483647 + 1 cannot be represented in type 'int'"),
    "shift": ("volatile unsigned distance = 64; value |= value << distance;", "shift out of range",
              "shift exponent 64 is too large for 64-bit type '"),
    "division": ("volatile unsigned zero = 0; value += 1 / zero;", "division by zero", "division by zero"),
    "index": ("unsigned digits[19]; volatile int i = 19; digits[i] = 1;", "index out of bounds", "index 19 out of bounds for type '"),
    "null": ("volatile uint64_t* volatile nowhere = nullptr; value = *nowhere;", "null pointer", "load of null pointer of type '"),
    "misaligned": ("alignas(8) char bytes[16] = {}; value += *reinterpret_cast<uint64_t*>(bytes + 1);", "misaligned pointer",
                   "load of misaligned address for type 'uint64_t'"),
    "behind": ("char digits[20] = {}; char* volatile at = digits; value += at[20];", "stack-buffer-overflow",
               "read of 1 byte outside of the variable digits"),
    "before": ("char digits[20] = {}; char* volatile at = digits; at[-1] = 1;", "stack-buffer-overflow",
               "write of 1 byte outside of the variable digits"),
    "gone": ("volatile char* gone; { char digits[20] = {}; gone = digits; } value += *gone;", "stack-use-after-scope",
             "read of 1 byte outside of the variable digits"),
    "wild": ("auto* wild = reinterpret_cast<volatile char*>(0x800000000000); value += *wild;", "SEGV", "read where nothing is"),
    "low": ("auto* low = reinterpret_cast<volatile char*>(0x123); value += *low;", "SEGV", "read at address 0x123"),
}


@pytest.mark.parametrize("name", FINDINGS)
def test_finding(name: str, program: Path, catalog: Catalog) -> None:
    code, kind, words = FINDINGS[name]
    line = reference_files()[FORMAT].decode().split(CALL)[0].count("\n") + 1
    verdict = run(name, catalog, code)
    assert (verdict.verdict, verdict.key) == (CRASH if kind == "SEGV" else FAIL, kind)
    assert verdict.seen.startswith(f"{kind}: {words}"), verdict.seen
    assert verdict.seen.endswith(f", {FORMAT}:{line} in format_unsigned  (in format_decimal)"), verdict.seen
    assert run(name, catalog, code) == verdict


ENDS = {  # code, verdict, its start
    "recursion": ("return out.size() > 1 << 30 ? 0 : format_unsigned(out, value, style).value() + 1;", CRASH, "stack-overflow"),
    "trap": ("__builtin_trap();", CRASH, f"ILL, {FORMAT}:"),
    "panic": ("out[out.size()] = 0;", CRASH, f"panic: Span: index 0x50 of 0x50, {FORMAT}:"),
    "endless": ("for (volatile int i = 0;; i = 0) {}", HANG, "still busy after 2 s of CPU time"),
    "wrong": ("value += value == 0;", FAIL, "text.0 = '1'  (in format_limits)"),
    "constant": ("return Error::InvalidArgument;", FAIL, "outcome.0 = 'InvalidArgument'  (in format_decimal)"),
}


@pytest.mark.parametrize("name", ENDS)
def test_end(name: str, program: Path, catalog: Catalog) -> None:
    code, kind, words = ENDS[name]
    verdict = run(name, catalog, code)
    assert verdict.verdict == kind and re.sub(r"\.\d+ =", ".0 =", verdict.seen).startswith(words), verdict.seen


def test_what_an_exercise_gave_is_used_elsewhere(program: Path, catalog: Catalog) -> None:
    """A name that does not lie in the block: it is the test that reads it."""
    text = reference_files()[MULTIBOOT].decode()
    wrong = text.replace("std::string_view(reinterpret_cast<const char*>(tag.data()) + offset, end - offset)",
                         "std::string_view(reinterpret_cast<const char*>(tag.data()) + offset, 4000)")
    assert wrong != text
    verdict = run_file("elsewhere", catalog, MULTIBOOT, wrong, "boot_sanitized")
    assert re.match(r"heap-buffer-overflow: read of 1 byte, right behind the end of a \d+-byte block, labs/lab1-boot/report/report.cpp:"
                    r"\d+ in report::put_quoted, which uses what exercise 1.3 gave it", verdict.seen), verdict.seen


# --- Hostile code -------------------------------------------------------------------------------------------------------

SYSTEM_CALL = """[](long number, long a, long b, long c) {{
    long result;
    asm volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
    return result;
  }}({})"""


def system_call(number: int, first: str = "0", second: str = "0", third: str = "0") -> str:
    return SYSTEM_CALL.format(f'{number}, long({first}), long({second}), long({third})')


FORBIDDEN = {"execve": 59, "fork": 57, "vfork": 58, "clone": 56, "clone3": 435, "kill": 62, "tgkill": 234, "socket": 41, "connect": 42,
             "ptrace": 101, "setrlimit": 160, "unlink": 87, "mkdir": 83, "chmod": 90, "mount": 165, "process_vm_writev": 311,
             "io_uring_setup": 425, "nanosleep": 35, "pause": 34, "memfd_create": 319}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_system_call_is_refused(name: str, program: Path, catalog: Catalog) -> None:
    verdict = run(f"call-{name}", catalog, f"{system_call(FORBIDDEN[name])};")
    assert (verdict.verdict, verdict.key) == (CRASH, "system-call")
    assert verdict.seen.startswith(f"system call {FORBIDDEN[name]}: code of an exercise has no business with this machine")


def test_system_call_of_another_architecture(program: Path, catalog: Catalog) -> None:
    """int 0x80 with the 32-bit number of fork."""
    verdict = run("int80", catalog, 'asm volatile("int $0x80" : : "a"(2) : "memory");')
    assert (verdict.verdict, verdict.key) == (CRASH, "system-call")


def test_nothing_can_be_opened(program: Path, catalog: Catalog, tmp_path: Path) -> None:
    """The sanitizers try to open files when they report, so this fails without ending the program."""
    target = tmp_path / "written"
    code = f'if ({system_call(2, chr(34) + str(target) + chr(34), "0102", "0644")} >= 0) return Error::NotFound;'
    assert run("open", catalog, code).verdict == PASS and not target.exists()
    assert run("open-read", catalog, code.replace("0102", "0").replace(str(target), "/etc/passwd")).verdict == PASS


def test_code_cannot_be_made(program: Path, catalog: Catalog) -> None:
    assert run("mmap", catalog, f"{system_call(9, '0', '4096', '7')};").key == "system-call"
    assert run("mprotect", catalog, f"{system_call(10, '0x400000', '4096', '7')};").key == "system-call"


def test_memory_is_bounded(program: Path, catalog: Catalog) -> None:
    code = """for (uint64_t i = 0; i < 64; ++i) {
    long at;
    register long flags asm("r10") = 0x22;
    register long none asm("r8") = -1;
    register long zero asm("r9") = 0;
    asm volatile("syscall" : "=a"(at) : "a"(9), "D"(0), "S"(32 << 20), "d"(3), "r"(flags), "r"(none), "r"(zero)
                 : "rcx", "r11", "memory");
    if (at < 0) return Error::TableFull;
  }"""
    assert run("memory", catalog, code).seen == "outcome.0 = 'TableFull'  (in format_decimal)"


def test_output_is_bounded(program: Path, catalog: Catalog) -> None:
    verdict = run("flood", catalog, f'for (;;) {system_call(1, "1", "CALL", "4096")};'.replace("CALL", "&format_unsigned"))
    assert (verdict.verdict, verdict.seen.split("  ")[0]) == (CRASH, "the report was flooded")


def test_forged_lines_pass_for_nothing(program: Path, catalog: Catalog) -> None:
    """Whoever writes a report without the nonce, and leaves, has reported nothing."""
    text = r"- 0 entered\n- 1 test lab1.format_decimal\n- 2 done lab1.format_decimal\n- 3 end 3\n"
    code = f'static char text[] = "{text}"; {system_call(1, "1", "text", "sizeof text - 1")}; {system_call(231, "0")};'
    verdict = run("forged", catalog, code)
    assert verdict.verdict == CRASH and verdict.seen.startswith("the program ended with status 0, as if all were done")


HOST_ONLY = "#ifdef __SANITIZE_ADDRESS__\n{}\n#endif\n"
OFFENCES = {  # a file that is another one when it is compiled for the host
    "instruction": ('[[gnu::used]] static void f() { asm volatile("syscall"); }', "has the instruction `syscall`"),
    "libc": ('extern "C" int system(const char*); [[gnu::used]] static int f() { return system("x"); }', "uses system"),
    "sanitizer": ('extern "C" void __asan_unpoison_memory_region(void*, size_t); [[gnu::used]] static void f() '
                  "{ __asan_unpoison_memory_region(nullptr, 0); }", "uses __asan_unpoison_memory_region"),
    "options": ('extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }', "defines __asan_default_options"),
    "constructor": ("[[gnu::constructor]] static void early() { asm volatile(\"\"); }", "brings the section .init_array"),
    "resolver": ('extern "C" { static void g() {} static void (*pick())() { return g; } void f() __attribute__((ifunc("pick"))); }',
                 "weak or indirect symbol f"),
    "section": ('[[gnu::used, gnu::section(".preinit_array")]] static void (*const early)() = nullptr;', "brings the section .preinit_array"),
}


@pytest.mark.parametrize("name", OFFENCES)
def test_host_object_is_checked(name: str, program: Path, catalog: Catalog) -> None:
    code, words = OFFENCES[name]
    text = reference_files()[FORMAT] + HOST_ONLY.format(code).encode()
    work = Work(overlay(f"offence {name}", {FORMAT: text}))
    exercise = catalog.exercises["1.2"]
    with building.build_lock():
        assert objects.wrong_with(work, 1, False, exercise) == ""
        assert words in objects.wrong_with(work, 1, True, exercise)


def test_solution_included_on_the_host_alone(program: Path, catalog: Catalog) -> None:
    solution = f"solutions/{LAB}/lib/format.cpp"
    text = f'#ifdef __SANITIZE_ADDRESS__\n#include "../../../../../../{solution}"\n#else\n'.encode() + reference_files()[FORMAT] + b"#endif\n"
    work = Work(overlay("included", {FORMAT: text}))
    with building.build_lock():
        assert objects.wrong_with(work, 1, False, catalog.exercises["1.2"]) == ""
        assert f"includes {solution}" in objects.wrong_with(work, 1, True, catalog.exercises["1.2"])


def test_constructors_with_a_priority_do_not_run(program: Path, catalog: Catalog) -> None:
    """Those of the sanitizers are taken out of each object, and so is everybody's."""
    text = reference_files()[FORMAT] + b"[[gnu::constructor(200)]] static void early() { __builtin_trap(); }\n"
    assert run_file("early", catalog, FORMAT, text.decode(), NUMBER).verdict == PASS


# --- Through the command ------------------------------------------------------------------------------------------------

@pytest.mark.slow
def test_refused_on_the_host_alone(tmp_path: Path, program: Path) -> None:
    """Costs the host test, with a note, and nothing else."""
    files = reference_files()
    files[FORMAT] += HOST_ONLY.format(OFFENCES["instruction"][0]).encode()
    graded = grade(tmp_path, "--lab", "1", "--submission", str(write_archive(tmp_path / "a.tar.gz", files)))
    assert [name for name, row in graded.tests.items() if row["points"] < row["max"]] == [NUMBER]
    assert "note: exercise 1.2 on the host: labs/lab1-boot/lib/format.cpp has the instruction `syscall`" in graded.output


def test_machine_without_sanitizers(tmp_path: Path, program: Path) -> None:
    """Costs no points in silence."""
    graded = grade(tmp_path, "--lab", "1", "--solutions", "all", HOST_CXX="/nonexistent/g++")
    wrong = {row["verdict"] for name, row in graded.tests.items() if name.endswith("_sanitized")}
    assert wrong == {"error (host)"} and graded.json["score"] == 91
    assert "host tests cannot be built here, see `make doctor`" in graded.output


@pytest.mark.slow
def test_wrong_only_on_the_host(tmp_path: Path, program: Path) -> None:
    """A hang there costs seconds, not minutes; the verdict stands in all reports."""
    files = reference_files()
    files[FORMAT] = files[FORMAT].replace(CALL.encode(), HOST_ONLY.format("for (volatile int i = 0;; i = 0) {}").encode() + CALL.encode())
    graded = grade(tmp_path, "--exercise", "1.2", "--junit", str(tmp_path / "x.xml"), "--html", str(tmp_path / "x.html"),
                   "--submission", str(write_archive(tmp_path / "a.tar.gz", files)))
    assert graded.tests[NUMBER]["verdict"] == "hang" and graded.json["score"] == 9
    assert "still busy after 2 s" in (tmp_path / "x.xml").read_text() and "still busy after 2 s" in (tmp_path / "x.html").read_text()
    assert graded.seconds < SECONDS


def test_report_that_ends_early_is_not_complete(program: Path, catalog: Catalog) -> None:
    """The first finding ends the program: what came before it was reported line by line."""
    ended = host_tests.execute(program, catalog.tests[f"lab1.{NUMBER}"], SEED)
    assert ended.status == 0 and ended.report.complete and isinstance(ended.report, protocol.Report)
    assert list(ended.report.tests) == [body for body, _ in catalog.tests[f"lab1.{NUMBER}"].bodies]


# --- In the debugger ----------------------------------------------------------------------------------------------------

def gdb(*arguments: str) -> str:
    """What labs/gdb/replay prints, GDB's output with it."""
    return subprocess.run([str(ROOT / "labs/gdb/replay"), *arguments, "--", "-batch"], stdout=subprocess.PIPE, check=False,
                          stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True).stdout


@pytest.mark.slow
def test_replay_stops_at_the_line_of_the_finding(tmp_path: Path, program: Path) -> None:
    files = reference_files()
    files[FORMAT] = files[FORMAT].replace(CALL.encode(), b"  volatile char none[1] = {}; char* volatile at = nullptr;\n"
                                          b"  at = const_cast<char*>(none);\n  value += at[1];\n" + CALL.encode())
    work = write_folder(tmp_path / "work", files)
    text = gdb(NUMBER, "--seed", str(SEED), "--submission", str(work))
    assert re.search(r"^#\d+ .*strata::format_unsigned .*lib/format.cpp:\d+\n\d+\s+value \+= at\[1\];$", text, re.MULTILINE), text
    assert f"nonce=- seed={SEED} tests=lab1.format_decimal,lab1.format_hex," in text


@pytest.mark.slow
def test_debugger_without_a_finding(program: Path) -> None:
    assert "came to its end, and no code of the exercise" in gdb(NUMBER, "--seed", "3", "--solutions", "all")
    assert "strata: the tests begin here" in gdb(NUMBER, "--begin", "--solutions", "all")
    assert "runs on this host and not in the machine" in gdb(NUMBER, "--begin", "--live")
