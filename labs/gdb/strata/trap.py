"""Traps: the frame in words, and stepping into a handler and back."""
from __future__ import annotations

from typing import Dict, NamedTuple, Optional, Tuple

import gdb

from . import calls, target, words
from .command import Command
from .machine import Machine, run_to
from .unwinder import CPU_WORDS, FRAME_SIZE, SAVED, holds, looks_pushed, read_words

NAMES = (*SAVED, "vector", "error", *CPU_WORDS)
SHOWN = "rax rbx rcx rdx rsi rdi rbp r8 r9 r10 r11 r12 r13 r14 r15".split()
HANDLER = "handle_trap"
CALL = 0x100  # in place of a vector, in the frame of a system call (labs/lab3-syscalls/smp/x86/asm_offsets.h)
DEEPEST = 100  # frames that are looked through for a trap


class Frame(NamedTuple):
    """A TrapFrame in memory."""

    address: int
    values: Dict[str, int]

    @property
    def line(self) -> str:
        """Why, in one line."""
        if self.values["vector"] == CALL:
            return f"system call {calls.name(self.values['error'])}"
        return words.explain(self.values["vector"], self.values["error"], target.register("cr2"))

    @property
    def plausible(self) -> bool:
        pushed = self.address + FRAME_SIZE - 8 * len(CPU_WORDS)
        return looks_pushed(tuple(self.values[name] for name in CPU_WORDS), pushed) and self.values["vector"] <= CALL

    def lines(self) -> Tuple[str, ...]:
        """The whole frame."""
        value = self.values
        registers = [f"{name:>3} {value[name]:#018x}" for name in SHOWN]
        error = words.exceptions().get(value["vector"])
        why = f"  number  {calls.signed(value['error'])}" if value["vector"] == CALL else \
            (f"  vector  {value['vector']}, error code {value['error']:#x}"
             f" ({'pushed by the CPU' if error and error.has_error else 'a 0 pushed by the stub'})")
        return (f"trap frame at {self.address:#x}: {self.line}",
                why,
                f"  rip     {target.place(value['rip'])}",
                f"  cs      {words.selector(value['cs'])}",
                f"  rflags  {words.flags(value['eflags'])}: interrupts were {'on' if value['eflags'] >> 9 & 1 else 'off'}",
                f"  rsp     {value['rsp']:#x}, ss {words.selector(value['ss'])}",
                *("  " + "  ".join(registers[at:at + 4]) for at in range(0, len(registers), 4)))


def read_frame(address: int) -> Frame:
    return Frame(address, dict(zip(NAMES, read_words(address, len(NAMES)))))


def innermost() -> Optional[Frame]:
    """The frame of the trap or call that is being handled: at rsp where the entry code has called C++."""
    frame = gdb.newest_frame()
    for _ in range(DEEPEST):
        if frame is None or not frame.is_valid():
            return None
        if frame.level() > 0 and holds(frame.pc()):
            return read_frame(int(frame.read_register("rsp")))
        try:
            frame = frame.older()
        except gdb.error:
            return None
    return None


def required() -> Frame:
    """Throws gdb.GdbError when no trap is being handled."""
    frame = innermost()
    if not frame:
        raise gdb.GdbError("no trap is being handled here: the backtrace does not come from the entry code")
    if not frame.plausible:
        seen = ", ".join(f"{name} {frame.values[name]:#x}" for name in ("vector", "cs", "ss"))
        gdb.write(f"warning: what lies at {frame.address:#x} does not look like a trap frame ({seen}): does the entry code "
                  "push what trap_frame.hpp says, in its order?\n")
    return frame


class ShowFrame(Command):
    """Show the frame of the trap that is being handled: why, from where, with which registers.
Usage: strata frame"""

    def run(self, argument: str) -> None:
        for line in required().lines():
            gdb.write(line + "\n")


class StepTrap(Command):
    """Run until the next trap arrives in handle_trap, and show its frame.
Usage: strata step-trap
Use it at an instruction that traps (int3, ud2, a bad access) to step into the handler; `strata finish-trap` returns."""

    def run(self, argument: str) -> None:
        places = target.places_of(HANDLER)
        if not places:
            raise gdb.GdbError("this kernel has no handle_trap")
        if run_to(places[0].body):
            for line in required().lines()[:6]:
                gdb.write(line + "\n")


class FinishTrap(Command):
    """Run until the trap that is being handled has returned to the interrupted code, and compare the registers.
Usage: strata finish-trap"""

    def run(self, argument: str) -> None:
        before = required()
        if not run_to(before.values["rip"], f"$rsp == {before.values['rsp']:#x}"):
            return
        changed = [f"{name} was {before.values[name]:#x} and is {target.register(name):#x}" for name in SAVED
                   if target.register(name) != before.values[name]]
        gdb.write("back in the interrupted code; " +
                  ("CHANGED: " + "; ".join(changed) if changed else "all 15 registers are as the frame says") + "\n")


def install(_: Machine) -> None:
    for name, kind in (("frame", ShowFrame), ("step-trap", StepTrap), ("finish-trap", FinishTrap)):
        kind(name)
