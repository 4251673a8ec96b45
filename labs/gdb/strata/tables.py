"""Descriptor tables in words: GDT, IDT gates, TSS. Pure: bytes in, text out.   (Intel SDM vol. 3A, 3.4.5, 6.14.1, 7.7)"""
from __future__ import annotations

import struct
from typing import Iterator, List, NamedTuple, Tuple

GATE_SIZE = 16
INTERRUPT_GATE, TRAP_GATE = 0xE, 0xF
TSS_AVAILABLE, TSS_BUSY = 0x9, 0xB
TSS_SIZE = 104


class Descriptor(NamedTuple):
    selector: int  # of ring 0
    value: int
    text: str


class Gate(NamedTuple):
    handler: int
    selector: int
    ist: int
    kind: int
    ring: int
    present: bool

    def text(self) -> str:
        kinds = {INTERRUPT_GATE: "interrupt gate", TRAP_GATE: "trap gate"}
        stack = f"stack IST {self.ist}" if self.ist else "stack as it is, or rsp0"
        kind = kinds.get(self.kind, f"kind {self.kind:#x} is no gate")
        return (f"{'present' if self.present else 'NOT PRESENT'}, {kind}, "
                f"selector {self.selector:#x}, {stack}, `int` from ring {self.ring} and below")


class Tss(NamedTuple):
    rsp: Tuple[int, ...]  # for rings 0 to 2
    ist: Tuple[int, ...]  # ist[0] is IST 1
    io_map_base: int


def _words(*words: Tuple[bool, str]) -> str:
    return ", ".join(word for there, word in words if there)


def _segment(value: int) -> str:
    """A code or data descriptor."""
    kind, ring = value >> 40 & 15, value >> 45 & 3
    present, code, size32, long_mode = value >> 47 & 1, kind >> 3, value >> 54 & 1, value >> 53 & 1
    width = "64-bit" if long_mode and not size32 else "64-bit and 32-bit: NOT ALLOWED" if long_mode else \
        "32-bit" if size32 else "16-bit"
    base = (value >> 16 & 0xFFFFFF) | (value >> 56) << 24
    limit = (value & 0xFFFF) | (value >> 48 & 15) << 16
    if value >> 55 & 1:
        limit = limit << 12 | 0xFFF
    ability = "readable" if code else "writable"
    return f"{width if code else ''}{' ' if code else ''}{'code' if code else 'data'}, ring {ring}, " + _words(
        (True, "present" if present else "NOT PRESENT"), (True, ability if kind & 2 else f"not {ability}"),
        (True, f"base {base:#x}, limit {limit:#x}"), (bool(kind & 1), "accessed"))


def _system(value: int, upper: int) -> str:
    """A descriptor of two entries."""
    kind = value >> 40 & 15
    base = (value >> 16 & 0xFFFFFF) | (value >> 56 & 0xFF) << 24 | (upper & 0xFFFFFFFF) << 32
    limit = (value & 0xFFFF) | (value >> 48 & 15) << 16
    names = {TSS_AVAILABLE: "64-bit TSS, available", TSS_BUSY: "64-bit TSS, busy (loaded)", 2: "LDT"}
    present = "present" if value >> 47 & 1 else "NOT PRESENT"
    return f"{names.get(kind, f'system segment of kind {kind:#x}')}, {present}, base {base:#x}, limit {limit:#x}"


def decode_gdt(table: bytes) -> Iterator[Descriptor]:
    """All entries; the upper half of a system descriptor is part of it."""
    entries = struct.unpack_from(f"<{len(table) // 8}Q", table)
    number = 0
    while number < len(entries):
        value, selector = entries[number], number * 8
        number += 1
        if value == 0:
            yield Descriptor(selector, value, "null")
        elif value >> 44 & 1:
            yield Descriptor(selector, value, _segment(value))
        else:
            upper = entries[number] if number < len(entries) else 0
            yield Descriptor(selector, value, _system(value, upper))
            number += 1


def decode_gate(gate: bytes) -> Gate:
    low, selector, ist, kind, middle, high, _ = struct.unpack("<HHBBHII", gate)
    return Gate(low | middle << 16 | high << 32, selector, ist & 7, kind & 31, kind >> 5 & 3, bool(kind >> 7))


def decode_idt(table: bytes) -> List[Gate]:
    return [decode_gate(table[at:at + GATE_SIZE]) for at in range(0, len(table) - GATE_SIZE + 1, GATE_SIZE)]


def decode_tss(tss: bytes) -> Tss:
    numbers = struct.unpack("<IQQQQ7QQHH", tss[:TSS_SIZE])
    return Tss(numbers[1:4], numbers[5:12], numbers[14])
