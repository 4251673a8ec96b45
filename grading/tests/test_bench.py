"""`make bench` of the reference: the same file each time, within the limits of labs 2 and 3. And any amount of memory boots."""
from __future__ import annotations

import json
import re
from typing import Any, Dict, List

import pytest

from support import ROOT
from test_build import make

import endings
import qemu

pytestmark = pytest.mark.slow
CHOICE = ("STAGE=2", "SOLUTIONS=all", "CXX=g++", "OPT=-O2")  # the limits are those of this compiler's code
LINUX_FIRST_TOUCH = 2255
LIMITS_OF_CALLS = {"syscall_getpid": 80, "yield_round_trip": 400, "fork_exit_wait": 30_000, "user_page_fault": 600}


@pytest.fixture(scope="module")
def files() -> List[bytes]:
    """What two runs write."""
    written = []
    for _ in range(2):
        make(ROOT, "bench", *CHOICE)
        written.append((ROOT / "build" / "bench.json").read_bytes())
    return written


@pytest.fixture(scope="module")
def rows(files: List[bytes]) -> Dict[str, Dict[str, Any]]:
    return {row["name"]: row for row in json.loads(files[0])["benchmarks"]}


def test_two_runs_write_the_same(files: List[bytes]) -> None:
    assert files[0] == files[1]


def test_every_benchmark_has_its_row(rows: Dict[str, Dict[str, Any]]) -> None:
    assert set(rows) == {
        "page_fault_first_touch", "cow_break", "map_unmap_4k", "map_1g_by_4k", "map_1g_by_2m", "map_1g_by_1g",
        "frame_alloc_free", "region_lookup_10", "region_lookup_10000", "boot_256m", "boot_16g"}
    for row in rows.values():
        assert set(row) == {"name", "instructions", "min", "max", "runs", "note"}
        assert 0 < row["min"] <= row["instructions"] <= row["max"] and row["runs"] > 0
    assert f"{LINUX_FIRST_TOUCH:,}" in rows["page_fault_first_touch"]["note"]


def test_limits(rows: Dict[str, Dict[str, Any]]) -> None:
    count = {name: row["instructions"] for name, row in rows.items()}
    assert count["page_fault_first_touch"] <= 400
    assert count["region_lookup_10000"] <= 3 * count["region_lookup_10"]
    assert count["boot_16g"] < 1.2 * count["boot_256m"]
    assert count["map_1g_by_1g"] < count["map_1g_by_2m"] < count["map_1g_by_4k"]


def test_limits_of_calls() -> None:
    make(ROOT, "bench", "STAGE=3", *CHOICE[1:])
    rows = json.loads((ROOT / "build" / "bench.json").read_bytes())["benchmarks"]
    count = {row["name"]: row["instructions"] for row in rows}
    assert {name: count[name] for name, limit in LIMITS_OF_CALLS.items() if count[name] > limit} == {}
    assert count["syscall_getpid"] < count["syscall_getpid_int80"] < count["yield_round_trip"]


@pytest.mark.parametrize("memory_mib", [64, 256, 4096, 16384])
def test_any_amount_of_memory_boots(memory_mib: int) -> None:
    make(ROOT, "kernel", *CHOICE)
    outcome = qemu.run(qemu.Config(ROOT / "build/stage2/ref/kernel.iso", memory_mib))
    console = outcome.com1.decode("latin-1")
    assert (outcome.reason, outcome.value) == ("exit", endings.FINISHED), console
    assert "not available" not in console
    mib = int(re.search(r"^\[FRAMES\] .*, (\d+) MiB", console, re.MULTILINE).group(1))
    assert memory_mib * 0.99 - 8 < mib < memory_mib     # less the kernel's image, 16 bytes a frame, and the firmware's
