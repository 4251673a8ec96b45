"""Numbers of the architecture in words: exceptions, error codes, flags. Pure; knows nothing of GDB.

Intel SDM vol. 3A: table 6-1 (exceptions, from labs/lab1-boot/cpu/vectors.def), 6.13 and 4.7 (error codes), 2.3 (flags).
"""
from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Dict, List, NamedTuple

PAGE_FAULT, FIRST_INTERRUPT = 14, 32
SELECTOR_ERRORS = (10, 11, 12, 13)  # #TS #NP #SS #GP: the error code names a selector
VECTORS = Path(__file__).resolve().parents[2] / "lab1-boot" / "cpu" / "vectors.def"
FLAGS = {0: "CF", 2: "PF", 4: "AF", 6: "ZF", 7: "SF", 8: "TF", 9: "IF", 10: "DF", 11: "OF", 14: "NT", 16: "RF", 17: "VM",
         18: "AC", 19: "VIF", 20: "VIP", 21: "ID"}


class ExceptionName(NamedTuple):
    mnemonic: str
    name: str
    has_error: bool


@lru_cache(maxsize=None)
def exceptions() -> Dict[int, ExceptionName]:
    """By vector."""
    found = re.findall(r'^VECTOR\((\d+), "([^"]+)", "([^"]+)", (true|false)\)', VECTORS.read_text(encoding="utf-8"), re.M)
    return {int(number): ExceptionName(mnemonic, name, error == "true") for number, mnemonic, name, error in found}


def vector(number: int) -> str:
    """`#PF page fault`, or `interrupt 32`."""
    known = exceptions().get(number)
    if known:
        return f"{known.mnemonic} {known.name}"
    return f"interrupt {number}" if number >= FIRST_INTERRUPT else f"reserved vector {number}"


def page_fault(error: int, cr2: int) -> str:
    """`kernel write to 0x1000, page not present`."""
    who = "user" if error & 4 else "kernel"
    what = "fetch from" if error & 16 else "write to" if error & 2 else "read from"
    why = "protection violation" if error & 1 else "page not present"
    return f"{who} {what} {cr2:#x}, {why}{', reserved bit set in a table' if error & 8 else ''}"


def selector_error(error: int) -> str:
    """`selector 0x30 in the GDT`; for a page fault's or another vector's code see explain()."""
    if error == 0:
        return "no selector"
    table = "IDT" if error & 2 else "LDT" if error & 4 else "GDT"
    entry = f"selector {error & 0xfff8:#x}"
    if error & 2:  # QEMU 7.2 counts 16 bytes a gate where the manual says 8
        entry = f"gate of vector {error >> 3}" + (f" (or, as QEMU has it, {error >> 4})" if error >> 3 & 1 == 0 else "")
    return f"{entry} in the {table}{', while an external event was delivered' if error & 1 else ''}"


def explain(number: int, error: int, cr2: int) -> str:
    """An exception or interrupt in one line."""
    text = vector(number)
    if number == PAGE_FAULT:
        return f"{text}: {page_fault(error, cr2)}"
    if number in SELECTOR_ERRORS:
        return f"{text}: {selector_error(error)}"
    return text


def flags(value: int) -> str:
    """`0x202 (IF)`: the flags that are set."""
    names: List[str] = [name for bit, name in FLAGS.items() if value >> bit & 1]
    level = value >> 12 & 3
    if level:
        names.append(f"IOPL={level}")
    return f"{value:#x} ({' '.join(names) or 'none set'})"


def selector(value: int) -> str:
    """`0x8 (GDT entry 1, ring 0)`."""
    if value & ~3 == 0:
        return f"{value:#x} (null)"
    return f"{value:#x} ({'LDT' if value & 4 else 'GDT'} entry {value >> 3}, ring {value & 3})"


def is_canonical(address: int) -> bool:
    """With four levels of page tables: bits 63 to 47 are equal."""
    return address >> 47 in (0, 0x1FFFF)
