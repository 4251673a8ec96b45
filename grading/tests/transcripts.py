"""What replaying kernels say: the two serial ports of a good run, as they are and altered in one way."""
from __future__ import annotations

from typing import Callable, Dict, List, Tuple

from grader import boots

Transcript = Tuple[bytes, bytes]  # what goes to COM1 and COM2

NONCE, RUN_SEED = "\x01", "\x02"  # where kernels/lab1/replay.cpp puts what it learned from the host
TOUCHED = "clock_reading"  # the test whose lines are repeated, swapped or dropped
BEHIND = "clock_runs"  # the one that comes behind it, the last


def all_transcripts(recording: boots.Boot) -> Dict[str, Transcript]:
    """By name."""
    com1 = recording.outcome.com1
    lines = recording.outcome.com2.decode("ascii").splitlines()
    bodies = [line.split(" ", 2)[2] for line in lines]
    at = _first_observation(bodies)
    altered = {
        "recorded": lines,
        "without_nonce": [line.split(" ", 1)[1] for line in lines],
        "ungraded_nonce": _with_nonce("-", bodies),
        "guessed_nonce": _with_nonce("0123456789abcdef", bodies),
        "right_nonce": _with_nonce(NONCE, bodies),
        "zeros": _with_nonce(NONCE, _with_values(bodies, lambda old: '""' if old[0] == '"' else "0x0")),
        "successes": _with_nonce(NONCE, _with_values(bodies, lambda old: '"Success"' if old[0] == '"' else "0x1")),
        "echoes": _with_nonce(NONCE, _with_values(bodies, lambda old: RUN_SEED)),
        "repeated_line": _altered(bodies, lambda all_lines: all_lines.insert(at, all_lines[at])),
        "swapped_lines": _altered(bodies, lambda all_lines: all_lines.insert(at, all_lines.pop(at + 1))),
        "dropped_line": _altered(bodies, lambda all_lines: all_lines.pop(at)),
        "extra_observation": _with_nonce(NONCE, bodies[:at] + [bodies[at]] + bodies[at:]),
        "other_order": _with_nonce(NONCE, bodies[:at] + [bodies[at + 1], bodies[at]] + bodies[at + 2:]),
        "missing_observation": _with_nonce(NONCE, bodies[:at] + bodies[at + 1:]),
        "repeated_test": _with_nonce(NONCE, _repeat_test(bodies)),
    }
    return {name: (com1, "".join(f"{line}\n" for line in text).encode("ascii")) for name, text in altered.items()}


def _with_nonce(nonce: str, bodies: List[str]) -> List[str]:
    """Numbered from 0, with a right count at the end."""
    text = [f"{nonce} {number} {body}" for number, body in enumerate(bodies)]
    return text[:-1] + [f"{nonce} {len(bodies) - 1} end {len(bodies) - 1}"]


def _with_values(bodies: List[str], change: Callable[[str], str]) -> List[str]:
    """Every observation's value changed."""
    changed = []
    for body in bodies:
        kind, _, rest = body.partition(" ")
        key, _, value = rest.partition(" ")
        changed.append(f"seen {key} {change(value)}" if kind == "seen" else body)
    return changed


def _altered(bodies: List[str], change: Callable[[List[str]], object]) -> List[str]:
    """The lines changed after they were numbered."""
    lines = _with_nonce(NONCE, bodies)
    change(lines)
    return lines


def _first_observation(bodies: List[str]) -> int:
    return bodies.index(f"test lab1.{TOUCHED}") + 1


def _repeat_test(bodies: List[str]) -> List[str]:
    begin, end = bodies.index(f"test lab1.{TOUCHED}"), bodies.index(f"done lab1.{TOUCHED}") + 1
    return bodies[:end] + bodies[begin:]
