"""Debian's Linux in the machine that our kernels run on, to compare with (`make bench PEERS=1`).

Its only program is init.cpp, which takes the samples that our benchmarks of the same names take. The kernel is Debian's own package,
as apt downloads it; it is unpacked into build/peers/, nothing is installed, and it is fetched only once.
"""
from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Optional

import endings
import qemu
from grader import protocol

PACKAGE = "linux-image-amd64"   # depends on the newest kernel's
NONCE = "bench"                 # as in init.cpp
CPU_SECONDS = 200
# A frame is zeroed by `rep stosq`, as by our kernel: with ERMS and FSRM it would be `rep stosb`, which counts eight times as much.
COMMAND_LINE = "console=ttyS0 quiet panic=-1 clearcpuid=297,580"


class PeerError(Exception):
    """There is nothing to compare with; the text says why."""


def kernel(folder: Path) -> Path:
    """The newest vmlinuz-* of the folder, which is fetched if there is none."""
    if not list(folder.glob("vmlinuz-*")):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as temporary:
            _fetch(Path(temporary), folder)
    return max(folder.glob("vmlinuz-*"))


def _fetch(temporary: Path, folder: Path) -> None:
    package = re.search(r"Depends: (linux-image-\S+)", _apt("apt-cache", "depends", PACKAGE))
    if not package:
        raise PeerError(f"apt knows no {PACKAGE}: this needs Debian for x86-64, and `apt-get update` first")
    _apt("apt-get", "--quiet", "download", package[1], folder=temporary)
    _apt("dpkg-deb", "--extract", str(next(temporary.glob("*.deb"))), "files", folder=temporary)
    for image in temporary.glob("files/boot/vmlinuz-*"):
        os.replace(image, folder / image.name)


def _apt(*command: str, folder: Optional[Path] = None) -> str:
    if not shutil.which(command[0]):
        raise PeerError(f"Debian's kernel is fetched by {command[0]}, which is not here")
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["it does not say why"])[-1]
        raise PeerError(f"Debian's kernel cannot be fetched, `{' '.join(command)}` fails: {why}\n"
                        "It takes the network, once, and perhaps `apt-get update` before.")
    return done.stdout


def make_init(folder: Path) -> Path:
    program = folder / "init"
    folder.mkdir(parents=True, exist_ok=True)
    compiler = os.environ.get("CXX", "g++").split()
    command = [*compiler, "-std=c++2b", "-O2", "-static", "-Wall", "-Wextra", str(Path(__file__).with_name("init.cpp")), "-o",
               str(program)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise PeerError(f"Linux's init does not compile:\n{done.stdout}")
    return program


def archive(program: bytes) -> bytes:
    """An initramfs of this one program (Linux: Documentation/driver-api/early-userspace/buffer-format.rst, "newc")."""
    return b"".join(_entry(*it) for it in (("dev", 0o040755, b""), ("init", 0o100755, program), ("TRAILER!!!", 0, b"")))


def _entry(name: str, mode: int, data: bytes) -> bytes:
    fields = (0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
    head = ("070701" + "".join(f"{field:08x}" for field in fields) + name).encode() + b"\0"
    return _to_words(head) + _to_words(data)


def _to_words(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)


def measure(folder: Path, memory_mib: int, icount: int) -> protocol.Report:
    """What init reports. Raises PeerError."""
    initramfs = folder / "initramfs"
    image = kernel(folder)
    initramfs.write_bytes(archive(make_init(folder).read_bytes()))
    boot = ["-kernel", str(image), "-initrd", str(initramfs), "-append", COMMAND_LINE]
    outcome = qemu.run(qemu.Config(Path(os.devnull), memory_mib, icount=icount, cpu_seconds=CPU_SECONDS,
                                   wall_seconds=3 * CPU_SECONDS, extra=boot))
    report = protocol.parse(outcome.com2, NONCE)
    if not report.complete:
        raise PeerError(f"Linux did not come to its end: {endings.in_words(outcome, image)}")
    check_turns(report)
    return report


def check_turns(report: protocol.Report) -> None:
    """A yield that nobody else uses would be measured as something else."""
    seen = dict(report.tests["yield_round_trip"].seen)
    samples = sum(key.startswith("sample.") for key in seen)
    if seen["turns.0"] != samples:
        raise PeerError(f"Linux: in {samples} yields the other process ran {seen['turns.0']} times")
