"""`make replay`: the failing test again with its seed, under GDB, stopped just before what the grader saw."""
from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from gdb_session import ROOT, Gdb
from gdb_variants import build, overlay
from support import SEED

import tree
from grader import boots, building
from grader.catalog import Catalog

pytestmark = pytest.mark.slow
REPLAY = ROOT / "labs/gdb/replay"
TEST = "format_limits"


def grade(name: str, catalog: Catalog, folder: Path) -> Path:
    """Runs the test on a variant as the grader does; what it would write into build/grade.json."""
    elf = build(name)
    kernel = building.Kernel(elf.with_suffix(".iso"), elf, name, 0)
    test = catalog.tests[f"lab1.{TEST}"]
    verdict = boots.run_tests(kernel, catalog, [test], SEED)[test.id]
    row = {"id": test.id, "verdict": verdict.verdict, "expected": verdict.expected, "seen": verdict.seen, "mode": test.mode}
    path = folder / "grade.json"
    tree.write_file(path, json.dumps({"labs": [{"lab": 1, "seed": SEED, "tests": [row]}]}).encode())
    return path


def replay(name: str, results: Path, *more: str) -> Gdb:
    return Gdb(str(REPLAY), TEST, "--results", str(results), "--overlay", overlay(name), *more)


def test_a_wrong_observation(catalog, tmp_path):
    with replay("wrong", grade("wrong", catalog, tmp_path)) as gdb:
        assert re.search(r"about to report text\.\d+ = '\S+'; expected text", gdb.start)
        assert 'run.seen("text", index' in gdb.ask("frame") and "format_limits" in gdb.ask("bt")
        back = re.search(r"`strata back (\d+)`", gdb.start).group(1)
        gdb.ask(f"strata back {back}")
        gdb.ask("break format_signed")
        gdb.ask("continue")
        assert int(gdb.ask("output/d value")) == -(1 << 63)


def test_a_panic(catalog, tmp_path):
    with replay("null", grade("null", catalog, tmp_path)) as gdb:
        assert "the grader saw: the kernel panicked: #PF" in gdb.start
        frames = gdb.ask("bt").split("\n")
        assert "handle_trap" in frames[0] and "format_signed" in frames[2]


def test_a_hang(catalog, tmp_path):
    with replay("hang", grade("hang", catalog, tmp_path)) as gdb:
        assert "the test's deadline has passed" in gdb.start
        assert "format_signed" in gdb.ask("bt 1") and "busy at" in gdb.ask("strata why")
        assert "reports text." in gdb.ask("strata back")


def test_a_triple_fault(catalog, tmp_path):
    with replay("no-idt", grade("no-idt", catalog, tmp_path)) as gdb:
        assert "a triple fault" in gdb.start
        assert "#UD" in gdb.ask("strata why") and "no gate for vector 6" in gdb.ask("strata why")


def test_another_seed_and_none(catalog, tmp_path):
    results = grade("wrong", catalog, tmp_path)
    with replay("wrong", results, "--seed", "8") as gdb:
        assert "has not run this test with this seed" in gdb.start and "format_limits (run=" in gdb.start
    with pytest.raises(AssertionError, match="make grade LAB=1 TEST=format_limits"):
        replay("wrong", tmp_path / "nowhere.json")
