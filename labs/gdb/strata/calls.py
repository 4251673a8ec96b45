"""System calls in words: numbers, parameters and results. Pure; knows nothing of GDB.

All from the X-macro files that kernel and programs are made of: abi/calls.def of lab 3, lib/errors.def of lab 1.
"""
from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Dict, List, NamedTuple, Sequence

LABS = Path(__file__).resolve().parents[2]
ARGUMENTS = ("rdi", "rsi", "rdx", "r10", "r8", "r9")
LOWEST_ERROR = -4095
SMALL = 1 << 16  # numbers below are shown in decimal


class Call(NamedTuple):
    name: str
    parameters: Sequence[str]  # "UserPtr<const char> from"; none of a call that a later lab brings


@lru_cache(maxsize=None)
def calls() -> Dict[int, Call]:
    """By number."""
    text = (LABS / "lab3-syscalls" / "abi" / "calls.def").read_text(encoding="utf-8")
    found = re.findall(r"^(?:CALL|RESERVED)\((\d+), (\w+)(?:, \(([^)]*)\))?", text, re.M)
    return {int(number): Call(name, [" ".join(part.split()) for part in parameters.split(",") if part.strip()])
            for number, name, parameters in found}


@lru_cache(maxsize=None)
def errors() -> Dict[int, str]:
    """By number, all but Success negative."""
    text = (LABS / "lab1-boot" / "lib" / "errors.def").read_text(encoding="utf-8")
    return {int(number): name for name, number in re.findall(r"^ERROR\((\w+), (-?\d+),", text, re.M)}


def signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value


def name(number: int) -> str:
    """`write`, or `no call 1000`."""
    return calls()[number].name if number in calls() else f"no call {signed(number)}"


def number_of(call: str) -> int:
    """Throws KeyError."""
    return {known.name: number for number, known in calls().items()}[call]


def describe(number: int, registers: Dict[str, int]) -> str:
    """`write(handle 2, from 0x7fffffffe000, size 36)`."""
    if number not in calls():
        return name(number)
    shown: List[str] = []
    for parameter, register in zip(calls()[number].parameters, ARGUMENTS):
        kind, _, label = parameter.rpartition(" ")
        value = registers[register]
        if kind.startswith("u") and "32" in kind:
            value &= 0xFFFFFFFF
        decimal = -SMALL < signed(value) < SMALL and not kind.startswith("UserPtr")
        shown.append(f"{label} {signed(value) if decimal else hex(value)}")
    return f"{name(number)}({', '.join(shown)})"


def result(rax: int) -> str:
    """`36 (0x24)`, `-3 (InvalidHandle)`."""
    value = signed(rax)
    if LOWEST_ERROR <= value < 0:
        return f"{value} ({errors().get(value, 'no error that we know')})"
    return f"{value} ({value:#x})" if value >= 10 else str(value)
