"""What a student's failures have in common with those of known mistakes: the wrong solutions of grading/mutants/.

Each of them is known by all tests that fail when its file stands in the reference kernel. A mistake in one exercise shows
in the tests of others, too; so where the whole kernel is the student's, the failures of all exercises are compared.
"""
from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Dict, List, Set, Tuple, Union

import tree

from .boots import CRASH, FAIL, HANG, PASS, REFUSED, Verdict
from .catalog import Catalog, Test

BOOT = "boot"  # takes the place of all tests when the machine came to none


@dataclass(frozen=True)
class Mistake:
    """A wrong solution. `symptoms`: what fails with it, and how, by test id."""

    name: str
    exercise: str  # its number
    text: str
    symptoms: Dict[str, str]


@dataclass(frozen=True)
class Match:
    """How much a mistake explains. `likeness`: the share of the failures, here and there, that are common to both; a test that
    fails counts once, and again if it fails in the same way. `certain`: half of what fails with it fails here in its way."""

    mistake: Mistake
    likeness: float
    certain: bool


@dataclass(frozen=True)
class Guess:
    """Where a failure comes from. `exercises`: the numbers of all that are equally likely, at least one. `mistakes`: so are
    they; none if no known one fails in this way."""

    exercises: List[str]
    mistakes: List[Mistake]
    unwritten: bool = False  # the exercises are not even written yet

    def in_words(self, own: str) -> List[str]:
        """For the report of a test of exercise `own`; nothing when there is nothing to add to that number."""
        if self.mistakes:
            can_look = (tree.root() / "grading" / "mutants").is_dir()  # students' trees have none
            return list(dict.fromkeys(f"{'' if mistake.exercise == own else f'exercise {mistake.exercise}: '}{mistake.text}"
                                      f"{f' (same symptoms as wrong solution {mistake.name})' if can_look else ''}"
                                      for mistake in self.mistakes))
        if self.exercises == [own]:
            return []
        exercises = f"exercise {' or '.join(self.exercises)}"
        return [f"{exercises}, which is not written yet" if self.unwritten else f"{exercises}, by all that fails"]


def symptoms(verdicts: Dict[str, Verdict]) -> Dict[str, str]:
    """What failed, and what differed, in a few words that do not depend on the seed. By test id, or BOOT."""
    return {BOOT if verdict.boot else test: f"{verdict.verdict} {verdict.key}".strip()
            for test, verdict in verdicts.items()
            if verdict.verdict in (FAIL, CRASH, HANG) and verdict.key != REFUSED and not verdict.missing}


def read_mistakes(catalog: Catalog) -> List[Mistake]:
    """The contents of grading/labN/symptoms.json, which grading/mutants/prove writes."""
    path = tree.root() / "grading" / f"lab{catalog.lab.number}" / "symptoms.json"
    table = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return [Mistake(name, known["exercise"], known["mistake"], known["tests"]) for name, known in table.items()]


def guesses(tests: Dict[str, Test], known: List[Mistake], verdicts: Dict[str, Verdict]) -> Dict[str, Guess]:
    """Where each failure comes from. Challenges are looked at apart: their boots tell nothing about the others', nor they."""
    challenges = {test.exercise.number for test in tests.values() if test.exercise.challenge}
    found: Dict[str, Guess] = {}
    for apart in (False, True):
        found.update(_guesses(tests, [mistake for mistake in known if (mistake.exercise in challenges) == apart],
                              {test: verdict for test, verdict in verdicts.items() if tests[test].exercise.challenge == apart}))
    return found


def _guesses(tests: Dict[str, Test], known: List[Mistake], verdicts: Dict[str, Verdict]) -> Dict[str, Guess]:
    """First of all, from exercises that the test needs and that are not written. Else those are suspected that fail tests of
    their own which need less. Of the known mistakes in suspected exercises, or in all if none is suspected, those count whose
    failures are most like all of these."""
    seen = symptoms(verdicts)
    matches = _matches(known, seen, {BOOT, *seen, *(test for test, verdict in verdicts.items() if verdict.verdict == PASS)})
    failing = seen.keys() - {BOOT}
    unwritten = {verdict.missing.split()[0] for verdict in verdicts.values() if verdict.missing}
    found = {}
    for test, verdict in verdicts.items():
        place = BOOT if verdict.boot else test
        missing = [number for number in tests[test].needs if number in unwritten - {tests[test].exercise.number}]
        if place in seen:
            suspects = _suspects(tests, failing, test, verdict.boot)
            found[test] = (Guess(missing, [], unwritten=True) if missing else
                           _most_alike(tests[test].exercise.number, suspects, (place, seen[place]),
                                       [match for match in matches if place in match.mistake.symptoms]))
    return found


def _suspects(tests: Dict[str, Test], failing: Set[str], test: str, boot: bool) -> List[str]:
    """The exercises whose own tests fail although they need less than this one, or nothing else; of these tests, those count that
    need least. If the kernel came to no test, all that fail (on the host) are asked."""
    needs = {other: set(tests[other].needs) for other in failing}
    own = set(tests[test].needs)
    asked = {other for other in failing if boot or needs[other] < own or needs[other] == own and len(own) == 1}
    return sorted({tests[other].exercise.number for other in asked if not any(needs[least] < needs[other] for least in asked)})


def _most_alike(own: str, suspects: List[str], symptom: Tuple[str, str], matches: List[Match]) -> Guess:
    """For a test of exercise `own`; without suspects it may be any."""
    candidates = [match for match in matches if not suspects or match.mistake.exercise in suspects]
    most = max((match.likeness for match in candidates), default=0)
    best = [match for match in candidates if match.likeness == most]
    same = [match for match in best if match.certain and symptom in match.mistake.symptoms.items()]
    exercises = list(dict.fromkeys(match.mistake.exercise for match in same or best))
    return Guess(exercises or ([own] if own in suspects else suspects) or [own], [match.mistake for match in same])


def misled(tests: Dict[str, Test], known: List[Mistake], runs: Dict[str, Dict[str, Verdict]]) -> Dict[str, List[str]]:
    """Leave-one-out: what if nobody knew the mistake? `runs`: the verdicts of all tests with each mistake in the reference
    kernel, by its name. Returns, by its name, the tests whose guess names another exercise than the mistake's."""
    return {mistake.name: [test for test, guess
                           in guesses(tests, [other for other in known if other is not mistake], runs[mistake.name]).items()
                           if guess.exercises != [mistake.exercise]] for mistake in known}


def _matches(known: List[Mistake], seen: Dict[str, str], ran: Set[str]) -> List[Match]:
    """As far as tests ran; without mistakes of whose failures less than half is seen."""
    def marks(failures: Dict[str, str]) -> Set[Union[str, Tuple[str, str]]]:
        return {*failures, *failures.items()}

    ours, found = marks(seen), []
    for mistake in known:
        failures = {test: text for test, text in mistake.symptoms.items() if test in ran}
        theirs = marks(failures)
        if len(ours & theirs) * 2 >= len(theirs) > 0:
            found.append(Match(mistake, len(ours & theirs) / len(ours | theirs),
                               len(failures.items() & seen.items()) * 2 >= len(failures)))
    return found
