"""`make gdb` in a terminal: what Ctrl-c stops, and that nothing is left when one leaves, closes the window, or is ended."""
from __future__ import annotations

import os
import pty
import select
import signal
import time
from pathlib import Path
from typing import Iterator

import pytest

from gdb_session import PROMPT, ROOT, SECONDS, processes_with
from gdb_variants import overlay

pytestmark = pytest.mark.slow


class Terminal:
    """`make` in a session of its own, as a shell in a window would start it."""

    def __init__(self, *arguments: str, temporary: Path) -> None:
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            os.execvpe("make", ["make", *arguments], {**os.environ, "TERM": "dumb", "TMPDIR": str(temporary)})
        self.output = ""
        self.temporary = temporary

    def wait_for(self, text: str) -> None:
        """Until it is printed; forgets what came before its end."""
        deadline = time.monotonic() + SECONDS
        while text not in self.output:
            ready, _, _ = select.select([self.file], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, f"no {text!r} in {self.output}"
            self.output += os.read(self.file, 1 << 16).decode(errors="replace")
        self.output = self.output.partition(text)[2]

    def type(self, keys: str) -> None:
        os.write(self.file, keys.encode())

    def ends(self) -> bool:
        """Within SECONDS; takes what it still prints."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                return True
            if select.select([self.file], [], [], 0.05)[0]:
                try:
                    os.read(self.file, 1 << 16)
                except OSError:  # its other end is closed
                    time.sleep(0.05)
        return False


@pytest.fixture
def hanging(tmp_path) -> Iterator[Terminal]:
    """A kernel that hangs in its test, stopped at that test's beginning."""
    folder = tmp_path / "t"
    folder.mkdir()
    terminal = Terminal("gdb", "LIVE=1", "TEST=format_limits", f"SUBMISSION={overlay('hang')}", temporary=folder)
    terminal.wait_for(PROMPT)
    assert processes_with(str(folder)) and list(folder.iterdir())
    yield terminal
    deadline = time.monotonic() + SECONDS
    while processes_with(str(folder)) or list(folder.iterdir()):
        assert time.monotonic() < deadline, (processes_with(str(folder)), list(folder.iterdir()))
        time.sleep(0.05)


def test_ctrl_c_stops_the_kernel(hanging):
    hanging.type("continue\n")
    deadline = time.monotonic() + SECONDS  # the test reports before it hangs
    while not any(b" seen text" in report.read_bytes() for report in hanging.temporary.rglob("com2")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    hanging.type("\3")
    hanging.wait_for("SIGINT")
    hanging.wait_for(PROMPT)
    hanging.type("quit\n")
    assert hanging.ends()


def test_closing_the_window_ends_all(hanging):
    hanging.type("continue\n")
    hanging.wait_for("Continuing.")
    os.close(hanging.file)
    os.waitpid(hanging.pid, 0)


def test_ending_make_ends_all(hanging):
    os.kill(hanging.pid, signal.SIGTERM)
    assert hanging.ends()
