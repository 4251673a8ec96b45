"""Looks at a guest that stands still, from outside: registers, tables, page tables walked from CR3. The guest is not asked.

Intel SDM vol. 3A, 4.5 (four-level paging).
"""
from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, Dict, Iterator, List, Set

if TYPE_CHECKING:
    import qemu

PRESENT, WRITE, USER, LARGE, NO_EXECUTE = 1 << 0, 1 << 1, 1 << 2, 1 << 7, 1 << 63
ADDRESS = 0x000FFFFFFFFFF000
MOST_TABLES = 1024  # that are looked at: wrong ones may lead in circles, or everywhere


@dataclass(frozen=True)
class Mapping:
    """One leaf entry of the page tables. `path` holds the entries from the root to the leaf."""

    va: int
    pa: int
    size: int
    path: tuple

    @property
    def rights(self) -> str:
        """`rw-`: what all levels together allow the kernel."""
        write = all(entry & WRITE for entry in self.path)
        execute = not any(entry & NO_EXECUTE for entry in self.path)
        return f"r{'w' if write else '-'}{'x' if execute else '-'}"

    @property
    def user(self) -> bool:
        """Could ring 3 use it?"""
        return all(entry & USER for entry in self.path)


@dataclass(frozen=True)
class Snapshot:
    """The first CPU at one moment. The bytes are what GDTR, IDTR and TR point at."""

    registers: Dict[str, int]
    gdt: bytes
    idt: bytes
    tss: bytes
    mappings: List[Mapping]

    @property
    def tables(self) -> Set[int]:
        """Physical addresses of all page tables that lead to a mapping."""
        return {self.registers["cr3"] & ADDRESS} | {entry & ADDRESS for one in self.mappings for entry in one.path[:-1]}


def parse_registers(text: str) -> List[Dict[str, int]]:
    """The monitor's `info registers -a`, one dictionary a CPU: rip, rsp, rax ... r15, eflags, cpl, cs ... gs, tr, cr0, cr2,
    cr3, cr4, efer; gdt, idt and tr with _base and _limit; `halted` and `interrupts` (the flag IF) are 0 or 1. 32-bit code
    has the same names, rip not eip."""
    cpus = []
    for part in re.split(r"^CPU#\d+\s*$", text, flags=re.MULTILINE)[1:]:
        pairs = re.findall(r"\b([ER][A-Z]{2}|R\d+|CR\d|CPL|HLT|EFER|[C-GS]S|TR) *= *([0-9a-fA-F]+)", part)
        cpu = {re.sub("^e(..)$", r"r\1", name.lower()): int(value, 16) for name, value in pairs}
        cpu["eflags"], cpu["halted"] = cpu.pop("rfl"), cpu.pop("hlt")
        cpu["interrupts"] = cpu["eflags"] >> 9 & 1
        tables = re.findall(r"^(GDT|IDT|TR) *=(?: *[0-9a-f]{4}(?= ))? *([0-9a-f]+) ([0-9a-f]+)", part, re.MULTILINE)
        for name, base, limit in tables:
            cpu[f"{name.lower()}_base"], cpu[f"{name.lower()}_limit"] = int(base, 16), int(limit, 16)
        cpus.append(cpu)
    return cpus


def snapshot(machine: qemu.Machine) -> Snapshot:
    """Raises qemu.QemuError."""
    registers = machine.registers()[0]
    mappings = walk(lambda table: read_physical(machine, table, 4096), registers["cr3"])
    tables = [read_virtual(machine, mappings, registers[f"{name}_base"], registers[f"{name}_limit"] + 1)
              for name in ("gdt", "idt", "tr")]
    return Snapshot(registers, *tables, mappings)


def walk(read_table: Callable[[int], bytes], cr3: int) -> List[Mapping]:
    """All mappings in the order of their addresses; `read_table` gives the 4096 bytes at a physical address."""
    return list(_Walk(read_table).leaves(cr3 & ADDRESS, 4, 0, ()))


def read_physical(machine: qemu.Machine, address: int, size: int) -> bytes:
    """Guest memory as it is, past all caches and tables."""
    path = machine.folder / "memory"
    machine.qmp.command("pmemsave", val=address, size=size, filename=str(path))
    return path.read_bytes()


def translate(mappings: List[Mapping], va: int) -> int:
    """The physical address, or -1."""
    return next((mapping.pa + va - mapping.va for mapping in mappings if 0 <= va - mapping.va < mapping.size), -1)


def read_virtual(machine: qemu.Machine, mappings: List[Mapping], va: int, size: int) -> bytes:
    """Memory as the CPU sees it; what is not mapped is left out at the end."""
    data = b""
    while len(data) < size:
        pa = translate(mappings, va + len(data))
        if pa < 0:
            break
        data += read_physical(machine, pa, min(size - len(data), 0x1000 - pa % 0x1000))
    return data


class _Walk:
    """A walk through page tables, which ends early behind MOST_TABLES of them."""

    def __init__(self, read_table: Callable[[int], bytes]) -> None:
        self._read_table = read_table
        self._left = MOST_TABLES
        self._known: Dict[int, tuple] = {}  # entries of each table that was read

    def leaves(self, table: int, level: int, start: int, path: tuple) -> Iterator[Mapping]:
        """Those below the table at physical address `table`; `start` is the first address that it maps."""
        if self._left == 0:
            return
        self._left -= 1
        size = 1 << (12 + 9 * (level - 1))
        if table not in self._known:
            self._known[table] = struct.unpack("<512Q", self._read_table(table))
        for index, entry in enumerate(self._known[table]):
            if not entry & PRESENT:
                continue
            va = start + index * size
            if level == 4 and index >= 256:
                va |= 0xFFFF << 48
            if level == 1 or (level < 4 and entry & LARGE):
                yield Mapping(va, entry & ADDRESS & ~(size - 1), size, path + (entry,))
            else:
                yield from self.leaves(entry & ADDRESS, level - 1, va, path + (entry,))
