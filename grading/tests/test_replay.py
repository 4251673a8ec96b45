"""Kernels that replay what another kernel said: they score 0, however much they know, unless it was this very run."""
from __future__ import annotations

from typing import Callable

import pytest

from support import SECONDS, SEED, try_kernel
from transcripts import TOUCHED

from grader.boots import CRASH, FAIL, PASS
from grader.building import Kernel
from grader.catalog import Catalog

Replay = Callable[[str], Kernel]
OTHER_SEED = SEED + 1


def test_recording_is_faithful(replay: Replay, catalog: Catalog) -> None:
    """Without this, the zeros below would prove nothing: in the run that was recorded it gets all points."""
    assert try_kernel(replay("recorded"), catalog).kinds == [PASS]


@pytest.mark.parametrize("name", ["recorded", "without_nonce", "ungraded_nonce", "guessed_nonce"])
def test_replay_without_the_nonce(name: str, replay: Replay, catalog: Catalog) -> None:
    """All that a good run prints stands on both ports."""
    trial = try_kernel(replay(name), catalog, OTHER_SEED)
    assert trial.kinds == [CRASH]
    assert "as if all were done, without this test's report" in trial.seen
    assert trial.seconds < SECONDS


def test_replay_with_the_same_seed_and_another_nonce(replay: Replay, catalog: Catalog) -> None:
    trial = try_kernel(replay("recorded"), catalog, SEED, list(catalog.tests.values())[1:])
    assert trial.kinds == [CRASH]


@pytest.mark.parametrize("name", ["right_nonce", "zeros", "successes", "echoes"])
def test_knows_nonce_and_seed_but_computes_nothing(name: str, replay: Replay, catalog: Catalog) -> None:
    """Every line is well-formed, in order, and of this run; only the values are another seed's, constants, or the seed."""
    trial = try_kernel(replay(name), catalog, OTHER_SEED)
    assert trial.kinds == [FAIL]
    assert trial.seconds < SECONDS


@pytest.mark.parametrize("name, words", [
    ("repeated_line", "came where line"),
    ("swapped_lines", "came where line"),
    ("dropped_line", "came where line"),
])
def test_lines_out_of_sequence(name: str, words: str, replay: Replay, catalog: Catalog) -> None:
    """What came before stands; the test that is touched gets nothing, nor does what comes behind it."""
    trial = try_kernel(replay(name), catalog)
    names = [test.split(".")[1] for test in catalog.tests]
    assert trial.names(PASS) == names[:names.index(TOUCHED)]
    assert trial.names(FAIL) == names[names.index(TOUCHED):]
    assert words in trial.verdicts[TOUCHED].seen
    assert trial.seconds < SECONDS


@pytest.mark.parametrize("name, words", [
    ("extra_observation", "outcome.0 = 'Success'"),
    ("other_order", "top_mib.0"),
    ("missing_observation", "top_mib.0"),
])
def test_lines_altered_and_renumbered(name: str, words: str, replay: Replay, catalog: Catalog) -> None:
    trial = try_kernel(replay(name), catalog)
    assert trial.names(FAIL) == [TOUCHED] and len(trial.names(PASS)) == len(catalog.tests) - 1
    assert words in trial.verdicts[TOUCHED].seen


def test_a_test_that_is_reported_twice(replay: Replay, catalog: Catalog) -> None:
    """Counts once at most: the second report of a test is a break."""
    trial = try_kernel(replay("repeated_test"), catalog)
    assert TOUCHED in trial.names(PASS) and len(trial.names(PASS)) <= len(catalog.tests)
    assert trial.names(FAIL) == ["memory_table"]
