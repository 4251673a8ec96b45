"""Commands that show what the CPU sees: page tables, descriptor tables, code; and what the kernel has printed."""
from __future__ import annotations

import subprocess
import tempfile
from typing import List

import gdb
import tree

from . import paging, tables, target, words
from .command import Command, count_argument
from .machine import Machine

PAE = 1 << 5  # CR4.PAE
CONSOLE_LINES = 20
LONGEST_INSTRUCTION = 15
MACHINES = {"CS16": "i8086", "CS32": "i386", "CS64": "i386:x86-64"}


class Walk(Command):
    """Translate an address as the CPU does: from CR3 through the page tables, every entry in words.
Usage: strata walk ADDRESS
ADDRESS is a number, a function, a variable, any expression."""

    def run(self, argument: str) -> None:
        if not argument:
            raise gdb.GdbError("say which address: `strata walk 0xb8000`, `strata walk handle_trap`, `strata walk $rsp`")
        address = target.number(argument)
        cr3, cr4 = target.register("cr3"), target.register("cr4")
        if not words.is_canonical(address):
            raise gdb.GdbError(f"{address:#x} is not canonical: bits 63 to 47 differ, so every access is a #GP")
        if not target.is_paging_on():
            prepared = cr3 and cr4 & PAE
            then = "; with it on it will be:" if prepared else ""
            gdb.write(f"paging is off: {address:#x} is the physical address{then}\n")
            if not prepared:
                return
        gdb.write(f"{target.place(address)}, from cr3 = {cr3:#x}\n")
        done = paging.walk(target.physical_word, cr3, address)
        for step in done.steps:
            gdb.write(f"  {step.text()}\n")
        if done.physical is None:
            gdb.write(f"not mapped: an access is a page fault with cr2 = {address:#x}\n")
        else:
            gdb.write(f"physical address {done.physical:#x}; {done.allowed()}\n")


class ShowGdt(Command):
    """Show the global descriptor table that GDTR points at.
Usage: strata gdt"""

    def run(self, argument: str) -> None:
        gdt = target.tables()["GDT"]
        gdb.write(f"GDT at {target.place(gdt.base)}, limit {gdt.limit:#x}\n")
        if gdt.base == 0:
            raise gdb.GdbError("no table was loaded yet")
        used = {name: target.register(name) for name in ("cs", "ss", "ds", "es", "fs", "gs")}
        used["tr"] = target.tables()["TR"].selector
        for entry in tables.decode_gdt(target.memory(gdt.base, gdt.size)):
            users = " ".join(name for name, value in used.items() if value & ~7 == entry.selector and entry.selector)
            gdb.write(f"  {entry.selector:#04x}  {entry.value:016x}  {entry.text}{'   <- ' + users if users else ''}\n")


class ShowTss(Command):
    """Show the task state segment that TR points at: where the CPU finds stacks.
Usage: strata tss"""

    def run(self, argument: str) -> None:
        task = target.tables()["TR"]
        if task.selector == 0:
            raise gdb.GdbError("no TSS was loaded yet (TR = 0): a trap that needs another stack would be a triple fault")
        tss = tables.decode_tss(target.memory(task.base, tables.TSS_SIZE))
        gdb.write(f"TSS at {target.place(task.base)}, limit {task.limit:#x}, loaded by selector {task.selector:#x}\n")
        for name, stacks in (("rsp", tss.rsp), ("ist", tss.ist)):
            for number, stack in enumerate(stacks, 0 if name == "rsp" else 1):
                gdb.write(f"  {name}{number}  " + (f"stack ends at {target.place(stack)}" if stack else "0: none") + "\n")
        behind = "behind the limit: no I/O permission map" if tss.io_map_base > task.limit else "inside: an I/O map"
        gdb.write(f"  I/O map at {tss.io_map_base:#x}, {behind}\n")


class ShowIdt(Command):
    """Show the interrupt descriptor table that IDTR points at, or one vector's gate.
Usage: strata idt [VECTOR]
Vectors whose gates differ only in the address, by the size of a stub, are shown together."""

    def run(self, argument: str) -> None:
        idt = target.tables()["IDT"]
        gdb.write(f"IDT at {target.place(idt.base)}, limit {idt.limit:#x}: {idt.size // tables.GATE_SIZE} gates\n")
        if idt.limit == 0 or not target.is_paging_on():
            raise gdb.GdbError("no 64-bit table was loaded yet: any trap is a triple fault")
        gates = tables.decode_idt(target.memory(idt.base, idt.size))
        if argument:
            number = count_argument(argument, 0)
            if number >= len(gates):
                raise gdb.GdbError(f"there are only vectors 0 to {len(gates) - 1}")
            gdb.write(f"  {number:3} {words.vector(number)}: {target.place(gates[number].handler)}\n"
                      f"      {gates[number].text()}\n")
            return
        for first, last in self._runs(gates):
            name = words.vector(first) if first == last else f"{words.vector(first)} to {words.vector(last)}"
            gdb.write(f"  {first:3}{f'-{last}' if last > first else '':<4} {name}: {target.symbol(gates[first].handler)}"
                      f"{' and on' if last > first else ''}\n           {gates[first].text()}\n")

    @staticmethod
    def _runs(gates: List[tables.Gate]) -> List[tuple]:
        """(first, last) vectors that are alike."""
        runs: List[tuple] = []
        for number, gate in enumerate(gates):
            before = gates[number - 1] if number else None
            if before and gate[1:] == before[1:] and gate.handler - before.handler in (0, 16):
                runs[-1] = (runs[-1][0], number)
            else:
                runs.append((number, number))
        return runs


class Code(Command):
    """Disassemble what comes next, in the mode that the CPU is in.
Usage: strata code [COUNT]
GDB's own x/i takes all code for 64-bit code, and so is wrong before the far jump."""

    def run(self, argument: str) -> None:
        count, address = count_argument(argument, 8), target.register("rip")
        mode = next((name for name in MACHINES if name in target.monitor("info registers")), "CS64")
        with tempfile.NamedTemporaryFile() as file:
            file.write(target.memory(address, count * LONGEST_INSTRUCTION))
            file.flush()
            done = subprocess.run([tree.tool("objdump"), "-D", "-b", "binary", "-m", MACHINES[mode],
                                   f"--adjust-vma={address:#x}", file.name], stdout=subprocess.PIPE, text=True, check=False)
        lines = [line for line in done.stdout.splitlines() if "\t" in line]
        gdb.write(f"{mode[2:]}-bit code:\n" + "\n".join(lines[:count]) + "\n")


class Console(Command):
    """Show what the kernel has printed: the last 20 lines, or N.
Usage: strata console [N]"""

    def __init__(self, name: str, machine: Machine) -> None:
        super().__init__(name)
        self._machine = machine

    def run(self, argument: str) -> None:
        lines = self._machine.console_lines()
        if not lines:
            gdb.write("the kernel has printed nothing yet (an editor shows its console where QEMU was started)\n")
        for line in lines[-count_argument(argument, CONSOLE_LINES):]:
            gdb.write(f"| {line}\n")


def install(machine: Machine) -> None:
    for name, kind in (("walk", Walk), ("gdt", ShowGdt), ("idt", ShowIdt), ("tss", ShowTss), ("code", Code)):
        kind(name)
    Console("console", machine)
