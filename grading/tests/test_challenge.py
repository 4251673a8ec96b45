"""Challenges: who gets their points, who does not, and that nobody is bothered who leaves them alone."""
from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Dict, List

import pytest

from support import CHALLENGES, LAB, ROOT, SECONDS, SEED, Graded, Stopwatch, grade, reference_files, write_archive

import endings
import qemu
import tree
from grader import boots, building, host_tests, objects
from grader.boots import FAIL, MISSING, PASS, Verdict
from grader.building import Kernel, Recipe
from grader.catalog import Catalog, read_catalog
from test_build import make

OVERLAY = "build/tests/challenge"
ENTRY, PCIDS, KILLERS = tree.exercise("1.11"), tree.exercise("2.13"), tree.exercise("2.14")
FILE, = (name for name in CHALLENGES if name.endswith(ENTRY.file))
PATH = FILE.replace("labs/", "")
every_challenge = pytest.mark.parametrize("one", [exercise for exercise in tree.exercises() if exercise.challenge],
                                          ids=lambda exercise: exercise.number)


def solution(one: tree.Exercise) -> str:
    return (ROOT / "solutions" / one.lab.name / one.file).read_text()


SOLUTION = solution(ENTRY)
SKELETON = (ROOT / FILE).read_text()


def recipe(one: tree.Exercise, text: str) -> Recipe:
    """The reference with this text in place of the exercise's file."""
    path = f"{one.lab.name}/{one.file}"
    tree.write_file(ROOT / OVERLAY / path, text.encode())
    return Recipe(one.lab.number, "tests-challenge", "all", OVERLAY, (path,))


def kernel_with(text: str, one: tree.Exercise = ENTRY) -> Kernel:
    """The reference with this file."""
    with building.build_lock():
        return building.build_kernel(recipe(one, text))


def program_with(text: str, one: tree.Exercise) -> Path:
    """The host tests of the reference with this file."""
    with building.build_lock():
        building.build_shared_host(one.lab.number, True)
        return building.build_host_tests(recipe(one, text))


def verdicts(text: str, one: tree.Exercise = ENTRY, seed: int = SEED) -> Dict[str, Verdict]:
    """Of the challenge's tests, by their names without the lab."""
    catalog = read_catalog(one.lab)
    tests = [test for test in catalog.tests.values() if test.exercise.number == one.number]
    hosted = [test for test in tests if test.mode == "host"]
    found: Dict[str, Verdict] = {}
    if hosted:
        found = host_tests.run_tests(program_with(text, one), hosted, seed)
    if hosted != tests:
        found.update(boots.run_tests(kernel_with(text, one), catalog, [test for test in tests if test not in hosted], seed))
    return {name.split(".")[1]: verdict for name, verdict in found.items()}


def submit(scratch: Path, text: str, one: tree.Exercise = ENTRY) -> Graded:
    files = {**reference_files(one.lab.number), f"labs/{one.lab.name}/{one.file}": text.encode()}
    return grade(scratch, "--lab", str(one.lab.number), "--seed", str(SEED), "--submission",
                 str(write_archive(scratch / "a.tar.gz", files)))


def changed(old: str, new: str, text: str = SOLUTION) -> str:
    assert old in text
    return text.replace(old, new, 1)


def points(one: tree.Exercise) -> List[int]:
    """Those of this challenge, and of all of its lab."""
    tests = [test for test in read_catalog(one.lab).tests.values() if test.exercise.challenge]
    return [sum(test.points for test in tests if test.exercise.number == one.number), sum(test.points for test in tests)]


# --- Points -----------------------------------------------------------------------------------------------------------

@pytest.mark.slow
@every_challenge
def test_its_points_are_counted_apart(one: tree.Exercise, tmp_path: Path) -> None:
    graded = submit(tmp_path, solution(one), one)
    own, most = points(one)
    assert graded.output.splitlines()[-3:] == [
        f"Challenge points: {own}/{most}", f"Lab {one.lab.number}: 100/100", "Score: 100/100"]
    apart = graded.json["labs"][0]["challenges"]
    assert (apart["score"], apart["max"]) == (own, most) and graded.json["score"] == graded.json["max"] == 100


@pytest.mark.slow
@pytest.mark.parametrize("lab", [1, 2])
def test_left_alone_it_costs_a_line_and_no_program(lab: int, tmp_path: Path) -> None:
    left = [exercise for exercise in tree.exercises() if exercise.challenge and exercise.lab.number == lab]
    built = ROOT / f"build/stage{lab}/submission"
    for path in [built / exercise.number for exercise in left] + list(built.rglob("test-*.iso")):
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    files = reference_files(lab)
    graded = grade(tmp_path, "--lab", str(lab), "--seed", str(SEED), "--submission", str(write_archive(tmp_path / "a.tar.gz", files)))
    assert graded.output.splitlines()[-1] == "Score: 100/100" and "Challenge points" not in graded.output
    assert list(built.rglob("test-*.iso")) == []
    rows = graded.json["labs"][0]["challenges"]["tests"]
    for one in left:
        assert graded.output.count(one.number) == 1 and not (built / one.number).exists()
        assert {(row["verdict"], row["seen"]) for row in rows if row["exercise"] == one.number} == {
            ("missing", f"{one.number} {one.functions[0]} is not written yet")}


@pytest.mark.slow
@every_challenge
def test_its_skeleton_says_so_itself(one: tree.Exercise) -> None:
    """What the line above was written from, without a boot."""
    found = verdicts(one.path.read_text(), one)
    assert {(verdict.verdict, verdict.seen.replace(":", "").split()[0]) for verdict in found.values()} == {(MISSING, one.number)}


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

def test_the_given_entry_by_its_address(reference: Kernel) -> None:
    """Past the object check, which knows names only: it comes up, but on tables that are the given ones."""
    address = reference.symbols["given_start32"]
    found = verdicts(SKELETON.replace("jmp unimplemented_1_11", f"movl ${address:#x}, %ecx\n    jmp *%ecx"))
    assert {one.verdict for one in found.values()} == {FAIL}
    assert {one.key for one in found.values()} == {"page tables that are the given ones"}


@pytest.mark.parametrize("old, symbol, key", [
    ("movl $(my_root - KERNEL_OFFSET), %eax", "temporary_root", "page tables that are the given ones"),
    (".quad my_gdt\n", "boot_gdt", "a GDT of your own"),
])
def test_parts_of_the_given_entry_by_their_address(old: str, symbol: str, key: str, reference: Kernel) -> None:
    def text(address: int) -> str:
        return changed(old, f".quad {address:#x}\n" if "quad" in old else f"movl ${address & 0x7FFFFFFF:#x}, %eax")

    found = verdicts(text(kernel_with(text(0x7FFFF000)).symbols[symbol]))
    assert {(one.verdict, one.key) for one in found.values()} == {(FAIL, key)}


@pytest.mark.slow
def test_tables_in_circles_do_not_hold_the_grader(reference: Kernel) -> None:
    """The root's free entries lead back to the root: on four levels that is 255 * 512^3 pages."""
    loop = "    movl $255, %ecx\n2:  movl $(my_root - KERNEL_OFFSET + 3), my_root - KERNEL_OFFSET(, %ecx, 8)\n    loop 2b\n"
    with Stopwatch() as watch:
        found = verdicts(changed("    movl %cr4, %eax\n", f"{loop}    movl %cr4, %eax\n"))
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


# --- PCIDs (2.13) -------------------------------------------------------------------------------------------------------

TOLD = "tlb_.invpcid(Invpcid::Address, static_cast<Pcid>(i + 1), va);"
CONTEXT = "tlb_.invpcid(Invpcid::Context, static_cast<Pcid>(in_use_ - slots_ + 1), Va{});"


@pytest.mark.parametrize("old, new", [
    (TOLD, f"if (&slot == in_use_) tlb_.invlpg(va); else {TOLD}"),
    (CONTEXT, "tlb_.load_cr3(space.root.value | static_cast<uint64_t>(in_use_ - slots_ + 1));"),
    ("|| slot.generation != before) continue;", f") continue; if (slot.generation != before) {{ {TOLD} continue; }}"),
    ("slots_[i].switched_to < slots_[chosen].switched_to", "slots_[i].switched_to <= slots_[chosen].switched_to"),
], ids=["invlpg in use", "CR3 again", "old entries too", "last PCID first"])
def test_what_the_contract_leaves_open(old: str, new: str) -> None:
    assert {verdict.verdict for verdict in verdicts(changed(old, new, solution(PCIDS)), PCIDS).values()} == {PASS}


@pytest.mark.parametrize("old, new, key", [
    ("| (chosen + 1) |", "| (chosen + 1) | 1ull << 60 |", "besides"),  # a reserved bit: #GP
    ("| (chosen + 1) |", "| (chosen + 4000) |", "pcid"),
    (TOLD, "tlb_.invpcid(Invpcid::Address, 0xffff, va);", "single"),
    (TOLD, "tlb_.invpcid(static_cast<Invpcid>(7), static_cast<Pcid>(i + 1), va);", "single"),
    ("tlb_.load_cr3", "tlb_.load_cr3(0), tlb_.load_cr3", "loads"),
    ("tlb_.load_cr3(", "(void)(", "loads"),
])
def test_what_no_cpu_takes(old: str, new: str, key: str) -> None:
    assert key in {verdict.key for verdict in verdicts(changed(old, new, solution(PCIDS)), PCIDS).values()}


# --- Tests that kill (2.14) ---------------------------------------------------------------------------------------------

SUITE = """#include "mm/my_buddy_tests.hpp"
namespace strata {
static unsigned calls = 0;
void my_buddy_tests(BuddyUnderTest& buddy) {
  ++calls;
  buddy.start(64);
  (void)buddy.add(16, 32);
  FrameNumber block = buddy.allocate(0).value_or(no_frame), other = buddy.allocate(0).value_or(no_frame);
  bool given = buddy.free(block).ok();
  CODE
}
}
"""
WITHOUT_POINTS = {
    "checks nothing": "(void)other, (void)given, (void)calls;",
    "always complains": 'buddy.check(false, "I do not like it");',
    "complains about what is left open": 'buddy.check(block == 16, "the lowest frame comes first");',
    "always dies": "*reinterpret_cast<volatile char*>(8) = 0;",
    "never ends": "for (volatile unsigned i = 0;; i = i + 1) {}",
    **{f"counts its calls to {count}": f'buddy.check(calls != {count}, "once more");' for count in (1, 2, 3)},
}


@pytest.mark.parametrize("code", [pytest.param(code, id=name, marks=pytest.mark.slow if name == "never ends" else ())
                                  for name, code in WITHOUT_POINTS.items()])
def test_a_suite_without_points(code: str) -> None:
    found = verdicts(SUITE.replace("CODE", code), KILLERS).values()
    assert PASS not in {verdict.verdict for verdict in found}
    if "I do not like it" in code:
        assert {verdict.seen for verdict in found} == {"complaint.0 = 'I do not like it'  (in tests_right)"}
        assert all("this allocator keeps every promise; no points" in verdict.expected for verdict in found)


@pytest.mark.parametrize("code", [
    'buddy.check(!buddy.free(block).ok(), "");', "while (buddy.free(block).ok()) {}",
    "int one[1] = {}; one[buddy.free(block).ok()] = 1;", "buddy.start(buddy.free(block).ok() ? 0 : 1);",
], ids=["complains", "hangs", "leaves an array", "panics"])
def test_a_suite_that_finds_one(code: str) -> None:
    """A death counts like a complaint."""
    found = verdicts(SUITE.replace("CODE", f"(void)given; if (other != no_frame) {{ {code} }}"), KILLERS)
    assert [name for name, verdict in found.items() if verdict.verdict == PASS] == ["tests_twice"]


def test_no_address_tells_a_suite_what_it_tests() -> None:
    """Neither the object's, nor what stands in it, nor where the call comes from."""
    code = """uint64_t seen[3] = {reinterpret_cast<uint64_t>(&buddy), *reinterpret_cast<uint64_t*>(&buddy),
                         reinterpret_cast<uint64_t>(__builtin_return_address(0))};
    char words[48];
    for (unsigned i = 0; i < 48; ++i) words[i] = static_cast<char>('a' + (seen[i / 16] >> i % 16 * 4 & 15));
    buddy.check(given && !given, {words, 48}), (void)other;"""
    program = program_with(SUITE.replace("CODE", code), KILLERS)
    tests = [test for test in read_catalog(KILLERS.lab).tests.values() if test.exercise.number == KILLERS.number]
    bodies = {body for test in tests for body in test.bodies}
    reports = [host_tests.execute(program, replace(tests[0], bodies=(body,)), SEED).report for body in bodies]
    said = {value for report in reports for test in report.tests.values() for _, value in test.seen}
    assert len(bodies) == 10 and len(said) == 1 and len(said.pop()) == 48
