"""What `make bench PEERS=1` compares with, but for the boot of Linux, whose kernel comes from the network."""
from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import List

import pytest

from support import ROOT

from grader import protocol

sys.path[:0] = [str(ROOT / "grading" / "bench")]
from peers import linux  # noqa: E402

# As a boot has written it, but for most of the samples.
RECORDED = """\
bench 0 entered
bench 1 test syscall_getpid
bench 2 seen empty.0 0xc
bench 3 seen sample.0 0x4d8
bench 4 seen sample.1 0x4d8
bench 5 done syscall_getpid
bench 6 test yield_round_trip
bench 7 seen empty.0 0xc
bench 8 seen sample.0 0x4578
bench 9 seen sample.1 0x4898
bench 10 seen turns.0 0x2
bench 11 done yield_round_trip
bench 12 test user_page_fault
bench 13 seen empty.0 0xc
bench 14 seen sample.0 0x2b94
bench 15 seen part.0 0x81c
bench 16 done user_page_fault
bench 17 end 17
"""


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    """grading/bench/run."""
    loader = importlib.machinery.SourceFileLoader("bench_run", str(ROOT / "grading/bench/run"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("bench_run", loader))
    sys.modules["bench_run"] = module
    loader.exec_module(module)
    return module


def rows(**ours: int) -> List[dict]:
    return [{"name": name, "instructions": count} for name, count in ours.items()]


def recorded(text: str = RECORDED) -> protocol.Report:
    return protocol.parse(text.replace("\n", "\r\n").encode(), linux.NONCE)


def test_table_has_what_both_have_measured(bench: ModuleType) -> None:
    ours = rows(syscall_getpid=78, syscall_getpid_int80=114, yield_round_trip=479, user_page_fault=450, fork_exit_wait=16000)
    lines = bench.comparison(ours, recorded(), "Linux-6.1").splitlines()
    assert [line.split() for line in lines] == [
        ["Strata", "Linux-6.1", "ratio"], ["syscall_getpid", "78", "307", "3.9"],
        ["yield_round_trip", "479", "4,443", "9.3"], ["user_page_fault", "450", "2,270", "5.0"]]
    assert len(set(map(len, lines))) == 1


def test_nothing_in_common_is_no_table(bench: ModuleType) -> None:
    with pytest.raises(bench.BenchError, match="lab 3"):
        bench.comparison(rows(map_unmap_4k=1899), recorded(), "Linux-6.1")


def test_yields_to_nobody_are_no_round_trips() -> None:
    assert recorded().complete
    linux.check_turns(recorded())
    with pytest.raises(linux.PeerError, match="in 2 yields the other process ran 1 times"):
        linux.check_turns(recorded(RECORDED.replace("turns.0 0x2", "turns.0 0x1")))


def test_init_compiles_and_says_all_that_is_compared(bench: ModuleType, tmp_path: Path) -> None:
    program = linux.make_init(tmp_path).read_bytes()
    assert program[:4] == b"\x7fELF" and b"/ld-linux" not in program, "there is nothing else in its file system"
    names = {it.name for it in bench.BENCHMARKS if f"{it.name}\0".encode() in program}
    assert names == {"syscall_getpid", "yield_round_trip", "fork_exit_wait", "user_page_fault"}


def test_init_that_does_not_compile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "g++ -Dmain=")
    with pytest.raises(linux.PeerError, match="init does not compile:\n.*init.cpp"):
        linux.make_init(tmp_path)


def test_archive_of_one_program() -> None:
    data, files = linux.archive(b"12345"), {}
    while data:
        assert data[:6] == b"070701"
        mode, size, name_size = (int(data[at:at + 8], 16) for at in (14, 54, 94))
        name = data[110:110 + name_size - 1].decode()
        start = -(-(110 + name_size) // 4) * 4
        files[name] = (mode, data[start:start + size])
        data = data[-(-(start + size) // 4) * 4:]
    assert files == {"dev": (0o040755, b""), "init": (0o100755, b"12345"), "TRAILER!!!": (0, b"")}


def script(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def test_kernel_is_fetched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tools, peers = tmp_path / "tools", tmp_path / "peers"
    tools.mkdir()
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}/usr/bin:/bin")
    script(tools, "apt-cache", 'echo "  Depends: linux-image-6.1.0-9-amd64"')
    script(tools, "apt-get", "[ $3 = linux-image-6.1.0-9-amd64 ] && echo x > it.deb")
    script(tools, "dpkg-deb", "mkdir -p $3/boot && cp $2 $3/boot/vmlinuz-6.1.0-9-amd64")
    assert linux.kernel(peers).read_text() == "x\n"
    script(tools, "apt-get", "exit 1")
    assert [linux.kernel(peers)] == list(peers.iterdir())


@pytest.mark.parametrize("tool, text, words", [
    ("apt-get", "echo 'E: Could not connect' >&2; exit 100", "apt-get --quiet download .* fails: E: Could not connect\nIt takes the network"),
    ("apt-get", "exit 100", "it does not say why"), ("apt-cache", "echo nothing", "apt knows no linux-image-amd64")])
def test_kernel_that_cannot_be_had(tool: str, text: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin:/bin")
    script(tmp_path, "apt-cache", 'echo "  Depends: linux-image-6.1.0-9-amd64"')
    script(tmp_path, tool, text)
    with pytest.raises(linux.PeerError, match=words):
        linux.kernel(tmp_path / "peers")


def test_no_apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(linux.PeerError, match="apt-cache, which is not here"):
        linux.kernel(tmp_path / "peers")
