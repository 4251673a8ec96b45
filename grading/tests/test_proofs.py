"""The labs' tests are proven: every wrong solution is caught and does what the store says, as far as a sample tells; the matrix
agrees with `needs`, each test is worth its points."""
from __future__ import annotations

from concurrent.futures import Future
from typing import Dict

import pytest

from support import ROOT

import tree


@pytest.mark.slow
@pytest.mark.proof
@pytest.mark.parametrize("lab", tree.labs(), ids=lambda lab: lab.name)
def test_wrong_solutions_matrix_and_value(lab: tree.Lab, proofs: Dict[tree.Lab, Future[str]]) -> None:
    output = proofs[lab].result()
    count = len(list((ROOT / "grading/mutants" / f"lab{lab.number}").glob("*.patch")))
    assert f"mutants: {count} of {count} killed" in output
    assert "matrix: agrees with needs" in output and "test-value: 0 of" in output
