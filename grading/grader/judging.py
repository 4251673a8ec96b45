"""What grading/labN/expect.py is written with: each test's right observations, computed on the host from the seed.

    @expect
    def format_hex(rng, run):
        for i in range(12):
            yield f"text.{i}", format(rng.next() >> rng.below(64), "x")

A function yields, in order, every observation that a right kernel makes: (key, value) for a line that the guest must
have sent, or a Witness for what the host saw itself. The first one that differs is the failure.
"""
from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, Optional, Tuple, Union

from .protocol import TestReport
from .rng import Random


@dataclass(frozen=True)
class Run:
    """What an expectation may know about the boot that it judges."""

    seed: int
    memory_mib: int
    com1: str  # what a person saw on the console, "\r\n" as the guest sent it
    archive_size: int  # bytes of the boot archive


@dataclass(frozen=True)
class Witness:
    """Something that the host saw without asking the guest."""

    what: str
    expected: Any
    seen: Any


@dataclass(frozen=True)
class Difference:
    """The first observation that was not as expected; `key` names it without its index."""

    key: str
    expected: str
    seen: str


Expectation = Callable[[Random, Run], Iterator[Union[Tuple[str, Any], Witness]]]


def expect(function: Expectation) -> Expectation:
    """Marks a function of expect.py as the expectation of the test that has its name."""
    function.is_expectation = True  # type: ignore[attr-defined]
    return function


def load(path: Path, lab: int) -> Dict[str, Expectation]:
    """The expectations of one expect.py by test id ("lab1.format_hex"); none if there is no such file."""
    if not path.is_file():
        return {}
    spec = importlib.util.spec_from_file_location(f"expect_{path.parent.name}_{abs(hash(path))}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {f"lab{lab}.{name}": value for name, value in vars(module).items() if getattr(value, "is_expectation", False)}


def judge(expectation: Expectation, test: str, report: TestReport, run: Run) -> Optional[Difference]:
    """None if all is as expected."""
    lines = iter(report.seen)
    for item in expectation(Random(run.seed, test), run):
        if isinstance(item, Witness):
            if item.seen != item.expected:
                return Difference(item.what, _show(item.expected), _show(item.seen))
            continue
        key, value = item
        line = next(lines, None)
        if line is None:
            return Difference(_plain(key), f"{key} = {_show(value)}", "nothing more was reported")
        if line != (key, value):
            return Difference(_plain(key), f"{key} = {_show(value)}", f"{line[0]} = {_show(line[1])}")
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
    if isinstance(value, int):
        return f"{value} (0x{value:x})" if value > 9 else str(value)
    return ascii(value) if isinstance(value, str) else str(value)
