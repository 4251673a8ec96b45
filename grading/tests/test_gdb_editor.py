"""VS Code's configuration, as far as that goes without VS Code: its tasks run, and GDB is driven as its C/C++ extension does."""
from __future__ import annotations

import json
import os
import re
import select
import socket
import subprocess
import time
from typing import Dict

import pytest

from gdb_session import ROOT, SECONDS, processes_with

pytestmark = pytest.mark.slow


def config(name: str) -> Dict:
    """A file of .vscode with its one variable filled in."""
    text = (ROOT / ".vscode" / name).read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{(\w+)", text)) <= {"workspaceFolder", "input"}
    return json.loads(text.replace("${workspaceFolder}", str(ROOT)))


LAUNCH = config("launch.json")["configurations"][0]
TASKS = {task["label"]: task for task in config("tasks.json")["tasks"]}
HANDLER = ROOT / "labs/lab1-boot/cpu/x86/trap.cpp"
PORT = LAUNCH["miDebuggerServerAddress"].rpartition(":")[2]


def line_of(text: str) -> int:
    """Of the only line of HANDLER with this text."""
    number, = [number for number, line in enumerate(HANDLER.read_text().splitlines(), 1) if text in line]
    return number


class Mi:
    """A context manager: GDB with its machine interface."""

    def __enter__(self) -> Mi:
        self._process = subprocess.Popen([LAUNCH["miDebuggerPath"], "--interpreter=mi", "-nx", "-q"], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=LAUNCH["cwd"],
                                         bufsize=0)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(b"-gdb-exit\n", SECONDS)

    def ask(self, command: str, good: bool = True) -> str:
        """What comes for a command, up to its result."""
        if not command.startswith("-"):
            command = f'-interpreter-exec console "{command}"'
        self._process.stdin.write(f"7{command}\n".encode())
        self._process.stdin.flush()
        output = self._read(r"^7\^.*\n")
        assert ("7^error" not in output) == good, output
        return output

    def run(self) -> str:
        """To the next stop; what GDB says of it."""
        return self.ask("-exec-continue") + self._read(r"^\*stopped,reason.*\n")

    def _read(self, until: str) -> str:
        output, deadline = "", time.monotonic() + SECONDS
        while not re.search(until, output, re.M):
            ready, _, _ = select.select([self._process.stdout], [], [], max(0.0, deadline - time.monotonic()))
            line = self._process.stdout.readline() if ready else b""
            assert line, f"no {until} in {output}"
            output += line.decode()
        return output


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def test_the_files_fit_together():
    assert LAUNCH["preLaunchTask"] in TASKS and LAUNCH["postDebugTask"] in TASKS
    assert f"GDB_TCP={PORT}" in TASKS[LAUNCH["preLaunchTask"]]["command"]
    stop, = config("tasks.json")["inputs"]
    assert f"${{input:{stop['id']}}}" in TASKS[LAUNCH["postDebugTask"]]["command"] and stop["args"] == LAUNCH["preLaunchTask"]
    subprocess.run(f"{TASKS['build']['command']} -n", shell=True, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)


def test_debugging_in_an_editor(tmp_path):
    """In the order of the extension: set-up, program, target, and on."""
    port, task = free_port(), TASKS[LAUNCH["preLaunchTask"]]
    ready = re.compile(task["problemMatcher"]["background"]["endsPattern"])
    with subprocess.Popen(task["command"].replace(PORT, port), shell=True, cwd=task["options"]["cwd"], stdout=subprocess.PIPE,
                          text=True, env={**os.environ, "TMPDIR": str(tmp_path)}) as waiting:
        assert any(ready.search(line) for line in waiting.stdout)
        with Mi() as gdb:
            for command in LAUNCH["setupCommands"]:
                gdb.ask(command["text"])
            gdb.ask(f"-file-exec-and-symbols {LAUNCH['program']}")
            gdb.ask(f"-target-select remote localhost:{port}")
            stopped = gdb.run()
            assert 'kernel_main"' in stopped and f'fullname="{ROOT}/labs/lab1-boot/boot/main.cpp"' in stopped
            gdb.ask(f"-break-insert -f {HANDLER}:{line_of('handlers[frame.vector')}")
            stopped = gdb.run()
            assert 'handle_trap"' in stopped and f'fullname="{HANDLER}"' in stopped
            assert "try_breakpoint" in gdb.ask("-stack-list-frames")
            assert "#BP breakpoint" in gdb.ask("-var-create - * frame")
            assert "physical address" in gdb.ask("strata walk handle_trap")
            assert "in a terminal" in gdb.ask("strata back", good=False)
            gdb.ask("kill")
        assert waiting.wait(SECONDS) == 0
    assert not processes_with(str(tmp_path)) and not list(tmp_path.iterdir())
