"""A mistake in an earlier lab costs no points in a later one, and the later one's report says where it is."""
from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from support import ROOT, SEED, grade

import tree
from grader import boots, building
from grader.building import Recipe
from grader.catalog import read_catalog

PATCHES = [patch for patch in sorted((ROOT / "grading/mutants/lab1").glob("*.patch"))
           if not tree.exercise(patch.stem.split("-")[0]).challenge]
QUICK = "1.7-dummy-for-page-faults"  # spoils what lab 2 does with page faults


def with_mistake(folder: Path, *patches: Path) -> Path:
    """All of lab 1 and lab 2 from the reference, with these wrong solutions."""
    for lab in (tree.lab(1), tree.lab(2)):
        shutil.copytree(ROOT / "solutions" / lab.name, folder / "labs" / lab.name)
    for patch in patches:
        subprocess.run(["patch", "--quiet", "--strip=1", f"--directory={folder / 'labs'}", f"--input={patch}"], check=True)
    return folder


@pytest.mark.parametrize("patch", [pytest.param(patch, id=patch.stem, marks=() if patch.stem == QUICK else pytest.mark.slow)
                                   for patch in PATCHES])
def test_lab_2_keeps_its_points(patch: Path, tmp_path: Path) -> None:
    graded = grade(tmp_path, "--lab", "2", "--seed", str(SEED), "--submission", str(with_mistake(tmp_path / "work", patch)))
    assert graded.output.splitlines()[-1] == "Score: 100/100"
    blamed = {name: re.match(r"passes alone; your exercise (\S+) breaks it", row["diagnosis"])
              for name, row in graded.tests.items() if row["diagnosis"]}
    number = patch.stem.split("-")[0]
    assert all(match and match[1] == number for match in blamed.values()), blamed
    catalog = read_catalog(tree.lab(2))
    take = tuple(exercise.path for lab in (1, 2) for exercise in read_catalog(tree.lab(lab)).exercises.values())
    with building.build_lock():
        whole = building.build_kernel(Recipe(2, "submission/whole", "none", "build/submission", take))
    found = boots.run_tests(whole, catalog, catalog.kernel_tests, SEED)
    assert blamed.keys() == {test.split(".")[1] for test, verdict in found.items() if verdict.verdict != boots.PASS}


@pytest.mark.slow
def test_what_fails_on_the_reference_labs_is_not_laid_at_their_door(tmp_path: Path) -> None:
    """Two mistakes, one in each lab: lab 2 loses what its own costs, and says that lab 1 is not to blame for it."""
    mistakes = [ROOT / "grading/mutants" / name for name in (f"lab1/{QUICK}.patch", "lab2/2.6-no-flush.patch")]
    alone, both = (grade(tmp_path, "--lab", "2", "--seed", str(SEED), "--submission", str(with_mistake(tmp_path / str(i), *mistakes[i:])))
                   for i in (1, 0))
    assert alone.json["score"] == both.json["score"] < 100
    words = "earlier   not your lab 1: the test fails on the reference's, too"
    failing = [name for name, row in both.tests.items() if row["verdict"] != "pass"]
    assert {"unmap_flush", "rights_and_tlb"} <= set(failing) and both.output.count(words) == len(failing)
    assert "demand_zero" not in failing and "your exercise 1.7 breaks it" in both.tests["demand_zero"]["diagnosis"]
