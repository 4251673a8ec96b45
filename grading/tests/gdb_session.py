"""Drives GDB as a person would, line by line; and the GDB transcripts of the handout, which the tests run.

A transcript is one or more blocks marked ```gdb-session. `$ make gdb ...` begins a session, which goes on through the
following blocks until the next one. Lines that begin with `(gdb) ` are commands, the lines below them what must come:
`...` stands for anything (alone on a line: for any lines), <addr> for a hexadecimal number. Addresses of the kernel, line
numbers and counts of instructions may differ, since they change with every edit.
"""
from __future__ import annotations

import os
import re
import select
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Optional, Tuple

ROOT = Path(__file__).resolve().parents[2]
PROMPT = "(gdb) "
MARK = "strata-test-mark"
SECONDS = 60  # for one answer
REGISTERS = "rip rsp rax rbx rcx rdx rsi rdi rbp r8 r9 r10 r11 r12 r13 r14 r15 eflags cr2 cr3".split()
ACPI_TIMER = "monitor i /w 0x608"  # guest time
DEFAULT_BUILD = ("env", "-u", "OPT", "-u", "CXX")  # before a command: whatever compiler the tests run with
BLOCK = re.compile(r"^```gdb-session\n(.*?)^```$", re.M | re.S)
VARYING = (
    (re.compile(r"0xffff[0-9a-f]{12}|\b0x1[0-9a-f]{5}\b|\b0x0{8}[0-9a-f]{8}\b"), "<addr>"),
    (re.compile(r"(?<=\.S:)\d+|(?<=pp:)\d+|(?<=line )\d+|(?<=instruction )\d+|(?<=PDBR=)\d+|(?<= \+ )\d+"), "<n>"),
    (re.compile(r"^\d+(?=\t)"), "<n>"),
)


class Gdb:
    """A context manager: a command that ends up in GDB, such as `make gdb`, with pipes for a terminal."""

    def __init__(self, *command: str, cwd: Path = ROOT, environment: Optional[Dict[str, str]] = None) -> None:
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
        self.process = subprocess.Popen(command, cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, env={**clean, **(environment or {})})
        self.start = self.ask("set width 0")

    def __enter__(self) -> Gdb:
        return self

    def __exit__(self, *_: object) -> None:
        """Leaves GDB as a person does."""
        if self.process.poll() is None:
            self._send("quit")
        self.process.stdin.close()
        self.process.wait(SECONDS)
        self.process.stdout.close()

    def ask(self, command: str) -> str:
        """What GDB prints for a command."""
        self._send(f"{command}\necho \\n{MARK}\\n")
        output = b""
        deadline = time.monotonic() + SECONDS
        while f"{MARK}\n".encode() not in output:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, deadline - time.monotonic()))
            data = os.read(self.process.stdout.fileno(), 1 << 16) if ready else b""
            if not data:
                self.process.kill()
                raise AssertionError(f"no answer to {command!r}; so far: {output.decode(errors='replace')}")
            output += data
        text = output.decode("utf-8", "replace").replace(PROMPT, "")
        return text.partition(MARK)[0].strip("\n")

    def number(self, expression: str) -> int:
        """The value of an expression."""
        return int(self.ask(f"output/u (unsigned long)({expression})"))

    def _send(self, line: str) -> None:
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()


def state(gdb: Gdb) -> Dict[str, str]:
    """Registers, guest time and the number of the instruction."""
    found = {name: gdb.ask(f"output/x ${name}") for name in REGISTERS}
    return {**found, "time": gdb.ask(ACPI_TIMER), "where": gdb.ask("strata where")}


def at_int3(gdb: Gdb) -> None:
    """Goes to the first instruction that traps."""
    gdb.ask("strata step-trap")
    gdb.ask("tbreak *(frame.rip - 1)")
    gdb.ask("run")
    gdb.ask("continue")
    assert "int3" in gdb.ask("x/i $rip")


@dataclass
class Exchange:
    """A command of a transcript, and what must come. The first one of a session has the command line."""

    command: str
    line: int  # in the page
    expected: List[str] = field(default_factory=list)


def sessions(page: Path) -> List[List[Exchange]]:
    """All sessions of a page, each beginning with its `$` line."""
    text = page.read_text(encoding="utf-8")
    found: List[List[Exchange]] = []
    for block in BLOCK.finditer(text):
        first = text.count("\n", 0, block.start(1)) + 1
        for number, line in enumerate(block.group(1).splitlines(), first):
            if line.startswith("$ "):
                found.append([Exchange(line[2:], number)])
            elif line.startswith(PROMPT):
                found[-1].append(Exchange(line[len(PROMPT):], number))
            else:
                found[-1][-1].expected.append(line)
    return found


def play(page: Path, session: List[Exchange]) -> List[str]:
    """Runs a session; returns what was not as the page says."""
    wrong = []
    with Gdb(*DEFAULT_BUILD, *session[0].command.split()) as gdb:
        for exchange in session:
            seen = gdb.start if exchange is session[0] else gdb.ask(exchange.command)
            if not matches(exchange.expected, seen):
                wrong.append(f"{page.name}:{exchange.line}: {exchange.command}\n--- the page has\n" +
                             "\n".join(exchange.expected) + f"\n--- GDB says\n{seen}")
    return wrong


def matches(expected: List[str], seen: str) -> bool:
    """Compares a page's lines with an output."""
    lines = [_plain(line) for line in expected]
    pattern = "".join(r"(?:.*\n)*?" if line == "..." else _pattern(line) + "\n" for line in lines)
    return re.fullmatch(pattern, "".join(_plain(line) + "\n" for line in seen.splitlines())) is not None


def _pattern(line: str) -> str:
    return ".*".join(re.escape(part) for part in line.split("...")).replace("<addr>", "(?:<addr>|0x[0-9a-f]+)")


def _plain(line: str) -> str:
    """With what may differ taken out; a page cannot show tabs."""
    for pattern, placeholder in VARYING:
        line = pattern.sub(placeholder, line)
    return " ".join(line.split())


def processes_with(text: str) -> List[Tuple[int, str]]:
    """Processes with `text` in their command line or the name of the folder that they are in."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            line += os.readlink(folder / "cwd")
        except OSError:
            continue
        if text in line:
            found.append((int(folder.name), line))
    return found
