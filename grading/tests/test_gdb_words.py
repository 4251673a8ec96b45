"""What the GDB extension says about bytes and numbers, without GDB."""
from __future__ import annotations

import struct
import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "labs" / "gdb" / "strata")]

import paging  # noqa: E402
import tables  # noqa: E402
import words  # noqa: E402


@pytest.mark.parametrize("vector, error, cr2, text", [
    (0, 0, 0, "#DE divide error"),
    (32, 0, 0, "interrupt 32"),
    (15, 0, 0, "reserved vector 15"),
    (14, 2, 0x1000, "#PF page fault: kernel write to 0x1000, page not present"),
    (14, 5, 0x1000, "#PF page fault: user read from 0x1000, protection violation"),
    (14, 0x19, 0x1000, "#PF page fault: kernel fetch from 0x1000, protection violation, reserved bit set in a table"),
    (13, 0, 0, "#GP general protection: no selector"),
    (13, 0x30, 0, "#GP general protection: selector 0x30 in the GDT"),
    (11, 0x4C, 0, "#NP segment not present: selector 0x48 in the LDT"),
    (13, 0x1B, 0, "#GP general protection: gate of vector 3 in the IDT, while an external event was delivered"),
])
def test_exceptions(vector, error, cr2, text):
    assert words.explain(vector, error, cr2) == text


def test_flags_and_selectors():
    assert words.flags(0x202) == "0x202 (IF)" and words.flags(2) == "0x2 (none set)"
    assert words.flags(0x3002) == "0x3002 (IOPL=3)"
    assert words.selector(0x23) == "0x23 (GDT entry 4, ring 3)" and words.selector(0) == "0x0 (null)"
    assert words.is_canonical(0xFFFF800000000000) and not words.is_canonical(0x800000000000)


def test_descriptors():
    low, high = 0x80008B1270000067, 0xFFFFFFFF
    table = struct.pack("<5Q", 0, 0x00AF9A000000FFFF, 0x00CFF2000000FFFF, low, high)
    entries = list(tables.decode_gdt(table))
    assert [entry.selector for entry in entries] == [0, 8, 16, 24]
    assert entries[1].text == "64-bit code, ring 0, present, readable, base 0x0, limit 0xffffffff"
    assert entries[2].text == "data, ring 3, present, writable, base 0x0, limit 0xffffffff"
    assert entries[3].text == "64-bit TSS, busy (loaded), present, base 0xffffffff80127000, limit 0x67"


def test_gates():
    gate = tables.decode_gate(struct.pack("<HHBBHII", 0x5678, 8, 3, 0xEE, 0x1234, 0xFFFFFFFF, 0))
    assert gate == tables.Gate(0xFFFFFFFF12345678, 8, 3, tables.INTERRUPT_GATE, 3, True)
    assert "NOT PRESENT" in tables.decode_gate(bytes(16)).text()


def test_tss():
    tss = tables.decode_tss(struct.pack("<I3QQ7QQHH", 0, 1, 2, 3, 0, 11, 12, 13, 14, 15, 16, 17, 0, 0, 104))
    assert tss == tables.Tss((1, 2, 3), (11, 12, 13, 14, 15, 16, 17), 104)


def test_walk():
    memory = {0x1000: 0x2003, 0x2000: 0x3007, 0x3008: 0x8000_0000_0060_0083, 0x3010: 0x4001, 0x4018: 0x9003}
    large = paging.walk(lambda at: memory.get(at, 0), 0x1018, 0x200000 + 0x1234)
    assert large.physical == 0x601234 and large.allowed() == "read, write; kernel only"
    assert [step.level for step in large.steps] == [4, 3, 2] and "2 MiB page at 0x600000" in large.steps[-1].text()
    small = paging.walk(lambda at: memory.get(at, 0), 0x1000, 0x400000 + 0x3456)
    assert small.physical == 0x9456 and small.allowed() == "read, execute; kernel only"
    missing = paging.walk(lambda at: memory.get(at, 0), 0x1000, 0x400000)
    assert missing.physical is None and missing.steps[-1].text().endswith("not present")
