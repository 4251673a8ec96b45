"""What grading/labN/expect.py is written with: each test's right observations, computed on the host from the seed.

    @expect
    def format_hex(rng, run):
        for i in range(12):
            yield f"text.{i}", format(rng.next() >> rng.below(64), "x")

A function yields, in order, every observation that a right kernel makes: (key, value) for a line that the guest must
have sent, or a Witness for what the host saw itself. The first one that differs is the failure. A third part of the
tuple, if there is one, says in words which case this is.
"""
from __future__ import annotations

import importlib.util
import math
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, Optional, Tuple, Union

import guest

from .ends import describe_panic
from .protocol import TestReport, Value
from .rng import Random


@dataclass(frozen=True)
class Run:
    """What an expectation may know about the boot that it judges."""

    seed: int
    memory_mib: int
    com1: str  # what a person saw on the console, "\r\n" as the guest sent it
    archive_size: int  # bytes of the boot archive
    elf: Path = Path()
    symbols: Dict[str, int] = field(default_factory=dict)  # of the kernel, by their linker names
    snapshots: Dict[str, guest.Snapshot] = field(default_factory=dict)  # of tests that asked for a witness, by test id
    test: str = ""  # the one that is judged
    observed: Dict[str, Value] = field(default_factory=dict)  # its observations, by key

    @property
    def snapshot(self) -> Optional[guest.Snapshot]:
        """What the host found when this test stopped the machine; None if it never did."""
        return self.snapshots.get(self.test)

    def value(self, key: str) -> int:
        """A number that this test observed, for what follows from it; 0 if it did not."""
        value = self.observed.get(key, 0)
        return value if isinstance(value, int) else 0


@dataclass(frozen=True)
class Between:
    """Equal to the numbers from `low` to `high`, both included."""

    low: float
    high: float

    def __eq__(self, other: object) -> bool:
        return isinstance(other, int) and self.low <= other <= self.high

    def __str__(self) -> str:
        return f"between {_show(math.ceil(self.low))} and {_show(math.floor(self.high))}"


class Case(str):
    """A case that does not depend on the seed, so that failing in it is a symptom to compare with known mistakes."""


def Near(value: int, fraction: float) -> Between:
    """Equal to numbers that differ from `value` by no more than this fraction of it."""
    return Between(value * (1 - fraction), value * (1 + fraction))


def AtMost(limit: int) -> Between:
    return Between(0, limit)


@dataclass(frozen=True)
class Witness:
    """Something that the host saw without asking the guest. `picture` draws both, as SVG, when they differ; an empty one is none."""

    what: str
    expected: Any
    seen: Any
    picture: Callable[[], str] = str


@dataclass(frozen=True)
class Difference:
    """The first observation that was not as expected; `key` names it without its index."""

    key: str
    expected: str
    seen: str
    picture: str = ""


Expectation = Callable[[Random, Run], Iterator[Union[Tuple[str, Any], Witness]]]


def expect(function: Expectation) -> Expectation:
    """Marks a function of expect.py as the expectation of the test that has its name."""
    function.is_expectation = True  # type: ignore[attr-defined]
    return function


def load(path: Path, lab: int) -> Dict[str, Expectation]:
    """The expectations of one expect.py by test id ("lab1.format_hex"); none if there is no such file. It may import what stands
    beside it."""
    if not path.is_file():
        return {}
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))
    spec = importlib.util.spec_from_file_location(f"expect_{path.parent.name}_{abs(hash(path))}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {f"lab{lab}.{name}": value for name, value in vars(module).items() if getattr(value, "is_expectation", False)}


def judge(expectation: Expectation, test: str, report: TestReport, run: Run) -> Optional[Difference]:
    """None if all is as expected."""
    lines = iter(report.seen)
    run = replace(run, test=test, observed=dict(report.seen))
    for item in expectation(Random(run.seed, test), run):
        if isinstance(item, Witness):
            if item.seen != item.expected:
                return Difference(item.what, f"{item.what}: {_show(item.expected)}", _show(item.seen), item.picture())
            continue
        key, value, *about = item
        line = next(lines, None)
        if line != (key, value):
            seen = f"{line[0]} = {_show(line[1])}" if line else "nothing more was reported"
            if line and line[1] == "Internal" and report.panics:  # a breakpoint that did not come back
                seen += f", after the panic: {describe_panic(report.panics[-1], run.elf)}"
            case = f"  [{about[0]}]" if about else ""
            kind = about[0] if about and isinstance(about[0], Case) else _plain(key)
            return Difference(kind, f"{key} = {_show(value)}{case}", seen)
    line = next(lines, None)
    if line is not None:
        return Difference(_plain(line[0]), "nothing more", f"{line[0]} = {_show(line[1])}")
    return _leak(report)


def _leak(report: TestReport) -> Optional[Difference]:
    """The second and the third run of a body must leave as many frames and objects."""
    left = {row[0]: row[1:] for row in report.resources}
    if report.resources and left.get(2) != left.get(3):
        return Difference("leak", f"frames and objects after run 3 as after run 2: {left.get(2)}", f"{left.get(3)}")
    return None


def _plain(key: str) -> str:
    return key.split(".", 1)[0]


def _show(value: Any) -> str:
    """Long numbers are mostly addresses and entries of tables: their bits come first."""
    if isinstance(value, int):
        return str(value) if value <= 9 else f"{value} (0x{value:x})" if value < 1 << 32 else f"0x{value:x} ({value})"
    return ascii(value) if isinstance(value, str) else str(value)
