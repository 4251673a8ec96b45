"""Starting a session: the recording, then GDB in the foreground or QEMU waiting for an editor's GDB.

Invariant: nothing outlives its parent. GDB ends with us, QEMU with GDB (or with us), also when we are killed.
"""
from __future__ import annotations

import argparse
import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Callable, List

import endings
import qemu
import tree
from grader.building import BuildError
from grader.catalog import CatalogError
from session import VARIABLE, Session, record

INIT = Path(__file__).resolve().parent / "init.py"
HANGUP_SECONDS = 0.5  # between looks at the terminal
DEBUGGERS = ("x86_64-elf-gdb", "gdb-multiarch", "gdb")


def say(text: str) -> None:
    print(f"strata: {text}", file=sys.stderr, flush=True)


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


def main(parser: argparse.ArgumentParser, function: Callable[[argparse.Namespace], int]) -> int:
    """Calls function(options) and says what goes wrong. Adds the options that run() knows. Returns an exit status."""
    parser.epilog = "What stands behind -- goes to GDB."
    parser.add_argument("--tcp", type=int, metavar="PORT", help="start no GDB, wait for one on this port")
    parser.add_argument("--live", action="store_true", help="no recording: no way back, but all can be changed")
    at = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    options = parser.parse_args(sys.argv[1:at])
    options.flags = sys.argv[at + 1:]
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))  # not without tidying up
    if qemu.PRCTL:
        qemu.PRCTL(qemu.PR_SET_PDEATHSIG, signal.SIGTERM)
    try:
        return function(options)
    except (tree.TreeError, CatalogError, BuildError, qemu.QemuError, OSError, ValueError) as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130


def run(session: Session, options: argparse.Namespace) -> int:
    """The whole session; with options.tcp for an editor. Returns an exit status. Throws QemuError, tree.TreeError."""
    debugger = find_gdb() if options.tcp is None else ""
    with tempfile.TemporaryDirectory(prefix="strata-") as folder:
        _keep(session, Path(folder))
        if options.live or session.cpus > 1:
            say(f"{session.title}, in real time and not recorded" if session.cpus == 1 else
                f"{session.title}, on {session.cpus} CPUs: QEMU cannot record that, so there is no way back")
        else:
            _record(session, Path(folder))
        if options.tcp is not None:
            return _wait_for_editor(session, options.tcp)
        return _run_gdb(session, [debugger, *options.flags], folder)


def _keep(session: Session, folder: Path) -> None:
    """Takes copies of the kernel's files: going back needs them as they are now, whatever is built meanwhile."""
    for name in ("iso", "elf"):
        setattr(session, name, shutil.copyfile(getattr(session, name), str(folder / f"kernel.{name}")))
    if os.path.isdir(session.programs):
        session.programs = shutil.copytree(session.programs, str(folder / "programs"))


def _record(session: Session, folder: Path) -> None:
    """Runs the kernel once, and says how that ended."""
    session.recording = str(folder / "recording")
    try:
        outcome = record(session)
    except qemu.QemuSilent:
        session.recording, session.goal = "", {"kind": "entry"}
        say(f"{session.title} cannot be recorded: it seems to take one exception after the other, and to complete no instruction "
            "in between, as when a gate does not lead to its stub. So this is real time, without a way back: `continue`, Ctrl-c")
        return
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


def _run_gdb(session: Session, debugger: List[str], folder: str) -> int:
    """In a foreground process group of its own: Ctrl-c goes to GDB, and not to us or make. What it leaves in `folder` when
    it is killed goes with that."""
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
        with subprocess.Popen(command, env={**os.environ, "TMPDIR": folder, VARIABLE: session.to_json()},
                              preexec_fn=prepare) as process:
            return _wait(process, bool(ours))
    finally:
        if ours:
            _take_terminal(ours)


def _wait(process: subprocess.Popen, has_terminal: bool) -> int:
    """GDB's exit status. If its window is closed while the kernel runs, GDB goes on waiting, and no signal comes here."""
    terminal = select.poll()
    if has_terminal:
        terminal.register(0, 0)  # hang-ups are always told
    try:
        while not terminal.poll(0):
            with contextlib.suppress(subprocess.TimeoutExpired):
                return process.wait(HANGUP_SECONDS)
        return 1
    finally:
        process.kill()


def _take_terminal(group: int) -> None:
    """Makes `group` the terminal's foreground, although we may be in the background."""
    before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    os.tcsetpgrp(0, group)
    signal.signal(signal.SIGTTOU, before)


def _wait_for_editor(session: Session, port: int) -> int:
    """QEMU for a GDB that comes over TCP, its console here. Ends with QEMU. An editor's configuration need not know what is
    debugged: the kernel is build/gdb.elf."""
    tree.write_file(tree.root() / "build" / "gdb.elf", Path(session.elf).read_bytes())
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
