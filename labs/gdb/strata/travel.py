"""Commands about time: where we are in the run, and going to another place of it."""
from __future__ import annotations

from typing import List

import gdb

from . import target
from .command import Command, count_argument
from .events import Event, EventLog
from .machine import Machine

LISTED = 20


def describe_moment(machine: Machine) -> str:
    return f"instruction {machine.count()} of the kernel"


class TimeCommand(Command):
    """One that needs the machine and its events."""

    def __init__(self, name: str, machine: Machine, log: EventLog) -> None:
        super().__init__(name)
        self.machine, self.log = machine, log

    def past(self) -> List[Event]:
        return self.log.before(self.machine.count())

    def land(self, count: int, what: str) -> None:
        """Goes there, and says where that is."""
        self.machine.go_to(count)
        gdb.write(f"strata: {what}; {describe_moment(self.machine)}\n")
        gdb.execute("frame")


class Back(TimeCommand):
    """Go back in time: to the event before this moment, or N events back.
Usage: strata back [N]
Events are traps, boot steps, tests and their observations; `strata events` lists them. The machine is started
again and runs the recorded run up to the event's first instruction. Your breakpoints stay, and stop nothing on the way."""

    def run(self, argument: str) -> None:
        back = count_argument(argument, 1)
        past = self.past()
        if back > len(past):
            self.land(0, "before the first event: the kernel's first instruction")
            return
        event = past[-back]
        number = self.log.all().index(event) + 1
        self.land(event.count, f"event {number}, {event.text}")


class BackInstruction(TimeCommand):
    """Go back in time by one instruction, or N instructions.
Usage: strata back-instruction [N]"""

    def run(self, argument: str) -> None:
        count = self.machine.count() - count_argument(argument, 1)
        if count < 0:
            raise gdb.GdbError("the kernel's run does not begin so early")
        self.land(count, "back")


class LastWrite(TimeCommand):
    """Go back in time to the instruction that last changed a variable, before it runs.
Usage: strata last-write EXPRESSION
EXPRESSION names something in memory of at most 8 bytes, such as kernel_tss.ist[0] or *(long*)0xffffffff80126000."""

    def run(self, argument: str) -> None:
        if not argument:
            raise gdb.GdbError("say what: `strata last-write kernel_tss.ist[0]`")
        value = gdb.parse_and_eval(argument)
        if value.address is None or value.type.sizeof not in (1, 2, 4, 8):
            raise gdb.GdbError(f"{argument} is nothing in memory of 1, 2, 4 or 8 bytes")
        now = self.machine.count()
        kind = {1: "char", 2: "short", 4: "int", 8: "long"}[value.type.sizeof]
        writes = self.machine.go_to(now, f"*({kind}*){int(value.address):#x}")
        if not writes:
            raise gdb.GdbError(f"the kernel has not changed {argument} before this moment")
        self.land(writes[-1] - 1, f"this instruction gives {argument} its value, as change {len(writes)}")


class Goto(TimeCommand):
    """Go to the moment before instruction N of the kernel's run; instruction 0 is its first.
Usage: strata goto N"""

    def run(self, argument: str) -> None:
        if not argument:
            raise gdb.GdbError("say where to: `strata goto 1000`, a number as `strata where` and `strata events` show it")
        self.land(count_argument(argument, 0), "there")


class Restart(TimeCommand):
    """Start the machine again, at the kernel's first instruction. `run` does the same.
Usage: strata restart"""

    def run(self, argument: str) -> None:
        if self.machine.recorded:
            self.land(0, "started again")
        else:
            self.machine.start()
            gdb.execute("frame")


class Where(TimeCommand):
    """Say which moment of the run this is.
Usage: strata where"""

    def run(self, argument: str) -> None:
        events = self.log.all()
        past = [event for event in events if event.count <= self.machine.count()]
        gdb.write(f"{describe_moment(self.machine)}, at {target.place(target.register('rip'))}\n")
        if past:
            gdb.write(f"last event: {len(past)}, at instruction {past[-1].count}: {past[-1].text}\n")


class Events(TimeCommand):
    """List what has happened: the last 20 events before this moment, or N.
Usage: strata events [N]"""

    def run(self, argument: str) -> None:
        now = self.machine.count()
        past = [event for event in self.log.all() if event.count <= now]
        listed = past[-count_argument(argument, LISTED):]
        if not listed:
            gdb.write("no event yet: they begin when the kernel's first boot step is done\n")
        for number, event in enumerate(listed, len(past) - len(listed) + 1):
            gdb.write(f"{number:5}  instruction {event.count:<10} {event.text}\n")


def install(machine: Machine, log: EventLog) -> None:
    for name, kind in (("back", Back), ("back-instruction", BackInstruction), ("last-write", LastWrite), ("goto", Goto),
                       ("restart", Restart), ("where", Where), ("events", Events)):
        kind(name, machine, log)
