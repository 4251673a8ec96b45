"""The QEMU runner: it ends with its parent, leaves nothing behind, and keeps to its word about sockets and limits."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from test_build import make

TOP = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "labs" / "make")]

import qemu  # noqa: E402

HOLDER = """
import signal, sys, time
sys.path[:0] = [sys.argv[1]]
import qemu
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs, and what they start, ignore it
with qemu.Machine(qemu.Config(Path(sys.argv[2]))) as machine:
    print(machine.process.pid, machine.folder, flush=True)
    time.sleep(60)
"""


@pytest.fixture(scope="module")
def image() -> Path:
    make(TOP, "kernel", "SOLUTIONS=all", "STAGE=1")
    return TOP / "build/stage1/ref/kernel.iso"


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("with_signal", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_qemu_ends_with_its_parent(image, with_signal):
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(TOP / "labs/make"), str(image)], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True) as parent:
        pid, folder = parent.stdout.readline().split()
        assert alive(int(pid))
        os.kill(parent.pid, with_signal)
        parent.wait(10)
    deadline = time.monotonic() + 10
    while alive(int(pid)):
        assert time.monotonic() < deadline, "QEMU outlived its parent"
        time.sleep(0.05)
    if with_signal == signal.SIGINT:
        assert not Path(folder).exists()


def test_a_run_leaves_nothing_behind_and_knows_its_end(image):
    outcome = qemu.run(qemu.Config(image))
    assert (outcome.reason, outcome.value) == ("exit", 0x10)
    assert outcome.com1.startswith(b"[STRATA] stage 1") and outcome.com2.split() == [b"-", b"0", b"entered"]
    with qemu.Machine(qemu.Config(image)) as machine:
        folder = machine.folder
        assert (folder / "gdb").is_socket() and folder.stat().st_mode & 0o77 == 0
    assert not folder.exists()


def test_explicit_tcg_and_private_sockets(image):
    with qemu.Machine(qemu.Config(image)) as machine:
        line = Path(f"/proc/{machine.process.pid}/cmdline").read_bytes().split(b"\0")
        assert line[line.index(b"-accel") + 1].startswith(b"tcg")
        assert not any(b"tcp" in word for word in line)


def test_missing_qemu_is_said_in_words(image):
    outcome = qemu.run(qemu.Config(image, qemu="/nowhere/qemu"))
    assert outcome.reason == "failed" and "make doctor" in outcome.detail


def test_run_shows_the_boot_log_and_says_how_to_leave():
    done = subprocess.run(["make", "run"], cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 0
    assert "MiB usable" in done.stdout and "Ctrl-" in done.stderr and "finished" in done.stderr
    tables = next(line for line in done.stdout.splitlines() if line.startswith("[ACPI]"))
    assert {"FACP", "APIC", "HPET"} <= set(tables.split())  # what QEMU's q35 has


def test_run_with_a_fault_on_request():
    """A panic in words with the way there: what exercises 1.8 and 1.9 show."""
    done = subprocess.run(["make", "run", "FAULT=1"], cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          stdin=subprocess.DEVNULL, check=False)
    assert done.returncode != 0 and "the kernel panicked" in done.stderr
    said = done.stdout.partition("*** PANIC: ")[2]
    assert said.startswith("#PF page fault: kernel write to 0000000000000008, page not present")
    names = [line.split(" ", 5)[-1].split("(")[0] for line in said.splitlines() if line.startswith("    ffffffff")]
    assert names[0] == "strata::set_second" and names[-3:] == ["strata::fault_if_requested", "kernel_main", "start_high"]


def test_run_of_the_skeleton_names_what_is_missing():
    done = subprocess.run(["make", "run", "SOLUTIONS=none", "STAGE=1"], cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, stdin=subprocess.DEVNULL, check=False)
    assert "exercise 1.1 is not written yet (Uart16550::init)" in done.stderr
