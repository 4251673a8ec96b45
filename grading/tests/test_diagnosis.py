"""Guesses from failures: which known mistake, or at least which exercise, a report names."""
from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Dict, List

import pytest

import tree
from grader import diagnosis
from grader.boots import CRASH, FAIL, HANG, MISSING, PASS, REFUSED, Verdict
from grader.catalog import HOST, Catalog, read_catalog
from grader.diagnosis import BOOT, Guess, Mistake

NEEDS = {"bytes": ["1.1"], "lines": ["1.1"], "greeting": ["1.1", "1.2"], "digits": ["1.2"], "hex": ["1.2"], "dump": ["1.2", "1.1"],
         "ticks": ["1.3"]}
TESTS = {test: SimpleNamespace(exercise=SimpleNamespace(number=needs[0], challenge=False), needs=needs) for test, needs in NEEDS.items()}
KNOWN = [
    Mistake("1.1-a", "1.1", "sends too few", {"bytes": "fail sent", "greeting": "fail COM1", "dump": "fail COM1"}),
    Mistake("1.1-b", "1.1", "sends too many", {"bytes": "fail sent", "lines": "fail sent", "greeting": "fail COM1", "dump": "fail COM1"}),
    Mistake("1.2-a", "1.2", "forgets the last digit", {"digits": "fail text", "hex": "fail text", "dump": "fail line"}),
    Mistake("1.2-b", "1.2", "writes capitals", {"hex": "fail text"}),
    Mistake("1.2-c", "1.2", "writes no letters", {"hex": "fail text"}),
    Mistake("1.1-stuck", "1.1", "waits for ever", {BOOT: "hang after nothing"}),
    Mistake("1.3-early", "1.3", "starts too early", {BOOT: "crash triple-fault after IDT"}),
]


def verdicts(**other: Verdict) -> Dict[str, Verdict]:
    """All tests passed but these."""
    return {**{test: Verdict(PASS) for test in TESTS}, **other}


def failed(key: str) -> Verdict:
    return Verdict(FAIL, key=key)


def said(found: Dict[str, Verdict]) -> Dict[str, List[str]]:
    """What the report says about each test, without tests about which it says nothing."""
    words = {test: guess.in_words(NEEDS[test][0]) for test, guess in diagnosis.guesses(TESTS, KNOWN, found).items()}
    return {test: guesses for test, guesses in words.items() if guesses}


def exercises(known: List[Mistake], found: Dict[str, Verdict]) -> Dict[str, List[str]]:
    return {test: guess.exercises for test, guess in diagnosis.guesses(TESTS, known, found).items()}


def test_nothing_failed() -> None:
    assert diagnosis.guesses(TESTS, KNOWN, verdicts()) == {}


def test_the_mistake_that_fails_the_same_tests() -> None:
    """In all of them, with its exercise where that is not the test's."""
    few = "sends too few (same symptoms as wrong solution 1.1-a)"
    assert said(verdicts(bytes=failed("sent"), greeting=failed("COM1"), dump=failed("COM1"))) == {
        "bytes": [few], "greeting": [few], "dump": [f"exercise 1.1: {few}"]}


def test_ties_are_all_named() -> None:
    assert said(verdicts(hex=failed("text"))) == {"hex": [
        "writes capitals (same symptoms as wrong solution 1.2-b)", "writes no letters (same symptoms as wrong solution 1.2-c)"]}


def test_wrong_solutions_are_named_only_where_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    guess = Guess(["1.2"], [Mistake(f"1.2-{name}", "1.2", "forgets", {}) for name in ("one", "two")])
    assert guess.in_words("1.2") == [f"forgets (same symptoms as wrong solution 1.2-{name})" for name in ("one", "two")]
    monkeypatch.setattr(tree, "root", lambda: tmp_path)
    assert guess.in_words("1.2") == ["forgets"] and guess.in_words("1.1") == ["exercise 1.2: forgets"]


def test_two_mistakes_at_once() -> None:
    """Each failure is laid at its own door."""
    found = said(verdicts(bytes=failed("sent"), lines=failed("sent"), greeting=failed("COM1"), dump=failed("COM1"),
                          digits=failed("text"), hex=failed("text")))
    assert all("1.1-b" in found[test][0] and len(found[test]) == 1 for test in ("bytes", "lines", "greeting", "dump"))
    assert all("1.2-a" in found[test][0] and len(found[test]) == 1 for test in ("digits", "hex"))


def test_an_unknown_way_to_fail_names_the_exercise() -> None:
    """Only where it is not the test's own, whose number stands in the same line of the report anyway."""
    found = verdicts(bytes=failed("order"), greeting=failed("colour"), dump=failed("colour"))
    assert said(found) == {"dump": ["exercise 1.1, by all that fails"]}


def test_a_test_that_needs_nothing_else_accuses_its_exercise() -> None:
    """Also if nobody knows such a mistake, or knows one that is more alike in an exercise that is not suspected."""
    assert exercises([], verdicts(dump=failed("line"))) == {"dump": ["1.2"]}
    assert exercises([], verdicts(lines=failed("sent"), dump=failed("line"))) == {"lines": ["1.1"], "dump": ["1.1"]}
    assert exercises(KNOWN[2:], verdicts(lines=failed("sent"), dump=failed("line"))) == {"lines": ["1.1"], "dump": ["1.1"]}
    both = verdicts(lines=failed("sent"), hex=failed("order"), dump=failed("line"), greeting=failed("line"))
    assert exercises([], both) == {"lines": ["1.1"], "hex": ["1.2"], "dump": ["1.2"], "greeting": ["1.1"]}


def test_so_does_a_test_that_needs_less() -> None:
    """Of what both need; and a host test of it, when the kernel came to no test at all."""
    needs = {"tables": ["1.1", "1.2"], "ranges": ["1.1", "1.2", "1.3"]}
    tests = {test: SimpleNamespace(exercise=SimpleNamespace(number=needs[test][-1], challenge=False), needs=needs[test]) for test in needs}
    known = [Mistake("1.3-a", "1.3", "maps too much", {"ranges": "fail leaf"}), Mistake("1.1-a", "1.1", "hangs", {BOOT: "hang"})]
    found = {"tables": failed("level"), "ranges": failed("leaf")}
    assert {test: guess.exercises for test, guess in diagnosis.guesses(tests, known, found).items()} == {"tables": ["1.2"], "ranges": ["1.2"]}
    found["ranges"] = Verdict(HANG, boot=True)
    assert diagnosis.guesses(tests, known, found)["ranges"].exercises == ["1.2"]


def test_what_is_not_written_comes_first() -> None:
    """Of the exercises that the test needs; others do not matter to it."""
    unwritten = {"hex": Verdict(MISSING, missing="1.2 hex"), "ticks": Verdict(MISSING, missing="1.3 start")}
    found = said(verdicts(bytes=failed("sent"), greeting=failed("COM1"), dump=failed("COM1"), **unwritten))
    assert found["greeting"] == ["exercise 1.2, which is not written yet"] and "1.1-a" in found["bytes"][0]


def test_a_mistake_is_named_if_half_of_its_failures_are_seen() -> None:
    """And fail in its way; when they fail otherwise, only its exercise is."""
    known, text, other = KNOWN[2:3], failed("text"), failed("other")
    for found, mistakes in [(verdicts(digits=text, hex=text), known), (verdicts(digits=text), []),
                            (verdicts(digits=text, hex=other, dump=other), [])]:
        assert diagnosis.guesses(TESTS, known, found)["digits"] == Guess(["1.2"], mistakes)
    few = [Mistake("1.3-few", "1.3", "starts twice", {"greeting": "fail COM1", "ticks": "fail count"})]
    assert exercises(few, verdicts(greeting=failed("COM1"))) == {"greeting": ["1.3"]}
    assert exercises(few, verdicts(greeting=other)) == {"greeting": ["1.1"]}


def test_a_mistake_counts_only_for_what_it_fails() -> None:
    """And is named only where it fails in this way."""
    known = [Mistake("1.3-a", "1.3", "starts twice", {"greeting": "fail COM1"}), Mistake("1.1-c", "1.1", "cuts", {"dump": "fail line"})]
    assert exercises(known, verdicts(greeting=failed("other"), dump=failed("line"))) == {"greeting": ["1.3"], "dump": ["1.1"]}
    found = diagnosis.guesses(TESTS, KNOWN, verdicts(digits=failed("text"), hex=failed("text"), dump=failed("other")))
    assert found["hex"] == Guess(["1.2"], [KNOWN[2]]) and found["dump"] == Guess(["1.2"], [])


def test_leave_one_out() -> None:
    """Only the mistake itself would tell; its twin tells as much."""
    known = [Mistake(f"1.3-{name}", "1.3", "starts twice", {"greeting": "fail COM1"}) for name in "ab"]
    runs = {mistake.name: verdicts(greeting=failed("COM1")) for mistake in known}
    assert diagnosis.misled(TESTS, known[:1], runs) == {"1.3-a": ["greeting"]}
    assert diagnosis.misled(TESTS, known, runs) == {"1.3-a": [], "1.3-b": []}


def test_what_did_not_run_is_no_evidence() -> None:
    """Neither for nor against: one test of this mistake failed as it should; it counts whether the others passed."""
    unwritten = {test: Verdict(MISSING, missing="1.1 put") for test in ("greeting", "dump", "lines")}
    assert diagnosis.guesses(TESTS, KNOWN[1:2], verdicts(bytes=failed("sent"), **unwritten))["bytes"].mistakes == [KNOWN[1]]
    assert diagnosis.guesses(TESTS, KNOWN[1:2], verdicts(bytes=failed("sent")))["bytes"].mistakes == []
    ended = {test: Verdict(CRASH, key="exit after IDT", missing="1.2 digits", boot=True) for test in TESTS}
    for found in (verdicts(**unwritten), verdicts(hex=Verdict(FAIL, key=REFUSED)), ended):
        assert diagnosis.guesses(TESTS, KNOWN, found) == {}


def test_a_machine_that_came_to_no_test() -> None:
    """How far its boot log came decides, for all tests alike."""
    early = said({test: Verdict(CRASH, key="triple-fault after IDT", boot=True) for test in TESTS})
    assert set(early) == set(TESTS) and early["ticks"] == ["starts too early (same symptoms as wrong solution 1.3-early)"]
    assert early["bytes"] == ["exercise 1.3: starts too early (same symptoms as wrong solution 1.3-early)"]
    unknown = said({test: Verdict(HANG, key="after MEMORY", boot=True) for test in TESTS})
    assert unknown["digits"] == ["exercise 1.1 or 1.3, by all that fails"]


def test_a_challenge_is_a_world_of_its_own() -> None:
    """Its boots fail without a word about the others, and the other way round."""
    tests = {**TESTS, "entry": SimpleNamespace(exercise=SimpleNamespace(number="1.4", challenge=True), needs=["1.4"])}
    known = [*KNOWN, Mistake("1.4-dead", "1.4", "jumps astray", {BOOT: "hang after nothing"})]
    dead = Verdict(HANG, key="after nothing", boot=True)
    assert diagnosis.guesses(tests, known, {**verdicts(), "entry": dead})["entry"].mistakes == [known[-1]]
    assert diagnosis.guesses(tests, known, {"bytes": dead})["bytes"].mistakes == [KNOWN[5]]


def test_a_test_that_needs_no_boot_accuses_its_exercise_of_the_boot() -> None:
    """A host test, say, of whose exercise the store knows no mistake that ends the boot."""
    boot = {test: Verdict(CRASH, key="triple-fault after IDT", boot=True) for test in TESTS if test != "hex"}
    assert exercises(KNOWN, {**boot, "hex": Verdict(PASS)}) == {test: ["1.3"] for test in boot}
    assert exercises(KNOWN, {**boot, "hex": failed("order")}) == {test: ["1.2"] for test in TESTS}


def test_symptoms_do_not_tell_which_limit_a_hang_reached() -> None:
    assert diagnosis.symptoms({"bytes": Verdict(HANG), "hex": failed("text"), "ticks": Verdict(PASS)}) == {
        "bytes": "hang", "hex": "fail text"}


def reconstructed(catalog: Catalog, mistake: Mistake) -> Dict[str, Verdict]:
    """The verdicts that symptoms.json was written from."""
    end, challenge = mistake.symptoms.get(BOOT), catalog.exercises[mistake.exercise].challenge
    found = {}
    for test in (one for one in catalog.tests.values() if one.exercise.challenge == challenge):
        boot = end is not None and test.mode != HOST
        kind, _, key = (end if boot else mistake.symptoms.get(test.id, PASS)).partition(" ")
        found[test.id] = Verdict(kind, key=key, boot=boot)
    return found


every_lab = pytest.mark.parametrize("lab", tree.labs(), ids=lambda lab: lab.name)


@every_lab
def test_a_known_mistake_is_recognized(lab: tree.Lab) -> None:
    """By all its failures; others may be named beside it only if nothing tells them apart."""
    catalog = read_catalog(lab)
    store = diagnosis.read_mistakes(catalog)
    assert len(store) > 100
    for mistake in store:
        guesses = diagnosis.guesses(catalog.tests, store, reconstructed(catalog, mistake))
        assert guesses, mistake.name
        for guess in guesses.values():
            assert mistake in guess.mistakes and all(other.symptoms == mistake.symptoms for other in guess.mistakes)


@every_lab
def test_a_mistake_that_nobody_knows_is_laid_at_the_right_door(lab: tree.Lab) -> None:
    """Leave-one-out, and more often than by the exercise that a failed test belongs to."""
    catalog = read_catalog(lab)
    store = diagnosis.read_mistakes(catalog)
    runs = {mistake.name: reconstructed(catalog, mistake) for mistake in store}
    misled = diagnosis.misled(catalog.tests, store, runs)
    right = sum(not tests for tests in misled.values())
    plain = sum({catalog.tests[test].exercise.number for test in mistake.symptoms if test != BOOT} == {mistake.exercise}
                for mistake in store)
    assert right >= 0.9 * len(store) > plain
