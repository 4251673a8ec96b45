"""Where a session stops first: at the kernel's entry, in a test, or just before a test's failure.

A goal is a dictionary {"kind": ..., ...}, written by `replay`; an empty one means the kernel's entry:
    observation   key, index: the first report of this key
    test-end      the end of the test; with `witness`, a function, where the host looks at the machine
    unimplemented exercise: its skeleton says that it is not written
    end           panic, triple fault, deadline: how the run ends; then back to the trap that led there, if one did
    begin         the test's beginning
`text` is what to say there.
"""
from __future__ import annotations

from typing import Callable, Dict, Optional

import gdb

from . import target, trap, words
from .events import EventLog, string_view
from .machine import PANICKED_WORDS, Machine, run_to

WAY_IN = """strata: GRUB has just jumped here, in 32-bit code, which `strata code` can disassemble and `stepi` steps through.
strata: `break kernel_main`, then `continue`, goes to C++; `strata` lists what else there is; handout/gdb-lab1.md is a walk
"""
WITNESS_POINT = "witness_point"  # what a test calls to be looked at
REPORTING = ("strata::report::seen", "strata::TestRun::seen")  # frames between a test and the report


class Wanted(gdb.Breakpoint):
    """Stops at a function's first instruction if `condition()` holds there."""

    def __init__(self, address: int, condition: Callable[[], bool]) -> None:
        super().__init__(f"*{address:#x}", internal=True)
        self.silent = True
        self._condition = condition

    def stop(self) -> bool:
        return self._condition()


def run_until(function: str, condition: Callable[[], bool] = lambda: True) -> bool:
    """Runs on to such a call. False: there is none, or the machine has ended before."""
    places = target.places_of(function)
    if not places:
        return False
    points = [Wanted(place.entry, condition) for place in places]
    try:
        gdb.execute("continue")
        reached = [place for place in places if place.entry == target.register("rip")]
    finally:
        for point in points:
            point.delete()
    if reached and reached[0].prologue():
        gdb.execute(f"stepi {reached[0].prologue()}", to_string=True)
    return bool(reached)


def body_of(test: str) -> Optional[int]:
    """Address of a test's function, from the kernel's table of tests."""
    first, last = (target.address_of(f"kernel_tests_{which}") for which in ("start", "end"))
    kind = gdb.lookup_type("strata::Test")
    for address in range(first, last, kind.sizeof):
        entry = gdb.Value(address).cast(kind.pointer()).dereference()
        if int(entry["name"]) and entry["name"].string() == test:
            return int(entry["body"])
    return None


def run_to_test(test: str) -> bool:
    """To the beginning of its function. False: the kernel does not get there. Throws gdb.GdbError."""
    body = body_of(test)
    if not body:
        raise gdb.GdbError(f"this kernel has no test {test}")
    return run_to(target.place_at(body).body)


def select_test_frame() -> None:
    """From the report up to the code that made it."""
    frame = gdb.newest_frame()
    while frame.older() and (frame.name() or "").split("(")[0] in REPORTING:
        frame = frame.older()
    frame.select()
    gdb.execute("frame")
    near = target.own_line(frame)
    if near:
        gdb.write(f"near {near}:\n")
        gdb.execute(f"list {near},+2")


def observation(goal: Dict, log: EventLog) -> None:
    """To the report; says how far back the code begins that all reports with its index come from."""
    def is_it() -> bool:
        return target.register("rdx") == goal["index"] and string_view("rdi", "rsi") == goal["key"]

    reached = run_until("strata::report::seen", is_it)
    if reached:
        select_test_frame()
        earlier = [event.text for event in reversed(log.all())][1:]
        back = 1 + next((n for n, text in enumerate(earlier) if not text.endswith(f".{goal['index']}")), 0)
        goal["text"] += f". `strata back {back}` goes to before the code that computed it"
    else:
        goal["text"] = f"this run does not report {goal['key']}.{goal['index']}: has the code changed since it was graded?"


def end(machine: Machine, log: EventLog) -> None:
    """To the end; from a panic because of a fault back to where that fault reached the handler."""
    gdb.execute("continue")
    frame = trap.innermost()
    if not (machine.ended == PANICKED_WORDS and frame and frame.values["vector"] < words.FIRST_INTERRUPT):
        gdb.execute("bt 12")
        return
    traps = [event for event in log.all() if event.kind == "trap"]
    machine.go_to(traps[-1].count)
    gdb.write(f"strata: back at the trap that led there: {traps[-1].text}\n")
    gdb.execute("bt 12")


def unimplemented(exercise: str) -> None:
    """In the test, not during boot, where another call may have come first."""
    if run_until("strata::unimplemented", lambda: string_view("rdi", "rsi").partition(" ")[0] == exercise):
        gdb.execute("up")


def test_end(machine: Machine, witness: str) -> None:
    """Where the host looks at the machine, else where the test is over."""
    reached = witness and run_until(witness)
    if not reached and not machine.ended:
        reached = run_until("strata::report::test_ends")
    if reached:
        gdb.execute("frame")


def reach(machine: Machine, log: EventLog) -> None:
    """Called at the kernel's first instruction."""
    session = machine.session
    goal = session.goal
    kind = goal.get("kind", "entry")
    if kind == "entry":
        gdb.execute("frame")
        gdb.write(WAY_IN)
    elif kind == "end":
        end(machine, log)
    elif kind == "observation":
        observation(goal, log)
    elif kind == "test-end" and goal["witness"] not in ("", WITNESS_POINT):  # before the tests
        test_end(machine, goal["witness"])
    elif not run_to_test(session.test):
        gdb.execute("bt 12")
        return
    elif kind == "unimplemented":
        unimplemented(goal["exercise"])
    elif kind == "test-end":
        test_end(machine, goal["witness"])
    if goal.get("text"):
        gdb.write(f"strata: {goal['text']}\n")
