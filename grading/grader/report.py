"""Results as text for people, as JSON for programs."""
from __future__ import annotations

import json
import os
import platform
import shlex
import subprocess
import textwrap
from typing import Any, Dict, List

import tree

from .boots import ERROR, MISSING, PASS, REFUSED, cpus_of
from .grading import LabResult, TestResult, most_points, points

WIDTH = 118
LABEL = 10
BUILD_VARIABLES = ("CXX", "OPT", "SAN")  # of make, also from the environment: they make another kernel


def versions() -> Dict[str, str]:
    """What the results depend on: the handout's version and the tools'."""
    def first_line(*command: str) -> str:
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False,
                                  cwd=tree.root())
        except FileNotFoundError:
            return "not found"
        return (done.stdout.splitlines() or ["unknown"])[0]

    manifest = tree.root() / "MANIFEST"
    if manifest.is_file():
        version = manifest.read_text(encoding="utf-8").split("\n", 1)[0].replace("version ", "")
    else:
        version = first_line("git", "describe", "--always", "--dirty")
    return {"strata": version, "qemu": first_line("qemu-system-x86_64", "--version"),
            "compiler": first_line("g++", "--version"), "python": platform.python_version()}


def diagnosis(result: TestResult) -> str:
    """One line that says what to think about first."""
    if result.likely:
        return " or ".join(result.likely)
    if result.verdict.missing:
        return f"exercise {result.verdict.missing} is not written yet"
    if result.culprit:
        return f"passes alone; your exercise {result.culprit} breaks it in the whole kernel"
    return ""


def as_json(labs: List[LabResult]) -> Dict[str, Any]:
    """The contents of build/grade.json."""
    return {
        "score": sum(lab.score for lab in labs), "max": sum(lab.max for lab in labs),
        "labs": [{
            "lab": lab.catalog.lab.number, "score": lab.score, "max": lab.max, "seed": lab.seed,
            "isolated": lab.isolated, "notes": lab.notes, "work": lab.work.as_json(),
            "tests": [_row_of(result) for result in lab.ordinary],
            "challenges": {"score": points(lab.challenges), "max": most_points(lab.challenges),
                           "unwritten": [exercise.number for exercise in lab.unwritten],
                           "tests": [_row_of(result) for result in lab.challenges]},
        } for lab in labs],
        "versions": versions(),
    }


def _row_of(result: TestResult) -> Dict[str, Any]:
    return {
        "id": result.test.id, "exercise": result.test.exercise.number, "points": result.points,
        "max": result.test.points, "verdict": result.verdict.verdict, "expected": result.verdict.expected,
        "seen": result.verdict.seen, "diagnosis": diagnosis(result), "mode": result.mode,
        "summary": result.test.summary, "page": result.test.exercise.page, "needs": list(result.test.needs),
        "undefined": list(result.verdict.undefined), "picture": result.verdict.picture,
    }


def write_json(labs: List[LabResult]) -> str:
    return json.dumps(as_json(labs), indent=1) + "\n"


def as_text(lab: LabResult) -> str:
    """The whole report of a lab: a line a test, and a block for each that did not pass."""
    catalog = lab.catalog
    cpus = cpus_of(catalog, lab.seed)
    machine = f", {cpus} CPU{'s'[cpus == 1:]}" if len(catalog.cpus) > 1 else ""
    lines = [f"Lab {catalog.lab.number}: {catalog.lab.name}  (seed {lab.seed}{machine})"]
    if not lab.isolated:
        lines.append("Everything runs on your whole kernel: this tree has no reference to test exercises alone.")
    begun = [result for result in lab.challenges if result.test.exercise not in lab.unwritten]
    told: List[TestResult] = []  # with a block of their own
    for result in lab.ordinary + begun:
        if result.verdict.verdict == PASS:
            lines += _passed(result)
        elif not result.verdict.began and any(_same_end(result, other) for other in told):
            lines.append(f"{_head(result)}   the same: the boot was over before this test began")
        else:
            lines += _failed(result, lab)
            told.append(result)
    lines += [f"{exercise.label.capitalize()} is not written, and need not be: {exercise.title}, {exercise.page}"
              for exercise in lab.unwritten]
    for note in lab.notes:
        lines += [f"note: {part}" if i == 0 else f"      {part}" for i, part in enumerate(visible(note).splitlines())]
    if begun:
        lines.append(f"Challenge points: {points(begun)}/{most_points(lab.challenges)}")
    if lab.ordinary:
        lines.append(f"Lab {catalog.lab.number}: {lab.score}/{lab.max}")
    return "\n".join(lines)


def _same_end(one: TestResult, other: TestResult) -> bool:
    return one.verdict == other.verdict and one.test.exercise is other.test.exercise


def _head(result: TestResult) -> str:
    score = f"{result.points}/{result.test.points}"
    return f"{result.verdict.verdict.upper():<8}{result.test.id:<26}{score:>5}   {result.test.exercise.label}"


def _passed(result: TestResult) -> List[str]:
    lines = [_head(result), *_undefined(result)]
    if result.culprit:
        lines += _row("whole", f"fails on your whole kernel: your exercise {result.culprit} breaks it")
    return lines


def _failed(result: TestResult, lab: LabResult) -> List[str]:
    test, verdict = result.test, result.verdict
    if verdict.verdict == MISSING or verdict.key == REFUSED:
        return [f"{_head(result)}   {verdict.seen}", *_undefined(result)]
    lines = [f"{_head(result)}   {test.exercise.where}"]
    lines += _row("tests", test.summary)
    lines += _row("expected", verdict.expected) + _row("seen", verdict.seen) + _undefined(result)
    if verdict.picture:
        lines += _row("picture", "expected beside seen: in the HTML report (`make grade`: build/grade.html)")
    if verdict.console.strip():
        lines += _row("console", "the last lines: " + " | ".join(verdict.console.strip().splitlines()[-3:]))
    for guess in result.likely:
        lines += _row("likely", guess)
    lines += _earlier(result, lab)
    lines += [_line(label, command) for label, command in commands(result, lab).items()]
    return lines + _row("read", test.exercise.page)


def _earlier(result: TestResult, lab: LabResult) -> List[str]:
    """Which labs below are not to blame."""
    own = [str(number) for number in range(1, lab.catalog.lab.number) if number not in lab.work.solutions]
    if not own or not lab.isolated or result.verdict.verdict == ERROR:
        return []
    return _row("earlier", f"not your lab{'s' if len(own) > 1 else ''} {', '.join(own)}: the test fails on the reference's, too")


def commands(result: TestResult, lab: LabResult) -> Dict[str, str]:
    """What to type to see this very failure again, by label: graded, from the beginning of the test, from just before it."""
    common = f"LAB={lab.catalog.lab.number} TEST={result.test.id.split('.', 1)[1]} SEED={lab.seed}"
    build = "".join(f" {name}={shlex.quote(os.environ[name])}" for name in BUILD_VARIABLES if os.environ.get(name))
    default = "all" if tree.has_solutions() and not lab.work.submission else "none"  # of `make gdb`
    in_gdb = lab.work.variables(default) + build
    found = {"rerun": f"make grade {common}{lab.work.variables('none')}{build}"}
    if result.verdict.verdict != ERROR:
        found.update(debug=f"make gdb {common}{in_gdb}", replay=f"make replay {common}{in_gdb}")
    return found


def _undefined(result: TestResult) -> List[str]:
    """What a run with SAN=1 found in this test."""
    return [line for finding in result.verdict.undefined for line in _row("undefined", finding)]


def _row(label: str, text: str) -> List[str]:
    """One labelled line, wrapped."""
    rows: List[str] = []
    for part in visible(text).splitlines() or [""]:
        rows += textwrap.wrap(part, WIDTH - LABEL - 8, break_on_hyphens=False) or [""]
    return [_line(label if i == 0 else "", row) for i, row in enumerate(rows[:16])]


def _line(label: str, text: str) -> str:
    return f"      {label:<{LABEL}}{text}"


def visible(text: str) -> str:
    """Without what a terminal would act on: the text may be a student's."""
    return "".join(char if char.isprintable() or char == "\n" else f"\\x{ord(char):02x}" for char in text)
