"""labs/make/tools: what is missing is named with its remedy, or installed; a complete machine is left alone."""
from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
TOOLS = TOP / "labs/make/tools"


def run(command: str, path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([str(TOOLS), command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          stdin=subprocess.DEVNULL, check=False, env={"PATH": str(path), "HOME": os.environ["HOME"]})


@pytest.fixture
def sparse_path(tmp_path) -> Path:
    """All programs of this machine but QEMU, with an apt-get that only notes what it is asked for."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for place in ("/usr/sbin", "/usr/bin", "/sbin", "/bin"):
        for program in Path(place).iterdir():
            link = folder / program.name
            if not link.is_symlink() and not program.name.startswith(("qemu-", "apt", "sudo")):
                link.symlink_to(program)
    apt = folder / "apt-get"
    apt.write_text(f"#!/bin/sh\necho \"$@\" >> '{tmp_path}/apt.log'\n")
    apt.chmod(0o755)
    return folder


def test_a_complete_machine_is_left_alone():
    done = run("need", os.environ["PATH"], "run")
    assert (done.returncode, done.stdout) == (0, "")


def test_doctor_is_content_here():
    done = run("doctor", os.environ["PATH"])
    assert done.returncode == 0 and "MISSING" not in done.stdout


def test_doctor_names_what_is_missing_and_the_remedy(sparse_path):
    done = run("doctor", sparse_path)
    line = next(line for line in done.stdout.splitlines() if line.startswith("MISSING"))
    assert done.returncode == 1 and "qemu" in line and "apt" in done.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may install")
def test_need_installs_what_is_missing(sparse_path, tmp_path):
    done = run("need", sparse_path, "run")
    assert "qemu-system-x86" in (tmp_path / "apt.log").read_text()
    assert done.returncode != 0, "the stub installed nothing, and that must be noticed"


def test_need_elsewhere_points_at_the_doctor(sparse_path):
    (sparse_path / "apt-get").unlink()
    done = run("need", sparse_path, "run")
    assert done.returncode == 1 and "qemu" in done.stdout and "doctor" in done.stdout
