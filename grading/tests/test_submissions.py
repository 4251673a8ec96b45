"""Handed-in work with one thing wrong: the exercise is named and scores what it should, the others keep their points."""
from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path
from typing import Dict, Iterator, List

import pytest

from support import FORMAT, LAB, MULTIBOOT, ROOT, SEED, SERIAL, Graded, grade, reference_files
from support import write_archive, write_folder

import tree
from grader import building
from grader.catalog import read_catalog

pytestmark = pytest.mark.slow

EXERCISE = {SERIAL: "1.1", FORMAT: "1.2", MULTIBOOT: "1.3"}


@pytest.fixture(autouse=True)
def built(reference: object) -> None:
    """So that no test is the one that pays for the reference."""


@pytest.fixture(scope="module")
def usual(reference: object, tmp_path_factory: pytest.TempPathFactory) -> float:
    """The seconds that good work takes whose kernels are yet to be built."""
    files = {file: text + f"// {time.time()}\n".encode() for file, text in reference_files().items()}
    return submit(tmp_path_factory.mktemp("usual"), files).seconds


def submit(scratch: Path, files: Dict[str, bytes], *arguments: str) -> Graded:
    archive = write_archive(scratch / "handin.tar.gz", files)
    return grade(scratch, "--lab", "1", "--seed", str(SEED), "--submission", str(archive), *arguments)


def changed(file: str, old: str = "", new: str = "", append: str = "") -> Dict[str, bytes]:
    """The reference with `old` replaced in one file, and something behind its end."""
    files = reference_files()
    text = files[file].decode()
    assert old in text
    files[file] = (text.replace(old, new, 1) + append).encode()
    return files

NEEDS = {test.id.split(".")[1]: test.needs for test in read_catalog(tree.lab(1)).tests.values()}


def notes_of(graded: Graded) -> str:
    return "\n".join(graded.json["labs"][0]["notes"])


def assert_others_keep_their_points(graded: Graded, spoiled: str) -> None:
    for number in EXERCISE.values():
        if number != spoiled:
            assert graded.points(number, "isolated") == graded.most(number, "isolated") > 0


def assert_refused(graded: Graded, usual: float, number: str, *words: str) -> None:
    """Nothing for the exercise and for the whole tests that need it, everything for the others."""
    assert graded.status == 0 and "Traceback" not in graded.errors
    assert graded.points(number) == 0
    assert all(row["points"] == 0 for name, row in graded.tests.items() if row["mode"] == "whole" and number in NEEDS[name])
    assert_others_keep_their_points(graded, number)
    assert f"exercise {number}: " in notes_of(graded) and f"exercise {number}: " in graded.output
    assert [word for word in words if word not in notes_of(graded)] == []
    assert graded.seconds < 3 * usual


def test_unchanged(tmp_path: Path) -> None:
    """The other tests here would prove nothing if this did not score everything, as an archive and as a folder."""
    archive = submit(tmp_path, reference_files())
    assert archive.output.splitlines()[-1] == f"Score: {archive.json['max']}/{archive.json['max']}"
    assert notes_of(archive) == "" and archive.errors == ""
    folder = write_folder(tmp_path / "with space" / "my work", reference_files())
    assert grade(tmp_path, "--lab", "1", "--seed", str(SEED), "--submission", str(folder)).tests == archive.tests


REFUSED = {
    "report_function": (SERIAL, "namespace strata::report { void seen(std::string_view, uint64_t, uint64_t) {} }",
                        "defines strata::report::seen", "which its header does not declare"),
    "constructor": (FORMAT, "namespace { struct Early { Early() { asm volatile(\"\"); } int x; } early; }", "section .init_array"),
    "relative_solution": (FORMAT, f'#include "../../../../solutions/{LAB}/lib/format.cpp"', f"includes solutions/{LAB}/lib/format.cpp"),
    "port": (MULTIBOOT, '[[gnu::used]] static void end() { asm volatile("outb %%al, $0xf4" : : "a"(0x10)); }',
             "has the instruction `out    %al,$0xf4`"),
    "syntax": (SERIAL, "int unfinished(", "does not compile", f"{SERIAL}:57:16: error: "),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, tmp_path: Path, usual: float) -> None:
    file, code, *words = REFUSED[name]
    files = changed(file, append=code)
    if name == "relative_solution":
        files[file] = code.encode()
    assert_refused(submit(tmp_path, files), usual, EXERCISE[file], *words)


def test_other_alphabet_in_a_compiler_message(tmp_path: Path, usual: float) -> None:
    """Latin-1 in the line that the compiler quotes, and what a terminal would act on."""
    files = reference_files()
    files[FORMAT] += b'int wrong = "\xfc\xe4"; // \xfc\n#error \x1b[31mred\n'
    graded = submit(tmp_path, files)
    assert_refused(graded, usual, "1.2", "does not compile", "#error")
    assert "\x1b" not in graded.output


def test_compile_errors_do_not_outlive_their_submission(tmp_path: Path) -> None:
    assert submit(tmp_path, changed(FORMAT, append="int unfinished("), "--test", "format_hex").points("1.2") == 0
    assert submit(tmp_path, reference_files(), "--test", "format_hex").points("1.2") == 1


def test_warnings_of_an_exercise_are_told(tmp_path: Path) -> None:
    """In the report on that exercise, each time, and not without end."""
    unused = changed(FORMAT, append="\n".join(f"static int spare_{number};" for number in range(9)))
    for _ in range(2):
        note = notes_of(submit(tmp_path, unused, "--exercise", "1.2"))
        assert re.search(rf"the compiler warns of exercise 1.2:\n{FORMAT}:\d+:\d+: warning: .*spare_", note)
        assert len(note.splitlines()) == 1 + building.MOST_WARNINGS + 1 and note.endswith("and 3 more")


def test_unwritten_function(tmp_path: Path, usual: float) -> None:
    graded = submit(tmp_path, changed(FORMAT, "return format_magnitude(out, value, false, style);",
                                      'return unimplemented("1.2 format_unsigned");'))
    hit = [row for row in graded.rows("1.2") if row["verdict"] == "missing"]
    assert {row["id"] for row in hit} >= {"lab1.format_decimal", "lab1.format_hex", "lab1.console_numbers"}
    assert all(row["points"] == 0 and row["seen"] == "1.2 format_unsigned is not written yet" for row in hit)
    assert graded.tests["format_signed"]["verdict"] == "pass" and "warning" not in graded.output  # of unused parameters
    assert_others_keep_their_points(graded, "1.2")
    assert graded.seconds < 3 * usual


def test_a_known_mistake_is_named(tmp_path: Path) -> None:
    """In its own tests, and with its exercise in those of others, which it spoils in the whole kernel."""
    graded = submit(tmp_path, changed(SERIAL, "uart::lcr_8n1);", "uart::lcr_8n1 | 0x80);"))
    mistake = "does not close the divisor latch again (same symptoms as wrong solution 1.1-latch-left-open)"
    failing = [row for row in graded.tests.values() if row["verdict"] != "pass"]
    assert {row["exercise"] for row in failing} > {"1.1"}
    for row in failing:
        assert row["diagnosis"] == (mistake if row["exercise"] == "1.1" else f"exercise 1.1: {mistake}"), row["id"]


def test_endless_loop(tmp_path: Path, usual: float) -> None:
    """Before the first test, because the boot log prints numbers."""
    graded = submit(tmp_path, changed(FORMAT, "  char digits[most_digits];",
                                      '  for (;;) asm volatile("");\n  char digits[most_digits];'))
    assert graded.points("1.2") == 0
    assert {row["verdict"] for row in graded.rows("1.2")} == {"hang"}
    assert re.search(r"^during boot, before any test: .*deadline passed .* busy at .*format.cpp", graded.tests["format_hex"]["seen"])
    assert_others_keep_their_points(graded, "1.2")
    assert "passes alone; your exercise 1.2 breaks it in the whole kernel" == graded.tests["uart_line"]["diagnosis"]
    assert graded.seconds < 3 * usual


def test_endless_loop_in_some_tests(tmp_path: Path, usual: float) -> None:
    """Each hang costs a boot, and a kernel is built for each exercise first; what comes behind it is still tested."""
    graded = submit(tmp_path, changed(FORMAT, "  char digits[most_digits];",
                                      '  while (negative) asm volatile("");\n  char digits[most_digits];'))
    hangs = {name for name, row in graded.tests.items() if row["verdict"] == "hang"}
    assert hangs == {"format_signed", "format_limits", "format_padding", "console_numbers", "format_sanitized"}
    assert graded.tests["format_room"]["verdict"] == graded.tests["memory_table"]["verdict"] == "pass"
    assert "before any test" not in graded.output
    assert_others_keep_their_points(graded, "1.2")
    assert graded.seconds < 3 * usual


def test_wild_pointer(tmp_path: Path, usual: float) -> None:
    graded = submit(tmp_path, changed(MULTIBOOT, "auto* header = read_at<BlockHeader>(block, 0);",
                                      "auto* header = reinterpret_cast<const BlockHeader*>(0x123456789000);"))
    assert graded.points("1.3") == 0 and {row["verdict"] for row in graded.rows("1.3")} == {"crash"}
    assert "CR2 = 0x123456789000" in graded.tests["boot_modules"]["seen"]
    assert_others_keep_their_points(graded, "1.3")
    assert graded.seconds < 3 * usual


def test_other_files_of_the_tree_are_ignored(tmp_path: Path) -> None:
    """Makefiles, linker script, tests and expectations that would give all points to a skeleton."""
    files = {FORMAT: reference_files()[FORMAT]}
    for name, data in {"Makefile": b"all:\n\techo Score: 30/30\n", "labs/make/build.mk": b"$(error gotcha)\n",
                       "labs/make/kernel.ld": b"SECTIONS { }\n", f"labs/{LAB}/lab.mk": b"SOURCES := \n",
                       f"labs/{LAB}/lib/span.hpp": b"#error gotcha\n", "labs/make/grub.cfg": b"halt\n",
                       "grading/lab1/expect.py": b"raise SystemExit(0)\n", "grading/lab1/lab.ini": b"[lab]\n",
                       "grading/lab1/uart_test.cpp": b"#error gotcha\n", "grading/grade": b"#!/bin/true\n",
                       "grading/waivers": b"lab1.uart_line drop because\n", f"labs/{LAB}/lib/mine.hpp": b"#error mine\n"}.items():
        files[name] = data
    graded = submit(tmp_path, files)
    assert graded.points("1.2", "isolated") == graded.json["score"] == 8 and graded.json["max"] == 100
    assert {row["verdict"] for number in ("1.1", "1.3") for row in graded.rows(number)} == {"missing"}
    assert "ignored, given files that were changed (11): " in graded.output
    assert f"ignored, not files of the labs (1): labs/{LAB}/lib/mine.hpp" in graded.output


def test_missing_file_is_the_skeleton(tmp_path: Path) -> None:
    """Never the reference."""
    files = reference_files()
    del files[SERIAL]
    graded = submit(tmp_path, files)
    assert graded.points("1.1") == 0
    assert {row["verdict"] for row in graded.rows("1.1")} == {"missing"}
    assert_others_keep_their_points(graded, "1.1")
    assert f"missing from {LAB} (1): console/uart16550.cpp" in notes_of(graded)


def test_two_graders_at_once(tmp_path: Path) -> None:
    """In one tree: each grades its own submission; of the second one two files are missing."""
    def start(name: str, files: Dict[str, bytes]) -> subprocess.Popen:
        archive = write_archive(tmp_path / f"{name}.tar.gz", files)
        return subprocess.Popen([str(ROOT / "grading/grade"), "--lab", "1", "--submission", str(archive), "--json",
                                 str(tmp_path / f"{name}.json")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def last_lines(running: List[subprocess.Popen]) -> Iterator[str]:
        for process in running:
            yield process.communicate()[0].splitlines()[-1]

    running = [start("full", reference_files()), start("serial", {SERIAL: reference_files()[SERIAL]})]
    assert list(last_lines(running)) == ["Score: 100/100", "Score: 10/100"]


def test_a_machine_that_ends_at_a_witness(tmp_path: Path) -> None:
    """Its deadline passes while QEMU's stub steps over the breakpoint, with all tests in one boot and this seed."""
    files = changed(f"labs/{LAB}/boot/kernel_tables.cpp", "    if (page == layout.guard_page) continue;\n")
    graded = grade(tmp_path, "--lab", "1", "--seed", "1", "--submission", str(write_archive(tmp_path / "a.tar.gz", files)))
    assert {row["verdict"] for row in graded.tests.values()} == {"pass", "fail", "hang"}
    assert graded.tests["paging_witness"]["verdict"] == "fail"
