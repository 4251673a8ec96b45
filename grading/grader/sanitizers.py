"""What AddressSanitizer and UndefinedBehaviorSanitizer say on stderr, in words: kind, what happened, file and line.

Their stack frames are bare addresses, because the program may not start a symbolizer; addr2line puts names to them here.
"""
from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import List, Optional

import tree

from .catalog import Exercise

_FRAME = re.compile(r"^ *#\d+ (0x[0-9a-f]+) ", re.MULTILINE)
_ADDRESS = re.compile(r"==\d+==ERROR: AddressSanitizer: (\S+)([^\n]*)\n(.*?)(?:\n\n|\Z)(.*)", re.DOTALL)
_ACCESS = re.compile(r"(READ|WRITE) of size (\d+) at|caused by a (READ|WRITE) memory access")
_PIECE = re.compile(r"located (\d+) bytes (\w+)(?: the (\w+) of)? (?:of )?(\d+)-byte region")
_VARIABLE = re.compile(r"'([^'\n]*)'[^'\n]*<== Memory access")
_UNDEFINED = re.compile(r"^(\S[^\n]*?):(\d+):\d+: runtime error: ([^\n]*)(.*)", re.MULTILINE | re.DOTALL)
_KINDS = [  # in the words of labs/lab1-boot/debug/undefined_behaviour.cpp
    ("signed integer overflow|negation of", "signed integer overflow"), ("shift", "shift out of range"),
    ("division", "division by zero"), ("index .* out of bounds", "index out of bounds"), ("not a valid value", "invalid value"),
    ("misaligned", "misaligned pointer"), ("null pointer", "null pointer"), ("unreachable", "unreachable code was reached"),
    ("end of a value-returning", "a function ended without its result"), ("pointer|offset", "pointer overflow")]
CRASHES = ("SEGV", "BUS", "FPE", "ILL", "stack-overflow")  # kinds that would have ended the kernel, too


@dataclass(frozen=True)
class Place:
    """A frame of the program's stack; `path` from the top of the tree."""

    function: str
    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line} in {self.function}"


@dataclass(frozen=True)
class Finding:
    """`kind` names it as reports do, `text` is for people."""

    kind: str
    text: str


def first_finding(errors: str, program: Path, exercise: Exercise) -> Optional[Finding]:
    """The one that ended the program, if one did."""
    address, undefined = _ADDRESS.search(errors), _UNDEFINED.search(errors)
    if address:
        kind, where, stack, more = address.groups()
        words = _access(where, stack, more)
        return Finding(kind, ", ".join(filter(None, [f"{kind}: {words}" if words else kind, place(stack, program, exercise)])))
    if undefined:
        path, line, message, stack = undefined.groups()
        kind = next((kind for words, kind in _KINDS if re.search(words, message)), "undefined behaviour")
        # Addresses differ from run to run.
        message = re.sub(f"^{kind}: | \\(aka '.*?'\\)|; cast to .*| 0x[0-9a-f]+", "", message)
        return Finding(kind, f"{kind}: {message}, {place(stack, program, exercise) or f'{path}:{line}'}")
    return None


def place(stack: str, program: Path, exercise: Exercise) -> str:
    """The innermost frame in the exercise's file, or else in the tree; empty if none is."""
    places = _places(_FRAME.findall(stack), program)
    own = next((place for place in places if place.path.endswith(exercise.path)), None)
    if own:
        return f"labs/{exercise.path}:{own.line} in {own.function}"
    return f"{places[0]}, which uses what exercise {exercise.number} gave it" if places else ""


def _access(where: str, stack: str, more: str) -> str:
    """What was touched, in words."""
    access, piece, variable = _ACCESS.search(stack), _PIECE.search(more), _VARIABLE.search(more)
    words = ""
    if access:
        words = (access[1] or access[3]).lower() + (f" of {_bytes(access[2])}" if access[2] else "")
    if piece:
        side = {"right": "behind the end", "after": "behind the end", "left": "before the start", "before": "before the start"}.get(
            piece[3] or piece[2], "inside")
        words += f", {'right' if piece[1] == '0' else _bytes(piece[1])} {side} of a {piece[4]}-byte block"
    elif variable:
        words += f" outside of the variable {variable[1]}"
    elif access and "unknown address" in where:
        found = re.search("unknown address 0x([0-9a-f]+)", where)
        low = found and int(found[1], 16) < 1 << 16
        words += f" at address 0x{int(found[1], 16):x}" if low else " where nothing is"
    return words.strip()


def _bytes(count: str) -> str:
    return f"{count} byte" if count == "1" else f"{count} bytes"


def _places(addresses: List[str], program: Path) -> List[Place]:
    """Those of the frames that are in the tree, innermost first."""
    try:
        done = subprocess.run(["addr2line", "--exe", str(program), "--functions", "--demangle", "--inlines", "--addresses",
                               *addresses[:64]], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8",
                              errors="replace", check=False)
    except FileNotFoundError:
        return []
    found = []
    lines = [line for line in done.stdout.splitlines() if not re.fullmatch("0x[0-9a-f]+", line)]
    for function, where in zip(lines[::2], lines[1::2]):
        path, _, line = where.partition(" (")[0].rpartition(":")
        if line.isdigit() and tree.root() in Path(path).parents:
            found.append(Place(_bare(function), tree.relative(Path(path)), int(line)))
    return found


def _bare(function: str) -> str:
    """Its name without namespace and arguments."""
    return re.sub(r"\(anonymous namespace\)::", "", function).replace("strata::", "").split("(")[0].split(" ")[-1]
