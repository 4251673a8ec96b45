"""Kernels that replay what another kernel said: they score 0, however much they know, unless it was this very run."""
from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Callable, Dict, Iterator, Tuple

import pytest

from support import SECONDS, SEED, replayable, try_kernel
from transcripts import BEHIND, TOUCHED

from grader.boots import CRASH, FAIL, PASS
from grader.building import Kernel
from grader.catalog import Catalog

OTHER_SEED = SEED + 1
WITHOUT_NONCE = ["recorded", "without_nonce", "ungraded_nonce", "guessed_nonce"]
WITHOUT_COMPUTING = ["right_nonce", "zeros", "successes", "echoes"]
OUT_OF_SEQUENCE = ["repeated_line", "swapped_lines", "dropped_line"]
RENUMBERED = {"extra_observation": "before.0 = 0", "other_order": "outcome.0 = 'Success'",
              "missing_observation": "outcome.0 = 'Success'"}

Trials = Dict[Tuple[str, int], Future]  # by transcript and seed


@pytest.fixture(scope="module")
def trials(replay: Callable[[str], Kernel], catalog: Catalog) -> Iterator[Trials]:
    """All of this file's, two at a time."""
    runs = [(name, OTHER_SEED) for name in WITHOUT_NONCE + WITHOUT_COMPUTING]
    runs += [(name, SEED) for name in ("recorded", *OUT_OF_SEQUENCE, *RENUMBERED, "repeated_test")]
    with ThreadPoolExecutor(2) as pool:
        yield {(name, seed): pool.submit(try_kernel, replay(name), catalog, seed, replayable(catalog)) for name, seed in runs}


def test_recording_is_faithful(trials: Trials) -> None:
    """Without this, the zeros below would prove nothing: in the run that was recorded it gets all points."""
    assert trials["recorded", SEED].result().kinds == [PASS]


@pytest.mark.parametrize("name", WITHOUT_NONCE)
def test_replay_without_the_nonce(name: str, trials: Trials) -> None:
    """All that a good run prints stands on both ports."""
    trial = trials[name, OTHER_SEED].result()
    assert trial.kinds == [CRASH]
    assert "as if all were done, without this test's report" in trial.seen
    assert trial.seconds < SECONDS


def test_replay_with_the_same_seed_and_another_nonce(replay: Callable[[str], Kernel], catalog: Catalog) -> None:
    """The nonce depends on the list of tests, too."""
    trial = try_kernel(replay("recorded"), catalog, SEED, replayable(catalog)[1:])
    assert trial.kinds == [CRASH]


@pytest.mark.parametrize("name", WITHOUT_COMPUTING)
def test_knows_nonce_and_seed_but_computes_nothing(name: str, trials: Trials) -> None:
    """Every line is well-formed, in order, and of this run; only the values are another seed's, constants, or the seed."""
    trial = trials[name, OTHER_SEED].result()
    assert trial.kinds == [FAIL]
    assert trial.seconds < SECONDS


@pytest.mark.parametrize("name", OUT_OF_SEQUENCE)
def test_lines_out_of_sequence(name: str, trials: Trials, catalog: Catalog) -> None:
    """What came before stands; the test that is touched gets nothing, nor does what comes behind it."""
    trial = trials[name, SEED].result()
    names = [test.id.split(".")[1] for test in replayable(catalog)]
    assert trial.names(PASS) == names[:names.index(TOUCHED)]
    assert trial.names(FAIL) == names[names.index(TOUCHED):]
    assert "came where line" in trial.verdicts[TOUCHED].seen
    assert trial.seconds < SECONDS


@pytest.mark.parametrize("name", RENUMBERED)
def test_lines_altered_and_renumbered(name: str, trials: Trials, catalog: Catalog) -> None:
    trial = trials[name, SEED].result()
    assert trial.names(FAIL) == [TOUCHED] and len(trial.names(PASS)) == len(replayable(catalog)) - 1
    assert RENUMBERED[name] in trial.verdicts[TOUCHED].seen
    assert trial.seconds < SECONDS


def test_a_test_that_is_reported_twice(trials: Trials) -> None:
    """Counts once: the second report is a break, which costs what comes behind it."""
    trial = trials["repeated_test", SEED].result()
    assert TOUCHED in trial.names(PASS) and trial.names(FAIL) == [BEHIND]
    assert "makes no sense" in trial.verdicts[BEHIND].seen
