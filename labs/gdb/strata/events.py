"""What has happened in this run: boot steps, tests, observations, traps, each with its moment.

Silent breakpoints note them as they pass; in a recorded machine that changes nothing. Invariant: the list is complete up
to `frontier`, the latest moment that was reached, because whatever runs there for the first time runs with them set.
"""
from __future__ import annotations

import bisect
from typing import Callable, Dict, List, NamedTuple

import gdb

from . import target, words
from .machine import Machine
from .unwinder import BELOW_CPU

VECTOR, ERROR, RIP = BELOW_CPU - 2, BELOW_CPU - 1, BELOW_CPU  # words of a TrapFrame


class Event(NamedTuple):
    """The call of a watched function, at the moment when GDB knows its arguments."""

    count: int
    kind: str
    text: str


def string_view(first: str, second: str) -> str:
    """A std::string_view argument in two registers: size, address."""
    return target.text(target.register(second), min(target.register(first), 200))


def describe_trap() -> str:
    frame = target.register("rdi")
    vector, error, rip = (target.word(frame + 8 * index) for index in (VECTOR, ERROR, RIP))
    cr2 = target.register("cr2")
    return f"{words.explain(vector, error, cr2)}, from {target.place(rip)}"


def describe_step() -> str:
    error = gdb.Value(target.register("rdx") & 0xFFFFFFFF).cast(gdb.lookup_type("strata::Error"))
    step = string_view("rdi", "rsi")
    return f"boot step {step} has failed: {str(error).rpartition('::')[2]}" if int(error) else f"boot step {step} is done"


def describe_observation() -> str:
    return f"reports {string_view('rdi', 'rsi')}.{target.register('rdx')}"


# Function -> (kind, what to say at its first instruction). All of them are given code.
WATCHED: Dict[str, tuple] = {
    "handle_trap": ("trap", describe_trap),
    "strata::step": ("step", describe_step),
    "strata::report::test_begins": ("test", lambda: f"test {string_view('rdi', 'rsi')} begins"),
    "strata::report::test_ends": ("test", lambda: f"test {string_view('rdi', 'rsi')} ends"),
    "strata::report::seen": ("seen", describe_observation),
    "strata::report::panic": ("panic", lambda: f"panic: {string_view('rdi', 'rsi')}"),
}


class EventLog:
    """The events of the run so far, in their order."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._events: List[Event] = []
        self._points = [Watch(self, kind, describe, place) for name, (kind, describe) in WATCHED.items()
                        for place in target.places_of(name)] if machine.recorded else []

    def note(self, kind: str, describe: Callable[[], str], prologue: int) -> None:
        """Called at the function's first instruction; the same moment is noted once."""
        count = self._machine.count() + prologue
        index = bisect.bisect_left([event.count for event in self._events], count)
        if index == len(self._events) or self._events[index].count != count:
            try:
                text = describe()
            except (gdb.error, gdb.GdbError):
                text = f"{kind} whose arguments cannot be read"
            self._events.insert(index, Event(count, kind, text))

    def all(self) -> List[Event]:
        return self._events

    def before(self, count: int) -> List[Event]:
        return [event for event in self._events if event.count < count]


class Watch(gdb.Breakpoint):
    """Notes an event and lets the machine go on."""

    def __init__(self, log: EventLog, kind: str, describe: Callable[[], str], place: target.Place) -> None:
        super().__init__(f"*{place.entry:#x}", internal=True)
        self.silent = True
        self._log, self._kind, self._describe, self._place = log, kind, describe, place

    def stop(self) -> bool:
        self._log.note(self._kind, self._describe, self._place.prologue())
        return False
