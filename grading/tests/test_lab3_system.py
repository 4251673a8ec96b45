"""Lab 3's kernel as a whole: drawn calls, a crowd, and programs that want everything. Each run is the same whatever the host does."""
from __future__ import annotations

import re
from typing import Dict, List

import pytest

from support import ROOT
from test_build import make

import endings
import qemu
import tree

pytestmark = pytest.mark.slow
SHIFT = 2           # an instruction takes 2^SHIFT ns
CPU_SECONDS = 100   # several times what the longest run takes
CALLS = 200_000
FRAMES_KEPT = 32    # by slabs that are not full, and for the tables that kernel stacks need
LATEST_US = 50_000  # that a thread may be late which sleeps most of the time
LIMITS = {"nothing": "Success", "runaway loops": "Success", "console hog": "Success", "handle hog": "TableFull",
          "memory hogs": "OutOfMemory", "fork bomb": "TableFull"}


@pytest.mark.parametrize("cpus", [1, 4])
def test_fuzz(cpus: int) -> None:
    output = make(ROOT, "fuzz", f"CALLS={CALLS}", f"CPUS={cpus}")
    assert "fuzz: good" in output, output


def lines_of(program: str, cpus: int, tag: str) -> List[str]:
    """What it prints behind `tag: `."""
    make(ROOT, "kernel", "STAGE=3", "SOLUTIONS=all", f"CMDLINE=run=bin/{program}")
    image = tree.image(ROOT / "build/stage3/ref", "kernel", f"run=bin/{program}")
    outcome = qemu.run(qemu.Config(image, smp=cpus, icount=SHIFT, cpu_seconds=CPU_SECONDS, wall_seconds=None))
    console = outcome.com1.decode("latin-1")
    assert (outcome.reason, outcome.value) == ("exit", endings.FINISHED), console
    return [line.partition(": ")[2] for line in console.splitlines() if line.startswith(f"{tag}: ")]


def numbers_of(line: str) -> List[int]:
    return [int(number) for number in re.findall(r"-?\d+", line)]


@pytest.mark.parametrize("cpus", [1, 4])
def test_crowd(cpus: int) -> None:
    ten, first, second, alone = map(numbers_of, lines_of("crowd", cpus, "crowd"))
    assert ten[:2] == [10, 10] and first[:2] == second[:2] == [1000, 1000] and alone == [1_000_000, 1_000_000]
    for _, _, calls, frames, missing in (first, second):
        assert calls > 1_000_000 and missing == 0 and frames <= FRAMES_KEPT


def test_costs_do_not_grow() -> None:
    costs: Dict[str, Dict[str, int]] = {}
    for line in lines_of("crowd", 1, "cost"):
        where, _, rest = line.partition(": ")
        costs[where] = {name: int(number) for name, number in re.findall(r"(\w+) (\d+)", rest)}
    for few, many in (("11 processes", "1001 processes"), ("10 handles", "60000 handles")):
        assert len(costs[few]) == 5
        assert {name: cost for name, cost in costs[many].items() if not costs[few][name] * 0.9 < cost < costs[few][name] * 1.1} == {}


@pytest.mark.parametrize("cpus", [1, 4])
def test_limits(cpus: int) -> None:
    seen = {}
    for line in lines_of("limits", cpus, "limits"):
        name, _, rest = line.partition(": ")
        seen[name] = rest.partition(",")[0]
        _, ticks, late, processes, frames, missing = numbers_of(rest)
        assert ticks > 0 and late <= LATEST_US and "another program starts" in rest, line
        assert processes == missing == 0 and frames <= FRAMES_KEPT, line
    assert seen == LIMITS
