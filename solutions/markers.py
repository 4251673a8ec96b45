"""The marks that turn a solution into a skeleton.

    //@ solution         lines up to the next mark stand in the solution only
    //@ skeleton         (optional) lines up to the end, commented out with `// `, become the skeleton's code
    //@ end

Marks stand on lines of their own; assembly (.S) has `#` in place of `//`. A solution file compiles as it is.
A line that only looks like a mark is an error: a slip here would give a solution away.
"""
from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

_MARK = re.compile(r"\s*(//|#)@\s*(\w+)\s*")
_NEARLY = re.compile(r"(//|#)\s*@\s*(solution|skeleton|end)\b")


class MarkerError(Exception):
    """A solution that cannot be turned into a skeleton; the text begins with file:line."""


class Parts(NamedTuple):
    """What a solution file splits into."""

    skeleton: str
    solution: list[str]  # the lines of its solution blocks, as they stand


def split(text: str, name: str) -> Parts:
    """Split the text of a solution; `name` is its path, for messages and for its language. Raises MarkerError."""
    comment = "#" if name.endswith(".S") else "//"
    kept: list[str] = []
    solution: list[str] = []
    state, opened, block_start, blocks = "given", 0, 0, 0
    for number, line in enumerate(text.splitlines(), 1):
        where = f"{name}:{number}"
        mark = _mark(line, comment, where)
        if mark:
            state = _next_state(state, mark, where, f"{name}:{opened}")
            if mark == "solution":
                opened, block_start, blocks = number, len(kept), blocks + 1
        elif state == "solution":
            solution.append(line)
        elif state == "skeleton":
            kept.append(_uncomment(line, comment, where))
        elif line.strip() or not _joins_blank_lines(kept, blocks, block_start):
            kept.append(line)
    if state != "given":
        raise MarkerError(f"{name}:{opened}: this block has no `{comment}@ end`")
    if not blocks:
        raise MarkerError(f"{name}:1: no `{comment}@ solution` block: students would get the whole file")
    return Parts("\n".join(kept) + "\n", solution)


def split_file(path: Path, name: str) -> Parts:
    """split() of a file."""
    try:
        return split(path.read_bytes().decode("utf-8"), name)
    except UnicodeDecodeError:
        raise MarkerError(f"{name}:1: not UTF-8 text") from None


def _mark(line: str, comment: str, where: str) -> str:
    """The mark that this line is, or "" if it is none."""
    match = _MARK.fullmatch(line)
    if not match:
        if _NEARLY.search(line):
            raise MarkerError(f"{where}: a mark stands alone on its line and is written `{comment}@ solution`")
        return ""
    if match.group(1) != comment:
        raise MarkerError(f"{where}: in this language a mark begins with `{comment}@`")
    if match.group(2) not in ("solution", "skeleton", "end"):
        raise MarkerError(f"{where}: unknown mark {match.group(2)!r}; there are solution, skeleton and end")
    return match.group(2)


def _next_state(state: str, mark: str, where: str, opened: str) -> str:
    if mark == "solution":
        if state != "given":
            raise MarkerError(f"{where}: a block inside the block of {opened}; end that one first")
        return "solution"
    if state == "given":
        raise MarkerError(f"{where}: `{mark}` outside a block; one begins with `solution`")
    if mark == "skeleton" and state == "skeleton":
        raise MarkerError(f"{where}: a second `skeleton` in the block of {opened}")
    return "skeleton" if mark == "skeleton" else "given"


def _uncomment(line: str, comment: str, where: str) -> str:
    """A skeleton line without its comment mark, indentation kept."""
    if not line.strip():
        return ""
    match = re.fullmatch(rf"(\s*){comment}(?: (.*))?", line)
    if not match:
        raise MarkerError(f"{where}: a skeleton line is commented out with `{comment} ` in the solution")
    return match.group(1) + match.group(2) if match.group(2) else ""


def _joins_blank_lines(kept: list[str], blocks: int, block_start: int) -> bool:
    """True right after a block that left nothing, where a blank line would follow a blank line."""
    return blocks > 0 and len(kept) == block_start and (not kept or not kept[-1].strip())
