"""`strata why`: the last fault in words, with the reasons that can be seen in the tables.

After a triple fault nothing of it is left in the CPU; QEMU's log has the chain of exceptions (`-d int`).
"""
from __future__ import annotations

import re
from typing import Iterator, List, NamedTuple, Optional

import gdb

from . import paging, tables, target, trap, words
from .command import Command
from .machine import Machine

PAGE = 4096
DOUBLE_FAULT, NO_EXCEPTION = 8, 0xFFFFFFFF
EXECUTE_64 = 1 << 53  # L, in a code segment's descriptor
# QEMU tells by `check_exception old:` that an exception came during the delivery of another one, but only if that one is a
# page fault or contributory (SDM vol. 3A, table 6-4).
RECORD = re.compile(r"^ *\d+: v=(?P<vector>\w+) e=(?P<error>\w+) i=\d cpl=\d IP=\w+:(?P<rip>\w+) "
                    r"|^check_exception old: (?P<old>\w+) ", re.M)
REMEMBERED = (0, 10, 11, 12, 13, 14)


class Fault(NamedTuple):
    """One exception or interrupt as QEMU logged it."""

    vector: int
    error: int
    rip: int
    nested: bool  # surely: QEMU says so


def chain(log: str) -> List[Fault]:
    """The last exception and those that led to it, the first one first. Empty if none was logged."""
    found: List[Fault] = []
    nested = False
    for match in RECORD.finditer(log):
        if match["old"]:
            nested = int(match["old"], 16) != NO_EXCEPTION
        else:
            found.append(Fault(int(match["vector"], 16), int(match["error"], 16), int(match["rip"], 16), nested))
            nested = False
    first = len(found) - 1
    while first > 0 and found[first].nested:
        first -= 1
    if first > 0 and found[first - 1].rip == found[first].rip and found[first - 1].vector not in REMEMBERED:
        first -= 1
    return found[first:] if found else []


def obstacles(vector: int) -> Iterator[str]:
    """Why the CPU cannot deliver this vector, as far as the tables tell."""
    table = target.tables()
    idt = table["IDT"]
    if tables.GATE_SIZE * (vector + 1) > idt.size:
        yield f"the IDT's limit is {idt.limit:#x}: it has no gate for vector {vector}"
        return
    address = idt.base + tables.GATE_SIZE * vector
    if not physical(address):
        yield f"the gate of vector {vector} at {address:#x} is not mapped"
        return
    gate = tables.decode_gate(target.memory(address, tables.GATE_SIZE))
    if not gate.present:
        yield f"the gate of vector {vector} in the IDT is not present"
    elif gate.kind not in (tables.INTERRUPT_GATE, tables.TRAP_GATE):
        yield f"the gate of vector {vector} has kind {gate.kind:#x}, which is neither interrupt nor trap gate"
    else:
        yield from gate_obstacles(gate, table["GDT"], table["TR"])


def gate_obstacles(gate: tables.Gate, gdt: target.Table, task: target.Table) -> Iterator[str]:
    """Behind a gate: code segment, handler, stack."""
    selector = gate.selector & ~7
    if selector == 0 or selector + 7 > gdt.limit:
        yield f"the gate's selector {gate.selector:#x} is null or behind the GDT's limit {gdt.limit:#x}"
    elif not target.word(gdt.base + selector) & EXECUTE_64:
        yield f"the gate's selector {gate.selector:#x} is no 64-bit code segment"
    if not physical(gate.handler):
        yield f"the gate's handler {gate.handler:#x} is not mapped"
    stack = target.register("rsp")
    if gate.ist:
        if task.selector == 0:
            yield f"the gate wants the stack IST {gate.ist}, but no TSS is loaded"
            return
        stack = tables.decode_tss(target.memory(task.base, tables.TSS_SIZE)).ist[gate.ist - 1]
    if not words.is_canonical(stack) or not physical(stack - 8):
        name = f"IST {gate.ist}" if gate.ist else "rsp"
        yield f"the stack for the trap ({name} = {target.place(stack)}) is not mapped"


def physical(address: int) -> Optional[int]:
    """Through the page tables; None: not mapped."""
    if not words.is_canonical(address):
        return None
    return paging.walk(target.physical_word, target.register("cr3"), address).physical


def about_address(cr2: int) -> Iterator[str]:
    """What is special about the address of a page fault."""
    name = target.symbol(cr2)
    if cr2 < PAGE:
        yield f"{cr2:#x} lies in page 0: a null pointer" + (f" and an offset of {cr2}" if cr2 else "")
    elif name:
        guard = "the guard page below the boot stack: the stack has overflowed" if "guard" in name else ""
        yield f"{cr2:#x} is {name}" + (f", {guard}" if guard else "")
    done = paging.walk(target.physical_word, target.register("cr3"), cr2)
    last = done.steps[-1]
    if done.physical is None:
        yield f"not mapped: {paging.NAMES[last.level]} entry {last.index} is not present"
    else:
        yield f"mapped to {done.physical:#x} now; allowed there: {done.allowed()}"


def about_instruction(rip: int) -> Iterator[str]:
    """The instruction, and its registers that hold no canonical address."""
    if not words.is_canonical(rip) or not physical(rip):
        yield f"there is no code at {rip:#x}: a call or return through a wrong pointer led there"
        return
    shown = gdb.execute(f"x/i {rip:#x}", to_string=True).rstrip().rpartition(":\t")[2]
    yield f"instruction: {shown}"
    if shown.startswith("ud2"):
        yield "ud2 stands where the compiler expects that nobody ever comes"


def about(vector: int, error: int, rip: int) -> Iterator[str]:
    """Everything that is known of one exception."""
    cr2 = target.register("cr2")
    yield words.explain(vector, error, cr2)
    yield f"at {target.place(rip)}"
    if vector < words.FIRST_INTERRUPT:
        yield from about_instruction(rip)
    if vector == DOUBLE_FAULT:
        yield f"an exception could not be delivered; if it was a page fault, its address is in cr2: {cr2:#x}"
    if vector in (words.PAGE_FAULT, DOUBLE_FAULT):
        yield from about_address(cr2)


class Why(Command):
    """Explain the last fault: which exception, what its error code says, where, and what the tables have to do with it.
Usage: strata why
Works in a handler, after a panic, and after a triple fault."""

    def __init__(self, name: str, machine: Machine) -> None:
        super().__init__(name)
        self._machine = machine

    def run(self, argument: str) -> None:
        if self._machine.is_shut_down():
            self._shut_down()
            return
        frame = trap.innermost()
        if frame:
            frame = trap.required()
            for line in about(frame.values["vector"], frame.values["error"], frame.values["rip"]):
                gdb.write(f"  {line}\n")
            return
        panic = [line for line in self._machine.console_lines() if line.startswith("*** PANIC")]
        if panic and self._machine.ended:
            gdb.write(f"{panic[-1]}\nNo fault of the CPU: the kernel's own code has given up. `bt` shows the way there.\n")
        else:
            gdb.write("nothing has gone wrong here: no trap is being handled, and the machine has not ended badly\n")

    def _shut_down(self) -> None:
        log = self._machine.log()
        faults = chain(log)
        if "Triple fault" not in log or not faults:
            gdb.write((self._machine.session.end if self._machine.recorded else self._machine.why_ended()) + "\n")
            return
        gdb.write("triple fault: an exception came while a double fault was being delivered, and the CPU gave up\n")
        for number, fault in enumerate(faults):
            lines = list(about(fault.vector, fault.error, fault.rip)) if number == 0 else \
                [f"while that was being delivered: {words.explain(fault.vector, fault.error, target.register('cr2'))}"]
            for index, line in enumerate(lines):
                gdb.write(f"  {number + 1 if index == 0 else ' '}  {line}\n")
            for line in obstacles(fault.vector):
                gdb.write(f"     {line}\n")


class MustRun(gdb.Command):
    """Not for people: stands before GDB's commands that let the machine run; `strata-must-run changed` before those that
    take it from its course."""

    def __init__(self, machine: Machine) -> None:
        super().__init__("strata-must-run", gdb.COMMAND_OBSCURE)
        self._machine = machine

    def invoke(self, argument: str, from_tty: bool) -> None:
        if argument and self._machine.recorded:
            raise gdb.GdbError("a recorded run cannot be changed; `make gdb LIVE=1` is for that")
        self._machine.must_run()


def install(machine: Machine) -> None:
    Why("why", machine)
    MustRun(machine)
