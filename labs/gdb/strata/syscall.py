"""System calls: stopping at one, and stepping through one from the program's instruction to the next.

Where a step begins is seen from the place in the code alone, so any other command may be used in between.
"""
from __future__ import annotations

from typing import Dict, Optional, Sequence

import gdb

from . import calls, processes, target, trap, words
from .command import Command
from .machine import Machine, silence
from .unwinder import call_entry

INSTRUCTION = b"\x0f\x05"  # syscall
GENERAL = "rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15".split()
SHOWN = (*GENERAL, "eflags", "cs", "ss", "gs_base")
LOST = ("rcx", "r11")  # by every call
ENTRY, BORDER, EXIT_OF_THREAD = "syscall_entry", "handle_syscall", "strata::finish_thread"


def registers() -> Dict[str, int]:
    return {name: target.register(name) for name in SHOWN}


def in_ring_3() -> bool:
    return target.register("cs") & 3 == 3


def at_call() -> bool:
    """The next instruction is a program's `syscall`."""
    return in_ring_3() and target.memory(target.register("rip"), len(INSTRUCTION)) == INSTRUCTION


def one_instruction() -> None:
    with silence():
        gdb.execute("stepi")


def run_to_one_of(addresses: Sequence[int], condition: str = "") -> Optional[int]:
    """Lets the machine run. Returns where it has arrived; None: something else stopped it before."""
    points = [gdb.Breakpoint(f"*{address:#x}", internal=True) for address in addresses]
    try:
        for point in points:
            point.silent, point.condition = True, condition or None
        gdb.execute("continue")
        here = target.register("rip")
    finally:
        for point in points:
            point.delete()
    return here if here in addresses else None


def same_thread() -> str:
    """A condition."""
    number = gdb.selected_thread().num - 1
    return f"strata::cpus[{number}].current == {int(processes.current().address):#x}"


def entry_of(function: str) -> int:
    """Throws gdb.GdbError."""
    places = target.places_of(function)
    if not places:
        raise gdb.GdbError(f"this kernel has no {function}: system calls come with stage 3")
    return places[0].entry


def frame_of_call() -> trap.Frame:
    """Of the call that the running thread is in."""
    return trap.read_frame(processes.frame_address(processes.current()))


class CallCommand(Command):
    """What the three have in common."""

    def __init__(self, name: str, machine: Machine) -> None:
        super().__init__(name)
        self.machine = machine

    def to_entry(self, wanted: Optional[int]) -> bool:
        """To the entry code's first instruction, in a call of this number (None: any)."""
        condition = "" if wanted is None else f"$rax == {wanted}"
        return run_to_one_of([target.address_of(ENTRY)], condition) is not None

    def back_to_program(self) -> None:
        """From the entry code's first instruction to the program's `syscall`, where there is a way back."""
        if self.machine.recorded:
            self.machine.go_to(self.machine.count() - 1)
        processes.follow_program()

    def show_call(self) -> None:
        now = registers()
        gdb.write(f"{processes.thread_name(processes.current())} calls {calls.describe(now['rax'], now)}\n")


class Syscall(CallCommand):
    """Run until a program makes its next system call, or the next of that name, and stop at its `syscall` instruction.
Usage: strata syscall [NAME]
In a session without a recording it stops one instruction later, at the kernel's entry."""

    def run(self, argument: str) -> None:
        entry_of(BORDER)
        try:
            wanted = calls.number_of(argument) if argument else None
        except KeyError:
            raise gdb.GdbError(f"there is no call {argument}: labs/lab3-syscalls/abi/calls.def has them all") from None
        if at_call():
            one_instruction()  # not the same one again
        if self.to_entry(wanted):
            self.back_to_program()
            self.show_call()
            gdb.execute("frame")


class StepSyscall(CallCommand):
    """Go one step on the way of a system call, and show what that has done to the registers.
Usage: strata step-syscall
The steps: the program's `syscall`; the kernel's entry; handle_syscall; the call's handler; its result; `sysretq` or
`iretq`; the program's next instruction. Anywhere else it goes to the next `syscall` of any program."""

    def __init__(self, name: str, machine: Machine) -> None:
        super().__init__(name, machine)
        self._last: Dict[str, int] = {}  # at the end of the last step
        self._program: Dict[str, int] = {}  # at the program's `syscall`, also rip and the thread

    def run(self, argument: str) -> None:
        border, rip = entry_of(BORDER), target.register("rip")
        self._last = self._last or registers()
        if at_call():
            self._enter()
        elif call_entry.on_way_in(rip):
            self._to_border(border)
        elif rip == border:
            self._to_handler()
        elif rip in call_entry.exits():
            self._leave()
        elif not in_ring_3() and processes.there() and processes.process_of(processes.current()) is not None:
            self._to_result_or_exit()
        elif self.to_entry(None):
            self._to_program()
        self._last = registers()

    def _to_program(self) -> None:
        self.back_to_program()
        self._note_program()
        self.show_call()
        gdb.execute("frame")

    def _note_program(self) -> None:
        self._last = registers()
        self._program = {**self._last, "rip": target.register("rip"), "thread": int(processes.current().address)}

    def _enter(self) -> None:
        self._note_program()
        one_instruction()
        self._say("syscall: the CPU is in ring 0, and rsp and GS base are still the program's")

    def _to_border(self, border: int) -> None:
        self._last = registers()
        if run_to_one_of([border]) is None:
            return
        frame = frame_of_call()
        self._say(f"entry: the frame is complete, at {frame.address:#x} on the thread's kernel stack")
        value = frame.values
        gdb.write(f"  frame: number {value['error']}, rip {value['rip']:#x}, rflags {words.flags(value['eflags'])}, "
                  f"rsp {value['rsp']:#x}, rax {value['rax']:#x}\n")

    def _to_handler(self) -> None:
        number = frame_of_call().values["rax"]
        known = number < int(gdb.parse_and_eval("strata::SyscallTable::size"))
        handler = int(processes.current()["calls"]["handlers"][number]) if known else 0
        if run_to_one_of([handler or entry_of("strata::invalid_call")], same_thread()) is not None:
            self._say(f"dispatch: number {calls.signed(number)} leads to {target.place(target.register('rip'))}")

    def _to_result_or_exit(self) -> None:
        """A handler at its first instruction has its return address at rsp."""
        stack, thread = target.register("rsp"), processes.current()
        back = target.word(stack)
        in_handler = target.start_of(target.register("rip")) == target.register("rip") and \
            target.symbol(back).partition(" +")[0] == BORDER
        if not in_handler:
            self._to_exit()
        elif run_to_one_of([back, entry_of(EXIT_OF_THREAD)], f"$rsp == {stack + 8:#x} || $rip != {back:#x}") == back:
            waits = processes.enumerator(thread["state"]) == "Blocked"
            self._say(f"handler: returns {calls.result(target.register('rax'))}" +
                      (", for now: the thread waits, and who wakes it writes the result" if waits else ""))

    def _to_exit(self) -> None:
        exits = call_entry.exits()
        here = run_to_one_of([*exits, entry_of(EXIT_OF_THREAD)], same_thread())
        if here in exits:
            self._say(f"exit: the program's registers are back, and {exits[here]} is next")
        elif here is not None:
            gdb.write(f"{processes.thread_name(processes.current())} ends here: it does not go back\n")

    def _leave(self) -> None:
        exits, rip = call_entry.exits(), target.register("rip")
        self._last = registers()
        one_instruction()
        processes.follow_program()
        self._say(f"{exits[rip]}: back in the program")
        if self._program.get("thread") != int(processes.current().address):
            return
        if target.register("rip") == self._program["rip"] + len(INSTRUCTION):
            gdb.write(f"what the program sees of it: {after_call(self._program)}\n")
        elif target.register("rip") == self._program["rip"]:
            gdb.write("the call is made once more: what it has waited for may be there now\n")

    def _say(self, what: str) -> None:
        """The step, the place, and what has changed since the last one."""
        gdb.write(what + "\n")
        now = registers()
        changed = [f"{name} {self._last[name]:#x} -> {value:#x}" for name, value in now.items() if self._last[name] != value]
        for at in range(0, len(changed), 3):
            gdb.write("  " + "; ".join(changed[at:at + 3]) + "\n")
        gdb.execute("frame")


def after_call(before: Dict[str, int]) -> str:
    """What a program finds changed behind its `syscall`."""
    now = registers()
    result = f"rax = {calls.result(now['rax'])}"
    wrong = [f"{name} was {before[name]:#x} and is {now[name]:#x}" for name in GENERAL
             if name != "rax" and name not in LOST and now[name] != before[name]]
    return f"{result}; rcx and r11 are lost; " + ("CHANGED: " + "; ".join(wrong) if wrong else "all others are as before")


class SyscallOver(CallCommand):
    """At a program's `syscall`: make the call, however long it takes, and stop behind it.
Usage: strata syscall-over"""

    def run(self, argument: str) -> None:
        if not at_call():
            raise gdb.GdbError("the next instruction is no program's `syscall`: `strata syscall` goes to one")
        before, behind, condition = registers(), target.register("rip") + len(INSTRUCTION), same_thread()
        self.show_call()
        here = run_to_one_of([behind, entry_of(EXIT_OF_THREAD)], condition)
        if here == behind:
            gdb.write(f"{after_call(before)}\n")
            gdb.execute("frame")
        elif here is not None:
            gdb.write(f"{processes.thread_name(processes.current())} ends in this call\n")


def install(machine: Machine) -> None:
    for name, kind in (("syscall", Syscall), ("step-syscall", StepSyscall), ("syscall-over", SyscallOver)):
        kind(name, machine)
