"""Host tests (mode = host): an exercise's pure code on this machine, under the sanitizers.

The program (labs/make/host.mk) has the same test bodies as the kernel and writes the same report. It shuts itself in
before it calls a student's code (grading/lab1/host/sandbox.cpp); the other limits are set here.
"""
from __future__ import annotations

import os
import random
import re
import resource
import signal
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Dict, List, Optional

from . import building, objects, protocol, sanitizers
from .boots import CRASH, ERROR, FAIL, HANG, MISSING, OUTPUT_LIMIT, PASS, REFUSED, Verdict
from .building import BuildError, Recipe
from .catalog import Exercise, Test
from .judging import Run, judge
from .work import Work, can_isolate

CPU_SECONDS = 2  # the reference needs a fiftieth
WALL_SECONDS = 30
EXPECTED = "the test runs to its end, and the sanitizers find nothing"


class HostGrader:
    """Runs the host tests of one piece of work. `isolated`: each in a program in which its exercise alone is the work's; in a
    tree without the reference all exercises are. `exercises` are the pure ones, `refused` those that may not run at all."""

    def __init__(self, work: Work, stage: int, exercises: List[Exercise], refused: Dict[str, str],
                 pool: ThreadPoolExecutor) -> None:
        self.work, self.stage, self.exercises, self.refused, self.pool = work, stage, exercises, dict(refused), pool
        self.isolated = can_isolate(exercises, "prebuilt/host")
        self.notes: List[str] = []

    def grade(self, tests: List[Test], seed: int) -> Dict[str, Verdict]:
        try:
            if tests:
                building.build_shared_host(self.stage, self.isolated)
        except BuildError as error:
            broken = Verdict(ERROR, EXPECTED, f"host tests cannot be built here, see `make doctor`: {error}", "host")
            return {test.id: broken for test in tests}
        self._check_objects(tests)
        recipes: Dict[Recipe, List[Test]] = {}
        for test in tests:
            if test.exercise.number not in self.refused:
                recipes.setdefault(self._recipe(test.exercise), []).append(test)
        verdicts = {test.id: Verdict(FAIL, "an exercise file that compiles and keeps to its header",
                                     f"exercise {test.exercise.number} was not run: see the note", REFUSED) for test in tests}
        for found in self.pool.map(lambda item: self._build_and_run(*item, seed), recipes.items()):
            verdicts.update(found)
        return verdicts

    def _check_objects(self, tests: List[Test]) -> None:
        """As LabGrader does, once more: a source may be another one when it is compiled for the host."""
        linked = [exercise for exercise in self.exercises if exercise.number not in self.refused
                  and (not self.isolated or any(test.exercise is exercise for test in tests))]
        check = partial(objects.wrong_with, self.work, self.stage, True)
        wrong = {exercise.number: f"exercise {exercise.number} on the host: labs/{exercise.path} {words}"
                 for exercise, words in zip(linked, self.pool.map(check, linked)) if words}
        if wrong and not self.isolated:
            self.work = replace(self.work, name=f"{self.work.name}-host").without(wrong, self.exercises)
        self.refused.update(wrong)
        self.notes += wrong.values()

    def _recipe(self, exercise: Exercise) -> Recipe:
        if self.isolated:
            return self.work.isolated(self.stage, exercise.number, [exercise])
        return self.work.whole(self.stage, self.exercises)

    def _build_and_run(self, recipe: Recipe, tests: List[Test], seed: int) -> Dict[str, Verdict]:
        try:
            return run_tests(building.build_host_tests(recipe), tests, seed)
        except BuildError as error:
            return {test.id: Verdict(ERROR, EXPECTED, f"the program of the host tests does not link: {error}", "host")
                    for test in tests}


@dataclass(frozen=True)
class Ended:
    """A run of the program. `status` as subprocess has it; None: too long by the clock on the wall."""

    status: Optional[int]
    report: protocol.Report
    errors: str


def run_tests(program: Path, tests: List[Test], seed: int) -> Dict[str, Verdict]:
    """A verdict for each of these host tests. What the host is to blame for is tried once more."""
    return {test.id: _worst(program, test, seed) for test in tests}


def arguments(test: Test, seed: int, nonce: str = "-") -> List[str]:
    """Of the program, for one run of a test."""
    return [f"nonce={nonce}", f"seed={seed}", "tests=" + ",".join(body for body, _ in test.bodies)]


def _worst(program: Path, test: Test, seed: int) -> Verdict:
    verdict = Verdict(PASS)
    for number in range(test.seeds):
        for part in _parts(test):
            for _ in range(2):
                verdict = _verdict(program, part, seed + number, execute(program, part, seed + number))
                if verdict.verdict != ERROR:
                    break
            if verdict.verdict != PASS:
                return verdict
    return verdict


def _parts(test: Test) -> List[Test]:
    """Each in a program of its own; only the last may die."""
    if not test.may_die:
        return [test]
    return [replace(test, bodies=test.bodies[:-1], may_die=False), replace(test, bodies=test.bodies[-1:])]


def execute(program: Path, test: Test, seed: int) -> Ended:
    """One run of a test, alone in a folder of its own, with an empty environment and nothing to read."""
    nonce = f"{random.Random(f'strata nonce {seed} {test.id}').getrandbits(64):016x}"
    with tempfile.TemporaryDirectory(prefix="strata-") as folder:
        report, errors = Path(folder, "report"), Path(folder, "errors")
        with open(report, "wb") as out, open(errors, "wb") as err:
            process = subprocess.Popen([str(program), *arguments(test, seed, nonce)], cwd=folder, env={}, stdout=out, stderr=err,
                                       stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=_set_limits)
            try:
                status: Optional[int] = process.wait(WALL_SECONDS)
            except subprocess.TimeoutExpired:
                status = None
            finally:
                _kill_group(process)
        return Ended(status, protocol.parse(report.read_bytes(), nonce), errors.read_text("utf-8", "replace"))


def _set_limits() -> None:
    for limit, most in ((resource.RLIMIT_CPU, CPU_SECONDS), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, OUTPUT_LIMIT)):
        _, hard = resource.getrlimit(limit)
        resource.setrlimit(limit, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _kill_group(process: subprocess.Popen) -> None:
    """Nothing outlives the test, also where there is no filter that forbids to fork."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def _verdict(program: Path, test: Test, seed: int, ended: Ended) -> Verdict:
    bodies = ended.report.tests
    missing = next((name for said in bodies.values() for name in said.missing if name.partition(" ")[0] in test.needs), None)
    if missing:
        return Verdict(MISSING, "written code", f"{missing} is not written yet", missing=missing)
    if test.may_die and ended.status is not None and ended.report.entered and not ended.report.complete:
        return Verdict(PASS)
    finding = sanitizers.first_finding(ended.errors, program, test.exercise)
    if finding:
        kind = CRASH if finding.kind in sanitizers.CRASHES else FAIL
        return Verdict(kind, EXPECTED, finding.text + _during(ended), finding.kind)
    if not ended.report.complete:
        return _end_verdict(program, test, ended)
    run = Run(seed, 0, "", 0)
    for body, expectation in test.bodies:
        try:
            difference = judge(expectation, body, bodies.get(body, protocol.TestReport()), run)
        except Exception as error:  # as in boots.py: a mistake of ours must not look like one of the student's
            return Verdict(ERROR, "an answer that can be judged", f"{body}: expect.py raised {error!r}")
        if difference:
            return Verdict(FAIL, difference.expected, f"{difference.seen}  (in {_short(body)})", difference.key)
    return Verdict(PASS)


def _end_verdict(program: Path, test: Test, ended: Ended) -> Verdict:
    """For a program that did not come to the end of its report."""
    forbidden = re.search(r"^forbidden system call (\d+)$", ended.errors, re.MULTILINE)
    if ended.report.panic is not None:
        where = sanitizers.place(ended.errors, program, test.exercise)
        return Verdict(CRASH, EXPECTED, f"panic: {ended.report.panic.reason}{f', {where}' if where else ''}{_during(ended)}", "panic")
    if forbidden or ended.status == -signal.SIGSYS:
        what = f"system call {int(forbidden[1])}" if forbidden else "a system call of another architecture"
        return Verdict(CRASH, EXPECTED, f"{what}: code of an exercise has no business with this machine{_during(ended)}",
                       "system-call")
    if ended.status == -signal.SIGXCPU:
        return Verdict(HANG, EXPECTED, f"still busy after {CPU_SECONDS} s of CPU time{_during(ended)}", "cpu-limit")
    if ended.status is None or not ended.report.entered:
        why = f"it did not end within {WALL_SECONDS} s" if ended.status is None else f"it did not start: {ended.errors.strip()[:300]}"
        return Verdict(ERROR, EXPECTED, f"the program of the host tests could not be run: {why}", "host")
    if ended.status == -signal.SIGXFSZ:
        return Verdict(CRASH, EXPECTED, f"the report was flooded{_during(ended)}", "flood")
    how = f"{signal.Signals(-ended.status).name}" if ended.status < 0 else f"status {ended.status}, as if all were done"
    return Verdict(CRASH, EXPECTED, f"the program ended with {how}{_during(ended)}", "end")


def _during(ended: Ended) -> str:
    body = ended.report.open_test
    return f"  (in {_short(body)})" if body else ""


def _short(body: str) -> str:
    return body.split(".", 1)[1]
