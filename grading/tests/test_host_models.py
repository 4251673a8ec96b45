"""The host tests of labs 2 and 3, with their long lives, and lab 2's sweep over failing allocations, on the reference."""
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

pytestmark = pytest.mark.slow
MODELS = {
    2: {"buddy_model": "merge_sanitized", "map_model": "map_sanitized", "tables_model": "protect_sanitized",
        "flush_model": "flush_sanitized", "cow_model": "cow_sanitized", "slab_model": "slab_sanitized", "swap_model": "swap_sanitized"},
    3: {"path_model": "path_sanitized", "used_model": "dispatch_sanitized", "copy_model": "copy_sanitized",
        "handle_model": "handles_sanitized", "queue_model": "queue_sanitized"}}
OF_MACHINES = {3: {"3.2", "3.7", "3.9", "3.10", "3.11"}}  # the exercises that no host test can run
WITHOUT_MEMORY = ("flush_model", "path_model", "used_model", "queue_model")


@pytest.fixture(scope="module", params=MODELS)
def lab(request: pytest.FixtureRequest) -> Catalog:
    return read_catalog(tree.lab(request.param))


@pytest.fixture(scope="module")
def program(lab: Catalog) -> Path:
    """The reference's host tests."""
    with building.build_lock():
        building.build_shared_host(lab.lab.number, True)
        return building.build_host_tests(Recipe(lab.lab.number, "reference", "all"))


def test_reference_passes(program: Path, lab: Catalog) -> None:
    tests = [test for test in lab.tests.values() if test.mode == "host"]
    assert {test.exercise for test in tests} == set(lab.pure)
    assert set(lab.exercises) - {it.number for it in lab.pure} == OF_MACHINES.get(lab.lab.number, set())
    for seed in [0, 1, (1 << 32) - 1, (1 << 64) - 1, *range(1000, 1008)]:
        assert {verdict.verdict for verdict in host_tests.run_tests(program, tests, seed).values()} == {PASS}, seed


def test_long_lives_depend_on_the_seed(program: Path, lab: Catalog) -> None:
    """What one seed's run reports fits no other seed, and it meets memory that has run out where it can."""
    prefix = f"lab{lab.lab.number}."
    for body, name in MODELS[lab.lab.number].items():
        test = lab.tests[prefix + name]
        said = host_tests.execute(program, test, SEED).report.tests[prefix + body]
        expectation = dict(test.bodies)[prefix + body]
        fits = [seed for seed in range(SEED, SEED + 6) if judge(expectation, prefix + body, said, Run(seed, 0, "", 0)) is None]
        assert fits == [SEED], body
        outcomes = {value for key, value in said.seen if key.startswith("outcome.")}
        assert body in WITHOUT_MEMORY or {"Success", "OutOfMemory"} <= outcomes, body


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
