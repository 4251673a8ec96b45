"""The machine of this session: starting it, telling where it is in its run, going to another place of the run.

Invariant: `count` names a moment exactly. It is the number of instructions since the kernel's first one, the same in each
replay of the recording. Going somewhere is starting QEMU again and letting it run up to the count.
"""
from __future__ import annotations

import contextlib
import os
import re
from typing import Callable, Iterator, List, Optional

import gdb
import qemu
from session import Session

from . import target

FIRST = "start32"
RUNNING_COMMANDS = ("continue", "step", "next", "stepi", "nexti", "finish", "until", "advance")
CHANGING_COMMANDS = ("jump", "return", "signal")
ENDS = {"triple-fault": "a triple fault", "reset": "the kernel has reset it", "shutdown": "the kernel has switched it off",
        "watchdog": "the test's deadline has passed", "halted": "all CPUs are halted for good",
        "flood": "a serial port was flooded", "cpu-limit": "the recording is over, and the kernel was still busy",
        "wall-limit": "the recording is over, and the kernel was still busy"}
FINISHED, PANICKED = 0x10, 0x11  # MachineEnd of cpu/x86/machine.hpp
FINISHED_WORDS, PANICKED_WORDS = "the kernel has finished", "the kernel has panicked"


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """GDB says nothing about the stops inside. (`to_string` and `suppress-cli-notifications` let some of it through.)"""
    gdb.flush()
    kept, nothing = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    try:
        yield
    finally:
        gdb.flush()
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nothing)


class Machine:
    """The one that GDB is attached to."""

    def __init__(self, session: Optional[Session]) -> None:
        self.session = session  # None: an editor has started and attached it
        self.traveling = False  # GDB runs for our sake: say nothing
        self.ended = ""  # why it cannot run on
        self._changed_at: Optional[int] = None  # the moment at which the user changed something
        self._qemu: Optional[qemu.Machine] = None
        self._origin = 0
        self._console_shown = 0
        self._line_open = False

    @property
    def recorded(self) -> bool:
        return bool(self.session and self.session.recording)

    def start(self) -> None:
        """Loads the symbols and runs to the kernel's first instruction. Throws gdb.GdbError."""
        gdb.execute("file " + self.session.elf.replace(" ", "\\ "), **target.QUIET)
        self._attach()
        gdb.Breakpoint(f"*{FIRST}", internal=True, temporary=True)
        self._run("the kernel was never entered: " + self.session.end)
        if self.recorded:
            self._origin = self._raw_count()
        self._arrived()

    def close(self) -> None:
        """Ends QEMU, without GDB's complaints about that."""
        if not self._qemu:
            return
        try:
            gdb.execute("disconnect", **target.QUIET)
        except gdb.error:
            pass  # it has ended by itself
        self._qemu.close()
        self._qemu = None

    def human(self, line: str) -> str:
        """QEMU's monitor; not through GDB when we can do without, because GDB may be in the middle of something."""
        try:
            return self._qemu.qmp.human(line) if self._qemu else target.monitor(line)
        except qemu.QemuError as error:
            raise gdb.GdbError(f"{error}; `run` starts again") from None

    def count(self) -> int:
        """Throws gdb.GdbError in a live session."""
        return self._raw_count() - self._origin if self._changed_at is None else self._changed_at

    def go_to(self, count: int, watched: str = "") -> List[int]:
        """To the moment `count`. GDB's breakpoints stay, and stop nothing on the way. Returns the moments behind each
        change of `watched`, an expression of constant addresses."""
        if not self.recorded:
            raise gdb.GdbError(self._no_way_back())
        changes: List[int] = []
        disabled = [point for point in gdb.breakpoints() or () if point.is_valid() and point.enabled]
        for point in disabled:
            point.enabled = False
        try:
            self._attach()
            self.human(f"replay_break {self._origin + count}")
            watch = Note(watched, lambda: changes.append(self.count())) if watched else None
            self._run(f"the recorded run ends before instruction {count}")
            if watch:
                watch.delete()
        finally:
            for point in disabled:
                point.enabled = True
        self._arrived()
        if self.count() != count:
            raise gdb.GdbError(f"interrupted on the way to instruction {count}, at {self.count()}")
        return changes

    def must_run(self) -> None:
        """Before each command that lets the machine run. Throws gdb.GdbError if it cannot."""
        if self.traveling:
            return
        if self.ended:
            raise gdb.GdbError(f"the machine cannot go on: {self.ended}. `strata back` goes back, `run` starts again")
        if self._changed_at is not None:
            gdb.write("strata: a recorded run cannot be changed, so what you called or set is undone (LIVE=1 keeps it)\n")
            self.go_to(self._changed_at)

    def changed(self, _: object = None) -> None:
        """The user is calling a function of the kernel, or sets a variable: from there the replay would go astray."""
        if self.recorded and not self.traveling and self._changed_at is None:
            self._changed_at = self.count()

    def show_console(self) -> None:
        """What the kernel has printed since the last time, each line behind a bar."""
        if self.traveling:
            return
        fresh = self._console()[self._console_shown:]
        self._console_shown += len(fresh)
        for part in fresh.decode("ascii", "replace").replace("\r", "").splitlines(keepends=True):
            gdb.write(part if self._line_open else f"| {part}")
            self._line_open = not part.endswith("\n")
        if self._line_open:
            gdb.write("\n")
            self._line_open = False

    def console_lines(self) -> List[str]:
        """Everything the kernel has printed so far; nothing where an editor has started QEMU."""
        return self._console().decode("ascii", "replace").replace("\r", "").splitlines()

    def cpu_seconds(self) -> float:
        """What the replay up to here has cost the host."""
        return self._qemu.cpu_seconds() if self._qemu else 0.0

    def log(self) -> str:
        """The end of QEMU's log: the last exceptions."""
        return self._qemu.tail("qemu.log") if self._qemu else ""

    def _console(self) -> bytes:
        return self._qemu.output("com1") if self._qemu else b""

    def _attach(self) -> None:
        """A new QEMU in place of the old one, stopped before its first instruction."""
        self.close()
        machine = qemu.Machine(self.session.config())
        try:
            machine.__enter__()
        except qemu.QemuError as error:
            raise gdb.GdbError(f"QEMU does not start: {error}") from None
        self._qemu = machine
        self.ended, self._changed_at = "", None
        target.take_code_from_file(True)
        here = os.getcwd()
        os.chdir(machine.folder)  # a socket's name must be short
        try:
            with silence():
                gdb.execute("target remote ./gdb", **target.QUIET)
        finally:
            os.chdir(here)

    def _run(self, complaint: str) -> None:
        """To the next stop, saying nothing. Throws gdb.GdbError with the complaint if the machine ends instead."""
        self.traveling = True
        try:
            with silence():
                gdb.execute("continue", **target.QUIET)
        except gdb.error:
            raise gdb.GdbError(complaint) from None
        finally:
            self.traveling = False
        if self.is_shut_down():
            self.ended = self.why_ended()
            raise gdb.GdbError(complaint)

    def _arrived(self) -> None:
        self._console_shown = len(self._console())
        self.human("log int,cpu_reset")  # from here on: the firmware's own would be too many
        if not self.recorded:
            self._qemu.qmp.command("watchdog-set-action", action="none")

    def is_shut_down(self) -> bool:
        return "(shutdown)" in self.human("info status")

    def _no_way_back(self) -> str:
        return "this run is not recorded (LIVE=1), so there is no way back" if self.session else \
            "an editor has started this machine; going back in time takes `make gdb` in a terminal"

    def why_ended(self) -> str:
        """Of a machine that is shut down."""
        reason = self.session.reason if self.recorded else "triple-fault" if "Triple fault" in self.log() else ""
        return ENDS.get(reason, "QEMU has shut down")

    def _raw_count(self) -> int:
        match = re.search(r"instruction count = (\d+)", self.human("info replay"))
        if not match:
            raise gdb.GdbError(self._no_way_back())
        return int(match.group(1))


def run_to(address: int, condition: Optional[str] = None) -> bool:
    """Lets the machine run to an instruction, and shows the place. False: something else stopped it before."""
    point = gdb.Breakpoint(f"*{address:#x}", internal=True)
    point.silent, point.condition = True, condition
    try:
        gdb.execute("continue")
        arrived = target.register("rip") == address
    finally:
        point.delete()
    if arrived:
        gdb.execute("frame")
    return arrived


class Note(gdb.Breakpoint):
    """A watchpoint that lets the machine go on."""

    def __init__(self, expression: str, note: Callable[[], None]) -> None:
        super().__init__(expression, gdb.BP_WATCHPOINT, gdb.WP_WRITE, True)
        self._note = note

    def stop(self) -> bool:
        self._note()
        return False


class End(gdb.Breakpoint):
    """Stops where the kernel ends the machine, while there is still something to look at."""

    def __init__(self, machine: Machine, address: int) -> None:
        super().__init__(f"*{address:#x}", internal=True)
        self.silent = True
        self._machine = machine

    def stop(self) -> bool:
        why = target.register("rdi") & 0xFF
        names = {FINISHED: FINISHED_WORDS, PANICKED: PANICKED_WORDS}
        self._machine.ended = names.get(why, f"the kernel ends the machine with {why:#x}")
        return True


def watch_end(machine: Machine) -> None:
    """Stops at the end, and says what a stop means when GDB cannot know."""
    for place in target.places_of("strata::end_machine"):
        End(machine, place.entry)

    def stopped(_: gdb.StopEvent) -> None:
        if machine.traveling or not machine.session:
            return
        if machine.is_shut_down():
            machine.ended = machine.why_ended()
        if machine.ended:
            hint = "`run` starts again" if machine.ended == FINISHED_WORDS else "try `strata why`, `bt`"
            gdb.write(f"strata: the machine ends here: {machine.ended}; {hint}, `strata back` goes back\n")

    gdb.events.stop.connect(stopped)
    for changes in (gdb.events.inferior_call, gdb.events.memory_changed, gdb.events.register_changed):
        changes.connect(machine.changed)


def hooks() -> Iterator[str]:
    """GDB commands that bind ours to its own; a `hook-` runs before the command."""
    for command in RUNNING_COMMANDS:
        yield f"define hook-{command}\nstrata-must-run\nend"
    for command in CHANGING_COMMANDS:
        yield f"define hook-{command}\nstrata-must-run changed\nend"
    yield "define hook-stop\npython strata.machine().show_console()\nend"
    for command in ("run", "start"):
        yield (f"define {command}\nstrata restart\nend\n"
               f"document {command}\nStart the machine again: `strata restart`.\nend")
