"""A mistake in an earlier lab costs no points in a later one, and the later one's report says where it is."""
from __future__ import annotations

import hashlib
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import List, Set

import pytest

from support import ROOT, SEED, Graded, grade, write_labs

import tree
from grader import boots, building
from grader.building import Recipe
from grader.catalog import read_catalog

pytestmark = pytest.mark.slow
MUTANTS = ROOT / "grading/mutants"
PAGE_FAULTS_LOST = MUTANTS / "lab1/1.7-dummy-for-page-faults.patch"  # spoils what lab 2 does with page faults
DOES_NOT_START = MUTANTS / "lab1/1.5-long-and-32.patch"


def exercise_of(patch: Path) -> tree.Exercise:
    return tree.exercise(patch.stem.split("-")[0])


MANY = 24


def some_patches() -> List[Path]:
    """Other ones after each change of the store."""
    store = (ROOT / "grading/lab1/symptoms.json").read_bytes()
    patches = [patch for patch in PAGE_FAULTS_LOST.parent.glob("*.patch") if not exercise_of(patch).challenge]
    patches.sort(key=lambda patch: hashlib.sha256(patch.name.encode() + store).digest())
    return list(dict.fromkeys([PAGE_FAULTS_LOST, DOES_NOT_START, *patches]))[:MANY]


def grade_with(folder: Path, *patches: Path) -> Graded:
    """Grades lab 2 of such work."""
    write_labs(folder / "work" / "labs", *patches)
    return grade(folder, "--lab", "2", "--seed", str(SEED), "--submission", str(folder / "work"))


def failing(patch: Path) -> Set[str]:
    """The tests of lab 2, but for challenges', that fail on the reference with this mistake."""
    overlay, exercise = f"build/tests/earlier/{patch.stem}", exercise_of(patch)
    shutil.rmtree(ROOT / overlay, ignore_errors=True)
    write_labs(ROOT / overlay, patch)
    path = f"{exercise.lab.name}/{exercise.file}"
    kernel = building.build_kernel(Recipe(2, f"tests-earlier/{patch.stem}", "all", overlay, (path,)))
    catalog = read_catalog(tree.lab(2))
    found = boots.run_tests(kernel, catalog, [test for test in catalog.kernel_tests if not test.exercise.challenge], SEED)
    return {test.split(".")[1] for test, verdict in found.items() if verdict.verdict != boots.PASS}


def check_grade(patch: Path, lost: Set[str], folder: Path) -> None:
    """Of work with this mistake: full points, and reports on the lost tests that name its exercise."""
    graded = grade_with(folder, patch)
    assert graded.output.splitlines()[-1] == "Score: 100/100", patch.stem
    said = {name: row["diagnosis"].partition(" breaks it")[0] for name, row in graded.tests.items() if row["diagnosis"]}
    assert said == dict.fromkeys(lost, f"passes alone; your exercise {exercise_of(patch).number}"), patch.stem


def test_lab_2_keeps_its_points_whatever_is_wrong_in_lab_1(tmp_path: Path) -> None:
    with building.build_lock(), ThreadPoolExecutor(2) as pool:
        building.build_shared(2, True)
        patches = some_patches()
        lost = dict(zip(patches, pool.map(failing, patches)))
    # By the others, lab 2 does not lose a test in the first place; and a kernel that does not start is like the next one.
    touched = [patch for patch in patches if 0 < len(lost[patch]) < len(lost[DOES_NOT_START])] + [DOES_NOT_START]
    assert PAGE_FAULTS_LOST in touched
    for patch in touched:
        check_grade(patch, lost[patch], tmp_path / patch.stem)


def test_what_fails_on_the_reference_labs_is_not_laid_at_their_door(tmp_path: Path) -> None:
    """Two mistakes, one in each lab: lab 2 loses what its own costs, and says that lab 1 is not to blame for it."""
    mistake = MUTANTS / "lab2/2.6-no-flush.patch"
    alone, both = grade_with(tmp_path / "alone", mistake), grade_with(tmp_path / "both", PAGE_FAULTS_LOST, mistake)
    assert alone.json["score"] == both.json["score"] < 100
    words = "earlier   not your lab 1: the test fails on the reference's, too"
    failed = [name for name, row in both.tests.items() if row["verdict"] != "pass"]
    assert {"unmap_flush", "rights_and_tlb"} <= set(failed) and both.output.count(words) == len(failed)
    assert "demand_zero" not in failed and "your exercise 1.7 breaks it" in both.tests["demand_zero"]["diagnosis"]
