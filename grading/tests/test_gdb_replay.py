"""`make replay`: the failing test again with its seed, under GDB, stopped just before what the grader saw."""
from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import Dict

import pytest

from gdb_session import ROOT, Gdb
from gdb_variants import REPLAY, overlay, wrong_solution
from support import FORMAT, MULTIBOOT, SEED, grade, reference_files, write_archive

import tree

pytestmark = pytest.mark.slow
TEST = "format_limits"


def replay(name: str, *more: str) -> Gdb:
    return Gdb(str(REPLAY), TEST, "--submission", overlay(name), "--seed", str(SEED), *more)


def test_a_wrong_observation():
    with replay("wrong") as gdb:
        assert re.search(r"about to report text\.\d+ = '\S+'; expected text", gdb.start)
        assert 'run.seen("text", index' in gdb.ask("frame") and "format_limits" in gdb.ask("bt")
        back = re.search(r"`strata back (\d+)`", gdb.start).group(1)
        gdb.ask(f"strata back {back}")
        gdb.ask("break format_signed")
        gdb.ask("continue")
        assert int(gdb.ask("output/d value")) == -(1 << 63)


def test_a_report_behind_inlined_library_code(tmp_path):
    """The test's own line is shown, too."""
    with Gdb(str(REPLAY), "idt_gate", "--submission", wrong_solution(tmp_path, "1.6-any-ist"), "--seed", str(SEED)) as gdb:
        assert "about to report bad_ist.0 = 'Success'" in gdb.start and 'run.seen("bad_ist", 0' in gdb.start


def test_a_panic():
    with replay("null") as gdb:
        assert "the grader sees: the kernel panicked: #PF" in gdb.start
        frames = gdb.ask("bt").split("\n")
        assert "handle_trap" in frames[0] and "format_signed" in frames[2]


def test_a_hang():
    with replay("hang") as gdb:
        assert "the test's deadline has passed" in gdb.start
        assert "format_signed" in gdb.ask("bt 1") and "busy at" in gdb.ask("strata why")
        assert "reports text." in gdb.ask("strata back")


def test_a_triple_fault():
    with replay("no-idt") as gdb:
        assert "a triple fault" in gdb.start
        assert "#UD" in gdb.ask("strata why") and "no gate for vector 6" in gdb.ask("strata why")


def entry(name: str, test: str) -> Gdb:
    return Gdb(str(REPLAY), test, "--submission", overlay(name), "--seed", str(SEED))


def test_a_wrong_entry():
    """Where the host has looked, long before the test."""
    with entry("no-nxe", "entry_registers") as gdb:
        assert "kernel_main (boot_block=" in gdb.start and "expected by now: efer.NXE: 1; seen: 0" in gdb.start
        assert gdb.ask("output $efer") == "[ LMA LME ]"


def test_an_entry_that_does_not_arrive():
    with entry("no-low-map", "entry_tables") as gdb:
        assert "a triple fault" in gdb.start and "the latest page fault with CR2" in gdb.start
        assert "#PF page fault: kernel fetch from 0x100" in gdb.ask("strata why")


def test_nothing_wrong_and_nothing_known(tmp_path):
    with Gdb(str(REPLAY), TEST, "--solutions", "all", "--seed", "8") as gdb:
        assert "the test passes with this seed" in gdb.start and "format_limits (run=" in gdb.start
    with pytest.raises(AssertionError, match="make grade LAB=1 TEST=format_limits"):
        Gdb(str(REPLAY), TEST, "--results", str(tmp_path / "nowhere.json"))


def changed(name: str, *others: str) -> Dict[str, bytes]:
    """The reference but for a variant's format.cpp; `others` do not compile."""
    files = {**reference_files(), **{other: b"int x" for other in others}}
    return {**files, FORMAT: (Path(overlay(name)) / FORMAT.partition("/")[2]).read_bytes()}


def block(report: str, test: str) -> str:
    return re.search(rf"^\w+ +lab1\.{test} .*\n((?: .*\n)*)", report, re.M).group(1)


def commands(report: str, test: str) -> Dict[str, str]:
    """The rows with something to type in the block of a test."""
    return dict(re.findall(r"^ +(rerun|debug|replay) +(make .*)$", block(report, test), re.M))


def typed(command: str) -> Gdb:
    return Gdb(*shlex.split(command))


def test_the_commands_of_a_report_show_its_failure(tmp_path):
    """Pasted as they stand, and after another work was graded."""
    archive = write_archive(tmp_path / "ada l.tar.gz", changed("wrong"))
    report = grade(tmp_path, "--lab", "1", "--submission", str(archive), "--exercise", "1.2").output
    said = {label: text for label, text in re.findall(r"^ +(expected|seen) +(.*)$", block(report, TEST), re.M)}
    grade(tmp_path, "--test", "format_hex", "--submission", overlay("hang"))
    rows = commands(report, TEST)
    assert list(rows) == ["rerun", "debug", "replay"]
    again = subprocess.run(shlex.split(rows["rerun"]), cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    assert commands(again, TEST) == rows and all(text in again for text in said.values())
    with typed(rows["debug"]) as gdb:
        assert "format_limits (run=" in gdb.start and "exercise 1.2 of ada l.tar.gz on the reference" in gdb.start
        assert f"seed {re.search('SEED=([0-9]+)', rows['debug'])[1]}" in gdb.start
    with typed(rows["replay"]) as gdb:
        assert f"about to report {said['seen']}; expected {said['expected']}" in gdb.start


def test_what_was_graded_last_needs_no_words(tmp_path):
    """Also where another exercise did not compile, so that its skeleton stood for it in the whole kernel."""
    archive = write_archive(tmp_path / "ada.tar.gz", changed("negative", MULTIBOOT))
    graded = grade(tmp_path, "--lab", "1", "--submission", str(archive), "--test", "console_numbers")
    assert graded.json["labs"][0]["work"] == {"submission": str(archive), "solutions": [], "refused": ["1.3"]}
    with Gdb(str(REPLAY), "console_numbers", "--results", str(tmp_path / "grade.json")) as gdb:
        assert "the whole kernel of ada.tar.gz" in gdb.start and "exercise 1.3 is not written yet" in gdb.start
        assert f"seen: {graded.tests['console_numbers']['seen']}" in gdb.start
    with pytest.raises(AssertionError, match="multiboot2.cpp:1:6: error"):
        Gdb(str(REPLAY), "memory_table", "--submission", str(archive), "--seed", "1")


@pytest.mark.parametrize("solutions, wanted", [("all", "the reference kernel"), ("none", "exercise 1.2 on the reference")])
def test_whose_work(solutions, wanted, tmp_path):
    """SOLUTIONS counts more than what was graded."""
    tree.write_file(tmp_path / "grade.json", json.dumps({"labs": [{"seed": 5, "tests": [{"id": f"lab1.{TEST}"}], "work": {
        "submission": overlay("hang"), "solutions": [], "refused": []}}]}).encode())
    with Gdb(str(REPLAY), TEST, "--results", str(tmp_path / "grade.json"), "--solutions", solutions) as gdb:
        assert wanted in gdb.start and "seed 5" in gdb.start
