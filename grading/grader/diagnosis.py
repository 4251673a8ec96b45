"""How a machine ended, in words; and what a student's symptoms have in common with those of known mistakes."""
from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Dict, List

import endings
import tree

if TYPE_CHECKING:
    from .boots import Boot, Verdict
    from .building import Kernel
    from .catalog import Catalog, Exercise
    from .protocol import Panic


def describe_end(done: Boot, kernel: Kernel) -> str:
    """One or two sentences: what stopped the machine, and where it was."""
    when = "during boot, before any test: " if done.report.entered and not done.report.tests else ""
    return when + _end(done, kernel)


def _end(done: Boot, kernel: Kernel) -> str:
    if done.report.panic is not None:
        return f"the kernel panicked: {describe_panic(done.report.panic, kernel.elf)}"
    if (done.outcome.reason, done.outcome.value) == ("exit", endings.FINISHED):
        return "the kernel ended the machine as if all were done, without this test's report"
    end = endings.in_words(done.outcome, kernel.elf)
    if not done.report.entered:
        return f"{end}, and nothing with this run's nonce came on COM2{_last_words(done)}"
    return end


def describe_panic(panic: Panic, elf: Path) -> str:
    return panic.reason + (f", at {endings.place({'rip': panic.place}, elf)}" if panic.place else "")


def _last_words(done: Boot) -> str:
    lines = [line.strip() for line in done.run.com1.splitlines() if line.strip()]
    return f"; the console's last line: {lines[-1][:120]!r}" if lines else "; the console is empty"


def symptom(verdict: Verdict) -> str:
    """A failure in one word for comparison: its kind and what differed."""
    return f"{verdict.verdict} {verdict.key}".strip()


def read_symptoms(catalog: Catalog) -> Dict[str, Dict]:
    """Known mistakes of the lab: name -> {exercise, mistake, tests: {test id: symptom}}."""
    path = tree.root() / "grading" / f"lab{catalog.lab.number}" / "symptoms.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def likely(symptoms: Dict[str, Dict], exercise: Exercise, failing: Dict[str, str]) -> List[str]:
    """The known mistakes whose symptoms are most like these; all of them when several are equally like. Empty when
    less than half of the symptoms agree."""
    scores = []
    for name, known in symptoms.items():
        if known["exercise"] != exercise.number or not failing:
            continue
        ours, theirs = set(failing.items()), set(known["tests"].items())
        scores.append((len(ours & theirs) / len(ours | theirs), name, known["mistake"]))
    best = max((score for score, _, _ in scores), default=0)
    can_look = (tree.root() / "grading" / "mutants").is_dir()  # students' trees have none
    guesses = [f"{mistake} (same symptoms as wrong solution {name})" if can_look else mistake
               for score, name, mistake in scores if score == best and best >= 0.5]
    return list(dict.fromkeys(guesses))
