"""The labs' tests are proven: every wrong solution is caught, the matrix agrees with `needs`, each test is worth its points."""
from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "labs" / "make")]

import tree  # noqa: E402


def prove(*arguments: str) -> str:
    done = subprocess.run([str(TOP / "grading/mutants/prove"), *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("lab", tree.labs(), ids=lambda lab: lab.name)
def test_wrong_solutions_matrix_and_value(lab):
    output = prove("all", "--lab", str(lab.number))
    count = len(list((TOP / "grading/mutants" / f"lab{lab.number}").glob("*.patch")))
    assert f"mutants: {count} of {count} killed" in output and f" of {count} name the right exercise" in output
    assert "matrix: agrees with needs" in output and "test-value: 0 of" in output
