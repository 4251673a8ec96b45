"""Starting a session: the recording, then GDB in the foreground or QEMU waiting for an editor's GDB.

Invariant: nothing outlives its parent. GDB ends with us, QEMU with GDB (or with us), also when we are killed.
"""
from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import List, Optional, Tuple

import endings
import qemu
import tree
from grader import boots
from grader.catalog import Catalog, Test, read_catalog
from session import VARIABLE, Session, record

INIT = Path(__file__).resolve().parent / "init.py"
DEBUGGERS = ("x86_64-elf-gdb", "gdb-multiarch", "gdb")


def say(text: str) -> None:
    print(f"strata: {text}", file=sys.stderr, flush=True)


def split_arguments(arguments: List[str]) -> Tuple[List[str], List[str]]:
    """Before and behind `--`."""
    at = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:at], arguments[at + 1:]


def find_gdb() -> str:
    """$GDB, or the first that is installed. Throws tree.TreeError."""
    wanted = os.environ.get("GDB")
    for name in (wanted,) if wanted else DEBUGGERS:
        if shutil.which(name):
            has_python = subprocess.run([name, "-nx", "-batch", "-ex", "python print(6 * 7)"], stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, check=False).stdout
            if has_python.strip() == b"42":
                return name
            raise tree.TreeError(f"{name} was built without Python, which the strata commands need: set GDB to another one")
    raise tree.TreeError(f"GDB={wanted}: there is no such program" if wanted else
                         f"there is no GDB here (looked for {', '.join(DEBUGGERS)}): `make doctor` says how to install one")


def find_test(name: str) -> Tuple[Catalog, Test]:
    """By "format_hex" or "lab1.format_hex". Throws tree.TreeError, which lists the known ones."""
    labs = [read_catalog(lab) for lab in tree.labs()]
    for lab in labs:
        for test in lab.tests.values():
            if name in (test.id, test.id.split(".", 1)[1]):
                return lab, test
    known = [test.split(".", 1)[1] for lab in labs for test in lab.tests]
    raise tree.TreeError(f"no test is called {name}; there are: {', '.join(known)}")


def add_test(session: Session, lab: Catalog, test: Test, seed: int) -> None:
    """Lets only this test run, in the machine that the grader gives it."""
    session.test, session.title = test.id, f"test {test.id} with seed {seed}"
    session.memory_mib = boots.memory_of(lab, seed)
    session.fw_cfg = {"nonce": "0" * 16, "seed": str(seed), "tests": test.id}


def run(session: Session, port: Optional[int], live: bool, flags: List[str]) -> int:
    """The whole session; with `port` for an editor. Returns an exit status. Throws QemuError, tree.TreeError."""
    debugger = find_gdb() if port is None else ""
    with tempfile.TemporaryDirectory(prefix="strata-") as folder:
        if live:
            say(f"{session.title}, in real time and not recorded")
        else:
            _record(session, Path(folder))
        return _run_gdb(session, [debugger, *flags]) if port is None else _wait_for_editor(session, port)


def _record(session: Session, folder: Path) -> None:
    """Runs the kernel once, and says how that ended."""
    session.recording = str(folder / "recording")
    try:
        outcome = record(session)
    except qemu.QemuError as error:
        raise qemu.QemuError(f"the run could not be recorded ({error}); LIVE=1 does without") from error
    session.reason, session.end = outcome.reason, endings.in_words(outcome, Path(session.elf))
    for line in _missing(outcome.com2):
        say(line)
    say(f"{session.title} was run and recorded: {session.end}")


def _missing(report: bytes) -> List[str]:
    """The exercises that the kernel has missed."""
    lines = [line.split(" ", 3) for line in report.decode("latin-1").splitlines()]
    texts = [line[3].split(" ", 1) for line in lines if len(line) == 4 and line[2] == "missing"]
    return list(dict.fromkeys(f"exercise {text[0]} is not written yet ({text[-1]})" for text in texts))


def _run_gdb(session: Session, debugger: List[str]) -> int:
    """In a foreground process group of its own: Ctrl-c goes to GDB, and not to us or make."""
    command = [debugger[0], "-nx", "-q", "-x", str(INIT), *debugger[1:]]
    parent, ours = os.getpid(), os.tcgetpgrp(0) if os.isatty(0) else 0

    def prepare() -> None:
        if qemu.PRCTL:
            qemu.PRCTL(qemu.PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        if ours:
            os.setpgid(0, 0)
            _take_terminal(os.getpid())

    try:
        return subprocess.run(command, env={**os.environ, VARIABLE: session.to_json()}, check=False,
                              preexec_fn=prepare).returncode
    finally:
        if ours:
            _take_terminal(ours)


def _take_terminal(group: int) -> None:
    """Makes `group` the terminal's foreground, although we may be in the background."""
    before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    os.tcsetpgrp(0, group)
    signal.signal(signal.SIGTTOU, before)


def _wait_for_editor(session: Session, port: int) -> int:
    """QEMU for a GDB that comes over TCP, its console here; build/gdb.elf is its kernel. Ends with QEMU."""
    _link(tree.root() / "build" / "gdb.elf", Path(session.elf))
    with qemu.Machine(session.config()) as machine:
        answer = machine.qmp.human(f"gdbserver tcp:127.0.0.1:{port}")
        if "on device" in answer and "Could not" in answer:
            raise qemu.QemuError(f"port {port} cannot be used: {machine.errors() or answer.strip()}")
        print(f"[QEMU] waiting for GDB on localhost:{port}", flush=True)
        shown = 0
        while not machine.qmp.closed:
            machine.qmp.wait(qemu.POLL_SECONDS)
            fresh = machine.output("com1")[shown:]
            shown += len(fresh)
            print(fresh.decode("ascii", "replace").replace("\r", ""), end="", flush=True)
    return 0


def _link(link: Path, target: Path) -> None:
    """So that an editor's configuration need not know what is debugged."""
    link.parent.mkdir(exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(target)
