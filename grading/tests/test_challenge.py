"""Challenge 1.11: who gets its points, who does not, and that nobody is bothered who leaves it alone."""
from __future__ import annotations

from pathlib import Path
from typing import Dict, List

import pytest

from support import CHALLENGES, LAB, ROOT, SECONDS, SEED, Graded, Stopwatch, grade, reference_files, write_archive

import endings
import qemu
import tree
from grader import boots, building, objects
from grader.boots import FAIL, MISSING, PASS, Verdict
from grader.building import Kernel
from grader.catalog import Catalog
from test_build import make

FILE, = CHALLENGES
PATH = FILE.replace("labs/", "")
SOLUTION = (ROOT / "solutions" / PATH).read_text()
SKELETON = (ROOT / FILE).read_text()
OVERLAY = "build/tests/challenge"


def kernel_with(text: str) -> Kernel:
    """The reference with this my_start32.S."""
    tree.write_file(ROOT / OVERLAY / PATH, text.encode())
    with building.build_lock():
        return building.build_kernel(building.Recipe(1, "tests-challenge", "all", OVERLAY, (PATH,)))


def verdicts(text: str, catalog: Catalog) -> Dict[str, Verdict]:
    kernel = kernel_with(text)
    tests = [test for test in catalog.tests.values() if test.exercise.challenge]
    return {name.split(".")[1]: verdict for name, verdict in boots.run_tests(kernel, catalog, tests, SEED).items()}


def submit(scratch: Path, text: str) -> Graded:
    files = {**reference_files(), FILE: text.encode()}
    return grade(scratch, "--lab", "1", "--seed", str(SEED), "--submission", str(write_archive(scratch / "a.tar.gz", files)))


def changed(old: str, new: str) -> str:
    assert old in SOLUTION
    return SOLUTION.replace(old, new, 1)


# --- Points -----------------------------------------------------------------------------------------------------------

@pytest.mark.slow
def test_its_points_are_counted_apart(tmp_path: Path, reference: Kernel) -> None:
    graded = submit(tmp_path, SOLUTION)
    assert graded.output.splitlines()[-3:] == ["Challenge points: 6/6", "Lab 1: 100/100", "Score: 100/100"]
    apart = graded.json["labs"][0]["challenges"]
    assert (apart["score"], apart["max"]) == (6, 6) and graded.json["score"] == graded.json["max"] == 100


def test_left_alone_it_costs_a_line_and_no_image(tmp_path: Path, reference: Kernel) -> None:
    images = ROOT / "build/stage1/submission"
    for path in images.rglob("test-*.iso"):
        path.unlink()
    graded = submit(tmp_path, SKELETON)
    assert graded.output.splitlines()[-1] == "Score: 100/100" and graded.output.count("1.11") == 1
    assert "Challenge points" not in graded.output and list(images.rglob("test-*.iso")) == []
    rows = graded.json["labs"][0]["challenges"]["tests"]
    assert [(row["verdict"], row["seen"]) for row in rows] == [("missing", "1.11 my_start32 is not written yet")] * 3


def test_its_skeleton_says_so_itself(catalog: Catalog, reference: Kernel) -> None:
    """What the line above was written from, without a boot."""
    found = verdicts(SKELETON, catalog)
    assert {(one.verdict, one.seen) for one in found.values()} == {(MISSING, "1.11 my_start32 is not written yet")}


@pytest.mark.slow
@pytest.mark.parametrize("text, words", [
    (SOLUTION.replace("cpuid", "cpuidd"), ["does not compile", f"{FILE}:"]),
    (SOLUTION.replace("call kernel_main", "call start_lab1"), ["uses start_lab1, which is not among"]),
], ids=["syntax", "start_lab1"])
def test_broken_it_costs_only_itself(text: str, words: List[str], tmp_path: Path, reference: Kernel) -> None:
    graded = submit(tmp_path, text)
    assert graded.output.splitlines()[-3:] == ["Challenge points: 0/6", "Lab 1: 100/100", "Score: 100/100"]
    assert [word for word in words if word not in graded.output] == []


# --- Entries that are none --------------------------------------------------------------------------------------------

def test_the_given_entry_by_its_address(catalog: Catalog, reference: Kernel) -> None:
    """Past the object check, which knows names only: it comes up, but on tables that are the given ones."""
    address = reference.symbols["given_start32"]
    found = verdicts(SKELETON.replace("jmp unimplemented_1_11", f"movl ${address:#x}, %ecx\n    jmp *%ecx"), catalog)
    assert {one.verdict for one in found.values()} == {FAIL}
    assert {one.key for one in found.values()} == {"page tables that are the given ones"}


@pytest.mark.parametrize("old, symbol, key", [
    ("movl $(my_root - KERNEL_OFFSET), %eax", "temporary_root", "page tables that are the given ones"),
    (".quad my_gdt\n", "boot_gdt", "a GDT of your own"),
])
def test_parts_of_the_given_entry_by_their_address(old: str, symbol: str, key: str, catalog: Catalog, reference: Kernel) -> None:
    def text(address: int) -> str:
        return changed(old, f".quad {address:#x}\n" if "quad" in old else f"movl ${address & 0x7FFFFFFF:#x}, %eax")

    found = verdicts(text(kernel_with(text(0x7FFFF000)).symbols[symbol]), catalog)
    assert {(one.verdict, one.key) for one in found.values()} == {(FAIL, key)}


def test_tables_in_circles_do_not_hold_the_grader(catalog: Catalog, reference: Kernel) -> None:
    """The root's free entries lead back to the root: on four levels that is 255 * 512^3 pages."""
    loop = "    movl $255, %ecx\n2:  movl $(my_root - KERNEL_OFFSET + 3), my_root - KERNEL_OFFSET(, %ecx, 8)\n    loop 2b\n"
    with Stopwatch() as watch:
        found = verdicts(changed("    movl %cr4, %eax\n", f"{loop}    movl %cr4, %eax\n"), catalog)
    assert found["entry_registers"].verdict == PASS and watch.seconds < SECONDS


def test_a_cpu_without_long_mode_halts(reference: Kernel) -> None:
    image = reference.with_cmdline("entry=mine")
    outcome = qemu.run(qemu.Config(image.iso, extra=["-cpu", "max,-lm"]))
    assert outcome.reason == "halted" and "no_long_mode (solutions/" in endings.in_words(outcome, image.elf)


# --- The object check ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("code, finding", [
    (".section .text32\n.code32\njmp given_start32", "uses given_start32, which is not among this exercise's tools"),
    (".section .text32\n.code32\ndecl %eax\noutb %al, %dx", "has the instruction `out    %al,(%dx)`"),  # 64-bit: rex.W
    (".text\n.code64\ninb %dx, %al", "has the instruction `in     (%dx),%al`"),
    (".section .boot, \"ax\"\nnop", "brings the section .boot"),
    (".data\n.globl entry\nentry: .long 0", "defines entry, which its header does not declare"),
])
def test_offence(code: str, finding: str, catalog: Catalog, reference: Kernel) -> None:
    exercise = catalog.exercises["1.11"]
    tree.write_file(ROOT / OVERLAY / PATH, f"{SOLUTION}\n{code}\n".encode())
    compiled = building.object_of(OVERLAY, PATH)
    with building.build_lock():
        building.make(str(compiled.relative_to(ROOT)), "STAGE=1")
    found = objects.check(exercise, ROOT / OVERLAY / PATH, compiled)
    assert len(found) == 1 and found[0].startswith(finding), found


# --- Which entry, and how it ended ------------------------------------------------------------------------------------

@pytest.mark.parametrize("cmdline, mine", [("entry=mine", True), ("quiet entry=mine", True), ("entry=mine quiet", True),
                                           ("entry=miner", False), ("my.entry=mine", False), ("entry=min", False)])
def test_the_command_line_decides(cmdline: str, mine: bool) -> None:
    make(ROOT, "kernel", "SOLUTIONS=all", "STAGE=1", f"CMDLINE={cmdline}")
    outcome = qemu.run(qemu.Config(tree.image(ROOT / "build/stage1/ref", "kernel", cmdline)))
    assert (outcome.reason, outcome.value) == ("exit", endings.FINISHED)
    assert (b"[ENTRY] my_start32" in outcome.com1) == mine


@pytest.mark.parametrize("cr0, cr2, words", [
    (0x11, 0, "with paging off: "), (0x11, 0x1000, "with paging off: "),
    (0x80000011, 0, "no page fault so far (or one with CR2 = 0): "),
    (0x80000011, 0x1000, "the latest page fault with CR2 = 0x1000: "),
])
def test_a_triple_fault_in_words(cr0: int, cr2: int, words: str) -> None:
    outcome = qemu.Outcome("triple-fault", cpus=[{"rip": 1, "cr0": cr0, "cr2": cr2, "halted": 0}])
    assert words in endings.in_words(outcome, None)


def test_linked_high_and_run_low(reference: Kernel) -> None:
    """Code behind the far jump is found by where it was linked."""
    start = reference.symbols["my_start64"] - 0xFFFFFFFF80000000
    assert endings.place({"rip": start}, reference.elf).startswith(f"my_start64 (solutions/{LAB}/boot/x86/my_start32.S:")
    assert endings.place({"rip": start}, reference.elf).endswith(f"), at its physical address {start:#x}")
    assert endings.place({"rip": 0x7000}, reference.elf) == "0x7000 (outside the kernel)"
