"""Grades one lab: which kernels are built, which tests run on them, and how that becomes points.

Isolated: the exercise's file alone is the student's, all else is the reference. Whole: all files are the student's; a whole
test that fails is tried once more on the reference's earlier labs, for which nobody loses a point here. Points come from the
better of the two, so that the official score is never below the one that a student sees in a tree without the reference,
where all exercises of the lab run together. Host tests run once, isolated where that can be.
"""
from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Dict, Iterable, List, Optional, Set, Tuple, Union

import tree

from . import building, objects
from .boots import ERROR, FAIL, MISSING, PASS, REFUSED, Verdict, run_tests
from .building import BuildError, Kernel, Recipe
from .catalog import HOST, ISOLATED, WHOLE, Catalog, Exercise, Test
from .diagnosis import guesses, read_mistakes
from .host_tests import HostGrader
from .work import Work, can_isolate

Verdicts = Dict[str, Verdict]


@dataclass
class TestResult:
    """One line of the report: the verdict that counted, and the `mode` of its run."""

    test: Test
    verdict: Verdict
    mode: str
    points: int
    likely: List[str] = field(default_factory=list)
    culprit: str = ""  # the exercise that spoils the whole kernel for a test that passes isolated


def points(results: List[TestResult]) -> int:
    return sum(result.points for result in results)


def most_points(results: List[TestResult]) -> int:
    return sum(result.test.points for result in results)


@dataclass
class LabResult:
    """One lab's results, in the catalog's order. `isolated`: exercises could be tested alone."""

    catalog: Catalog
    seed: int
    results: List[TestResult]
    isolated: bool
    notes: List[str]
    work: Work = Work()

    @property
    def ordinary(self) -> List[TestResult]:
        """Those that the score is made of."""
        return [result for result in self.results if not result.test.exercise.challenge]

    @property
    def challenges(self) -> List[TestResult]:
        """Those whose points are counted apart."""
        return [result for result in self.results if result.test.exercise.challenge]

    @property
    def unwritten(self) -> List[Exercise]:
        """The challenges that nobody has begun."""
        begun = {result.test.exercise.number for result in self.challenges if result.verdict.verdict != MISSING}
        found = {result.test.exercise.number: result.test.exercise for result in self.challenges}
        return [exercise for number, exercise in found.items() if number not in begun]

    @property
    def score(self) -> int:
        return points(self.ordinary)

    @property
    def max(self) -> int:
        return most_points(self.ordinary)


class LabGrader:
    """Grades one lab of one piece of work. `catalogs` are the lab's and the earlier ones'."""

    def __init__(self, catalogs: List[Catalog], work: Work, seed: int, jobs: int = 2) -> None:
        self.catalog, self.work, self.seed = catalogs[-1], work, seed
        self.stage = self.catalog.lab.number
        self.exercises = [exercise for catalog in catalogs for exercise in catalog.exercises.values()]
        self.pure = [exercise for catalog in catalogs for exercise in catalog.pure]
        self.notes: List[str] = list(self.catalog.waivers)
        self.refused: Dict[str, str] = {}  # exercise number -> why its object may not run
        self.pool = ThreadPoolExecutor(jobs)

    def grade(self, tests: List[Test]) -> LabResult:
        """The caller holds building.build_lock(). Raises BuildError when the given code does not compile."""
        with self.pool:
            isolated = can_isolate(self.exercises)
            building.build_shared(self.stage, isolated)
            self._check_objects()
            if self.refused:
                self.work = self.work.without(self.refused, self.exercises)
            warnings = self.pool.submit(self._warnings, {test.exercise for test in tests})
            untouched = {test.id: self._unwritten(test.exercise) for test in tests if self._is_untouched(test.exercise)}
            others = [test for test in tests if test.id not in untouched]
            booted = [test for test in others if test.mode != HOST]
            whole, alone = self._verdicts(booted, isolated) if booted else ({}, {})
            on_reference = self._on_reference([test for test in booted if test.id not in alone], whole)
            alone.update(on_reference)
            hosted = HostGrader(self.work, self.stage, self.pure, self.refused, self.pool)
            verdicts = hosted.grade([test for test in others if test.mode == HOST], self.seed)
            whole.update({**untouched, **verdicts})
            alone.update(verdicts if hosted.isolated else {})
            self.notes += hosted.notes + warnings.result()
            results = [self._result(test, alone.get(test.id), whole[test.id], test.id in on_reference) for test in tests]
            self._blame([result for result in results
                         if whole[result.test.id].verdict not in (PASS, ERROR) and result.verdict.verdict == PASS])
        self._explain(results, {**whole, **on_reference})
        if building.sanitized():
            self.notes += _undefined_notes(results)
        return LabResult(self.catalog, self.seed, results, isolated, self.notes, self.work)

    def _is_untouched(self, exercise: Exercise) -> bool:
        """A challenge whose file is the skeleton: most students' is, so nothing is built or booted for it."""
        if not exercise.challenge or exercise.number in self.refused or exercise.lab in self.work.solutions:
            return False
        source = tree.root() / self.work.overlay / exercise.path
        return source.read_bytes() == tree.skeleton(tree.lab(exercise.lab), exercise.path.partition("/")[2])

    @staticmethod
    def _unwritten(exercise: Exercise) -> Verdict:
        missing = f"{exercise.number} {exercise.functions.split(',')[0]}"
        return Verdict(MISSING, "written code", f"{missing} is not written yet", missing=missing)

    def _check_objects(self) -> None:
        """Compiles each exercise file of the work and looks at its object."""
        check = partial(objects.wrong_with, self.work, self.stage, False)
        for exercise, wrong in zip(self.exercises, self.pool.map(check, self.exercises)):
            if wrong:
                self.refused[exercise.number] = f"exercise {exercise.number}: labs/{exercise.path} {wrong}"
        self.notes += self.refused.values()

    def _warnings(self, exercises: Set[Exercise]) -> List[str]:
        """The compiler's, if a single exercise is asked for: there they help, in a whole lab's report they are too many."""
        only = next(iter(exercises))
        if len(exercises) > 1 or only.number in self.refused or only.lab in self.work.solutions:
            return []
        found = building.warnings_of(tree.root() / self.work.overlay / only.path, only.path, self.stage)
        return [f"the compiler warns of exercise {only.number}:\n{found}"] if found else []

    def _verdicts(self, tests: List[Test], isolated: bool) -> Tuple[Verdicts, Verdicts]:
        """Of the whole kernel, and of the isolated exercises. Equal kernels boot once, for the tests of all."""
        parts: List[Tuple[Recipe, List[Exercise], List[Test]]] = [
            (self.work.whole(self.stage, self.exercises), [], tests)] if tests else []
        for exercise in self.catalog.exercises.values() if isolated else ():
            own = [test for test in tests if test.exercise is exercise and test.mode == ISOLATED]
            if own:
                parts.append((self.work.isolated(self.stage, exercise.number, [exercise]), [exercise], own))
        recipes: Dict[Recipe, List[Exercise]] = {}
        for recipe, exercises, _ in parts:
            recipes.setdefault(recipe, []).extend(exercises)
        kernels = dict(zip(recipes, self.pool.map(self._kernel, recipes, recipes.values())))
        wanted: Dict[str, Tuple[Kernel, List[Test]]] = {}
        for recipe, _, part in parts:
            kernel = kernels[recipe]
            if isinstance(kernel, Kernel):
                _, listed = wanted.setdefault(kernel.digest, (kernel, []))
                listed += [test for test in part if test not in listed]
        runs = dict(zip(wanted, self.pool.map(
            lambda pair: run_tests(pair[0], self.catalog, pair[1], self.seed), wanted.values())))
        found = []
        for recipe, _, part in parts:
            kernel = kernels[recipe]
            found.append({test.id: runs[kernel.digest][test.id] if isinstance(kernel, Kernel) else kernel for test in part})
        whole = {test.id: self._refusal([test.exercise]) or found[0][test.id] for test in tests}
        return whole, {key: verdict for part in found[1:] for key, verdict in part.items()}

    def _on_reference(self, tests: List[Test], whole: Verdicts) -> Verdicts:
        """Of those that fail on the whole kernel, when earlier labs are the reference's."""
        failed = [test for test in tests if whole[test.id].verdict not in (PASS, ERROR)
                  and test.exercise.number not in self.refused]
        recipe = self.work.on_reference(self.stage, self.exercises)
        if not failed or recipe == self.work.whole(self.stage, self.exercises):
            return {}
        kernel = self._kernel(recipe, [])
        return run_tests(kernel, self.catalog, failed, self.seed) if isinstance(kernel, Kernel) else {}

    def _refusal(self, exercises: List[Exercise]) -> Optional[Verdict]:
        """The verdict of tests that cannot run because of one of these exercises."""
        refused = next((exercise.number for exercise in exercises if exercise.number in self.refused), None)
        return refused and Verdict(FAIL, "an exercise file that compiles and keeps to its header",
                                   f"exercise {refused} was not run: see the note", REFUSED)

    def _kernel(self, recipe: Recipe, exercises: List[Exercise]) -> Union[Kernel, Verdict]:
        """The kernel, or the verdict of all its tests when there can be none."""
        refusal = self._refusal(exercises)
        if refusal:
            return refusal
        try:
            return building.build_kernel(recipe)
        except BuildError as error:
            return Verdict(FAIL, "a kernel that links", str(error), REFUSED)

    def _result(self, test: Test, alone: Optional[Verdict], whole: Verdict, together: bool) -> TestResult:
        """`together`: `alone` is a verdict on all exercises of the lab."""
        take_whole = alone is None or (alone.verdict != PASS and whole.verdict == PASS)
        verdict, mode = (whole, WHOLE) if take_whole else (alone, WHOLE if together else ISOLATED)
        verdict = replace(verdict, undefined=self._for_people(verdict.undefined),
                          undefined_outside=self._for_people(verdict.undefined_outside))
        return TestResult(test, verdict, mode, test.points if verdict.verdict == PASS else 0)

    def _for_people(self, findings: Tuple[str, ...]) -> Tuple[str, ...]:
        """With the student's own names for files that come from the overlay."""
        prefix = f"{self.work.overlay}/"
        return tuple(f"labs/{text[len(prefix):]}" if text.startswith(prefix) else text for text in findings)

    def _blame(self, spoiled: List[TestResult]) -> None:
        """Finds the culprit of each: the first exercise whose reference, in place of the work's file, mends the whole
        kernel for its test. One kernel a suspect, for all tests."""
        if self.refused:
            for result in spoiled:
                result.culprit = next(iter(self.refused))
            return
        for suspect in self.exercises:
            open_cases = [result for result in spoiled if not result.culprit and result.test.exercise is not suspect]
            others = [exercise for exercise in self.exercises if exercise is not suspect]
            if not open_cases:
                continue
            kernel = self._kernel(self.work.isolated(self.stage, f"without-{suspect.number}", others), others)
            if not isinstance(kernel, Kernel):
                continue
            verdicts = run_tests(kernel, self.catalog, [result.test for result in open_cases], self.seed)
            for result in open_cases:
                result.culprit = suspect.number if verdicts[result.test.id].verdict == PASS else ""

    def _explain(self, results: List[TestResult], whole: Verdicts) -> None:
        """Adds where each failure comes from. Of a test that ran isolated, only its own exercise comes into question."""
        tests, known = self.catalog.tests, read_mistakes(self.catalog)
        found = guesses(tests, known, whole)
        for exercise in self.catalog.exercises.values():
            alone = {result.test.id: result.verdict for result in results
                     if result.test.exercise is exercise and result.mode == ISOLATED}
            found = {test: guess for test, guess in found.items() if test not in alone}
            found.update(guesses(tests, [mistake for mistake in known if mistake.exercise == exercise.number], alone))
        for result in results:
            if result.test.id in found:
                result.likely = found[result.test.id].in_words(result.test.exercise.number)


def _undefined_notes(results: List[TestResult]) -> List[str]:
    """What a run with SAN=1 found outside of tests, and what it found means."""
    def by_place(findings: Iterable[str]) -> Dict[str, str]:
        return {text.partition(": ")[0]: text for text in findings}

    outside = by_place(text for result in results for text in result.verdict.undefined_outside)
    places = {*outside, *by_place(text for result in results for text in result.verdict.undefined)}
    what = f"places with undefined behaviour: {len(places)}" if places else "no undefined behaviour was seen"
    return [*(f"undefined behaviour outside of tests: {text}" for text in outside.values()),
            f"SAN=1: {what}. It costs no points as such: the official score is that of a run without SAN=1"]


def selected(catalog: Catalog, exercise: Optional[str], name: Optional[str]) -> List[Test]:
    """The tests of one exercise, or one test by its name, or all."""
    tests = list(catalog.tests.values())
    if exercise:
        tests = [test for test in tests if test.exercise.number == exercise]
    if name:
        tests = [test for test in tests if name in (test.id, test.id.split(".", 1)[1])]
    return tests
