"""The whole grader on the reference and on the skeletons: full points, none, and the same result whatever the host does."""
from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Dict, Iterator, List

import pytest

from support import FORMAT, MULTIBOOT, ROOT, SEED, grade, reference_files, try_kernel, write_archive
from test_build import copy_tree, make

from grader import boots
from grader.boots import PASS
from grader.building import Kernel
from grader.catalog import Catalog

BUSY_PROCESSES = 4


def test_reference_scores_everything(tmp_path: Path) -> None:
    graded = grade(tmp_path, "--lab", "1", "--solutions", "all", "--seed", str(SEED))
    assert (graded.status, graded.errors, graded.json["score"]) == (0, "", graded.json["max"])
    assert {row["verdict"] for row in graded.tests.values()} == {PASS}
    assert graded.output.splitlines()[-1] == "Score: 100/100"


@pytest.mark.slow
def test_skeleton_scores_nothing(tmp_path: Path, catalog: Catalog) -> None:
    """Every test is `missing` and names an exercise that it needs: its own one when that is tested alone."""
    graded = grade(tmp_path, "--lab", "1", "--seed", str(SEED))
    assert graded.status == 0 and graded.output.splitlines()[-1] == "Score: 0/100"
    for name, row in graded.tests.items():
        assert (row["verdict"], row["points"]) == ("missing", 0)
        number, function, rest = row["seen"].split(" ", 2)
        assert rest == "is not written yet" and function in catalog.exercises[number].functions
        assert number in catalog.tests[f"lab1.{name}"].needs
        assert row["mode"] == "whole" or number == row["exercise"]


def test_equal_runs_are_equal_to_the_byte(reference: Kernel, catalog: Catalog) -> None:
    """Those in which witnesses stop the machine, too."""
    runs = [boots.boot(reference, catalog, [test.id for test in catalog.kernel_tests], SEED).outcome for _ in range(3)]
    assert len(runs[0].com1) > 1000 and len(runs[0].com2) > 10_000
    assert [(run.com1, run.com2) for run in runs[1:]] == [(runs[0].com1, runs[0].com2)] * 2
    mine = [boots.boot(reference.with_cmdline("entry=mine"), catalog, list(catalog.tests), SEED).outcome for _ in range(2)]
    assert b"[ENTRY] my_start32" in mine[0].com1 and (mine[0].com1, mine[0].com2) == (mine[1].com1, mine[1].com2)


@pytest.mark.slow
def test_twenty_seeds(reference: Kernel, catalog: Catalog) -> None:
    for seed in [0, 1, (1 << 32) - 1, (1 << 64) - 1, *range(1000, 1016)]:
        trial = try_kernel(reference, catalog, seed)
        assert trial.kinds == [PASS], (seed, {name: verdict for name, verdict in trial.verdicts.items() if verdict.verdict != PASS})


@pytest.fixture
def busy_host() -> Iterator[None]:
    """Four processes that compute for as long as the test runs."""
    running = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(BUSY_PROCESSES)]
    try:
        yield
        assert all(process.poll() is None for process in running)
    finally:
        for process in running:
            process.kill()
            process.wait()


def mixed_results(scratch: Path) -> Dict[str, List]:
    """Of work in which tests pass, fail, hang and are missing."""
    files = reference_files()
    files[FORMAT] = files[FORMAT].replace(b"  char digits[most_digits];",
                                          b"  while (negative) asm volatile(\"\");\n  char digits[most_digits];", 1)
    files[FORMAT] = files[FORMAT].replace(b"length > out.size()", b"length > out.size() + 1", 1)
    del files[MULTIBOOT]
    graded = grade(scratch, "--lab", "1", "--seed", str(SEED), "--submission", str(write_archive(scratch / "a.tar.gz", files)))
    return {name: [row["verdict"], row["points"], row["expected"], row["seen"]] for name, row in graded.tests.items()}


@pytest.mark.slow
def test_loaded_host_changes_nothing(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    quiet = mixed_results(tmp_path)
    assert {row[0] for row in quiet.values()} == {"pass", "crash", "hang", "missing"}
    request.getfixturevalue("busy_host")
    assert mixed_results(tmp_path) == quiet
    assert grade(tmp_path, "--lab", "1", "--solutions", "all").output.splitlines()[-1] == "Score: 100/100"


@pytest.mark.slow
@pytest.mark.parametrize("environment", [{}, {"CXX": "clang++"}, {"OPT": "-O0"}, {"CXX": "clang++", "OPT": "-O0"}], ids=str)
def test_clean_checkout_in_a_path_with_spaces(environment: Dict[str, str], tmp_path: Path) -> None:
    """By every compiler, and as a submission, so that the object check knows them all."""
    tree = copy_tree(tmp_path / "with space" / "strata tree")
    assert not (tree / "build").exists()
    graded = grade(tmp_path, "--lab", "1", "--submission", str(tree / "solutions"), root=tree, **environment)
    assert graded.output.splitlines()[-1] == "Score: 100/100" and graded.json["labs"][0]["notes"] == []


@pytest.mark.slow
def test_tree_without_reference(tmp_path: Path) -> None:
    """Everything runs on the whole kernel, and the report says so; the score is not above the official one."""
    tree = tmp_path / "student"
    make(ROOT, "handout-repo", f"OUT={tree}")
    for name, data in reference_files().items():
        if name != FORMAT:
            (tree / name).write_bytes(data)
    local = grade(tmp_path, "--lab", "1", "--seed", str(SEED), root=tree)
    assert local.json["labs"][0]["isolated"] is False and "this tree has no reference" in local.output
    official = grade(tmp_path, "--lab", "1", "--seed", str(SEED), "--submission", str(tree))
    assert official.json["labs"][0]["isolated"] is True
    assert 0 < local.json["score"] <= official.json["score"] < 100
    assert all(row["points"] <= official.tests[name]["points"] for name, row in local.tests.items())
