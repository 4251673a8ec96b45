"""How a machine ended, in words; and what a student's symptoms have in common with those of known mistakes."""
from __future__ import annotations

import json
import platform
import subprocess
from typing import TYPE_CHECKING, Dict, List

import tree

if TYPE_CHECKING:
    from .boots import Boot, Verdict
    from .building import Kernel
    from .catalog import Catalog, Exercise


def describe_end(done: Boot, kernel: Kernel) -> str:
    """One or two sentences: what stopped the machine, and where it was."""
    outcome, report = done.outcome, done.report
    at = place(kernel, outcome.registers.get("rip", 0)) if outcome.registers else "an unknown place"
    if report.panic is not None:
        return f"the kernel panicked: {report.panic}"
    if outcome.reason == "exit" and outcome.value == 0x10:
        return "the kernel ended the machine as if all were done, without this test's report"
    if not report.entered:
        return f"{_end_in_words(done, at)}, and nothing with this run's nonce came on COM2{_last_words(done)}"
    return _end_in_words(done, at)


def _end_in_words(done: Boot, at: str) -> str:
    outcome = done.outcome
    registers = outcome.registers
    if outcome.reason == "triple-fault":
        return (f"triple fault at {at} with CR2 = 0x{registers.get('cr2', 0):x}: an exception could not be delivered, "
                "so the CPU reset itself")
    if outcome.reason in ("watchdog", "halted", "cpu-limit", "wall-limit"):
        if registers.get("halted"):
            flag = "on" if registers.get("interrupts") else "off"
            return f"the CPU is halted at {at} with interrupts {flag}: it waits for an interrupt that does not come"
        if outcome.reason == "watchdog":
            return f"the deadline passed (2 s of guest time) while the CPU was busy at {at}"
        return f"the machine was still busy at {at} after {outcome.cpu_seconds:.1f} s of the host's CPU"
    if outcome.reason == "exit":
        return f"the kernel ended the machine with debug-exit value {outcome.value}"
    words = {"reset": f"the kernel reset the machine at {at}", "shutdown": "the kernel switched the machine off",
             "flood": "the serial ports were flooded", "quit": "somebody ended QEMU",
             "failed": f"QEMU failed: {outcome.detail}"}
    return words.get(outcome.reason, outcome.reason)


def _last_words(done: Boot) -> str:
    lines = [line.strip() for line in done.run.com1.splitlines() if line.strip()]
    return f"; the console's last line: {lines[-1][:120]!r}" if lines else "; the console is empty"


def place(kernel: Kernel, address: int) -> str:
    """An address of the kernel as "function (file:line)"."""
    cross = "" if platform.machine() in ("x86_64", "amd64", "AMD64") else "x86_64-linux-gnu-"
    done = subprocess.run([f"{cross}addr2line", "-Cfe", str(kernel.elf), hex(address)], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True, check=False)
    lines = done.stdout.splitlines()
    if len(lines) < 2 or lines[0] == "??":
        return f"0x{address:x} (outside the kernel)"
    file = lines[1].split(" ")[0]
    prefix = f"{tree.root()}/"
    return f"{lines[0]} ({file[len(prefix):] if file.startswith(prefix) else file})"


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
    return [f"{mistake} (as in the wrong solution {name})" for score, name, mistake in scores
            if score == best and best >= 0.5]
