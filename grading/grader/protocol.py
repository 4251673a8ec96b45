"""Reads what the report driver wrote on COM2 (labs/lab1-boot/report/report.hpp).

Only lines that carry this run's nonce are looked at, so stray output disturbs nothing. Their numbers must follow each
other; at the first one that does not, reading ends: what was complete before it stands, what it touches does not.
"""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Dict, List, Optional, Tuple, Union

Value = Union[int, str]

_LINE = re.compile(r"(\S+) (\d+) (\S+)(?: (.*))?")
_ESCAPE = re.compile(r"\\x([0-9a-f]{2})")


@dataclass(frozen=True)
class Panic:
    """`place` is the instruction at fault, 0 if it is not one fault."""

    reason: str
    place: int = 0


@dataclass
class TestReport:
    """What the guest said during one test."""

    seen: List[Tuple[str, Value]] = field(default_factory=list)
    missing: List[str] = field(default_factory=list)  # "1.2 format_signed"
    undefined: List[str] = field(default_factory=list)  # "labs/lab1-boot/lib/format.cpp:40:12: what", only with SAN=1
    resources: List[Tuple[int, ...]] = field(default_factory=list)  # (run, frames, objects)
    panics: List[Panic] = field(default_factory=list)  # also those that an attempt has survived
    done: bool = False


@dataclass
class Report:
    """What the guest said during one boot. `tests` are in the order in which they began."""

    entered: bool = False
    tests: Dict[str, TestReport] = field(default_factory=dict)
    open_test: Optional[str] = None  # began, but is not done
    panic: Optional[Panic] = None  # that was the last thing to happen
    missing: List[str] = field(default_factory=list)  # during boot, before the first test
    undefined: List[str] = field(default_factory=list)  # outside of tests
    complete: bool = False  # closed by a right count
    broken: Optional[str] = None  # why reading ended early


def parse_value(text: str) -> Value:
    """0x1f or a quoted string. Raises ValueError."""
    if text.startswith('"') and text.endswith('"') and len(text) >= 2:
        return _ESCAPE.sub(lambda match: chr(int(match.group(1), 16)), text[1:-1])
    return int(text, 16)


def _panic(text: str) -> Panic:
    """A quoted reason and a number. Raises ValueError."""
    reason, _, place = text.rpartition(" ")
    return Panic(str(parse_value(reason)), int(place, 16))


def parse(com2: bytes, nonce: str) -> Report:
    """The report of a boot; never raises, whatever the guest wrote."""
    report = Report()
    expected = 0
    for raw in com2.decode("latin-1").split("\n"):
        match = _LINE.fullmatch(raw.rstrip("\r"))
        if not match or match.group(1) != nonce:
            continue
        number = int(match.group(2)[:20])
        if number != expected:
            report.broken = f"report line {number} came where line {expected} belongs"
            break
        if report.complete:
            report.broken = f"report line {number} came after the end"
            report.complete = False
            break
        expected += 1
        try:
            _take(report, number, match.group(3), match.group(4) or "")
        except ValueError:
            report.broken = f"report line {number} makes no sense: {raw[:100]!r}"
            break
    return report


def _take(report: Report, number: int, kind: str, rest: str) -> None:
    """One line into the report. Raises ValueError if it cannot be there."""
    test = report.tests.get(report.open_test) if report.open_test else None
    if kind in ("test", "seen", "done", "end"):  # it has gone on
        report.panic = None
    if kind == "entered" and number == 0:
        report.entered = True
    elif number == 0 or kind == "entered":
        raise ValueError(kind)
    elif kind == "test" and test is None and rest not in report.tests:
        report.tests[rest] = TestReport()
        report.open_test = rest
    elif kind == "done" and test is not None and rest == report.open_test:
        test.done = True
        report.open_test = None
    elif kind == "seen" and test is not None:
        key, _, value = rest.partition(" ")
        test.seen.append((key, parse_value(value)))
    elif kind == "resources" and test is not None:
        test.resources.append(tuple(int(word) for word in rest.split()))
    elif kind == "missing":
        (test or report).missing.append(rest)
    elif kind == "undefined":
        (test or report).undefined.append(str(parse_value(rest)))
    elif kind == "panic":
        report.panic = _panic(rest)
        if test:
            test.panics.append(report.panic)
    elif kind == "end" and test is None and int(rest) == number:
        report.complete = True
    else:
        raise ValueError(kind)
