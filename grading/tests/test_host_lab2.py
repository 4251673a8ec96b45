"""Lab 2's host tests and its sweep over failing allocations, on the reference."""
from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from support import ROOT, SEED

import tree
from grader import building, host_tests
from grader.boots import PASS
from grader.building import Recipe
from grader.catalog import Catalog, read_catalog
from grader.judging import Run, judge

MODELS = {"buddy_model": "merge_sanitized", "map_model": "map_sanitized", "tables_model": "protect_sanitized",
          "flush_model": "flush_sanitized", "cow_model": "cow_sanitized", "slab_model": "slab_sanitized", "swap_model": "swap_sanitized"}


@pytest.fixture(scope="module")
def lab2() -> Catalog:
    return read_catalog(tree.lab(2))


@pytest.fixture(scope="module")
def program() -> Path:
    """The reference's host tests."""
    with building.build_lock():
        building.build_shared_host(2, True)
        return building.build_host_tests(Recipe(2, "reference", "all"))


@pytest.mark.slow
def test_reference_passes(program: Path, lab2: Catalog) -> None:
    tests = [test for test in lab2.tests.values() if test.mode == "host"]
    assert {test.exercise for test in tests} == set(lab2.pure) == set(lab2.exercises.values())
    for seed in [0, 1, (1 << 32) - 1, (1 << 64) - 1, *range(1000, 1008)]:
        assert {verdict.verdict for verdict in host_tests.run_tests(program, tests, seed).values()} == {PASS}, seed


@pytest.mark.parametrize("body", MODELS)
def test_long_lives_depend_on_the_seed(body: str, program: Path, lab2: Catalog) -> None:
    """What one seed's run reports fits no other seed, and it meets memory that has run out where it can."""
    test = lab2.tests[f"lab2.{MODELS[body]}"]
    said = host_tests.execute(program, test, SEED).report.tests[f"lab2.{body}"]
    expectation = dict(test.bodies)[f"lab2.{body}"]
    fits = [seed for seed in range(SEED, SEED + 6) if judge(expectation, f"lab2.{body}", said, Run(seed, 0, "", 0)) is None]
    assert fits == [SEED]
    outcomes = {value for key, value in said.seen if key.startswith("outcome.")}
    assert body == "flush_model" or {"Success", "OutOfMemory"} <= outcomes


@pytest.mark.slow
def test_every_allocation_fails_once() -> None:
    done = subprocess.run([str(ROOT / "grading/lab2/sweep")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
    operations = re.findall(r'^    {"([^"]+)", \w+, \w+}', (ROOT / "grading/lab2/sweep_test.cpp").read_text(), re.MULTILINE)
    table = dict(re.findall(r"^(\S.*?) +((?:[x.]  )*[x.]) +\d+$", done.stdout, re.MULTILINE))
    assert set(table) == set(operations) and len(operations) == 15
    sites = re.findall(r"^  [A-Z]  (?:labs|solutions)/lab2-paging/mm/\w+\.cpp:\d+: (\S+)$", done.stdout, re.MULTILINE)
    columns = list(zip(*(row.split() for row in table.values())))
    assert {"FrameTables::allocate", "PageMap::make_nodes", "Vmo::own_frame"} <= set(sites) and len(sites) == len(columns)
    assert all("x" in column for column in columns)
