"""Kernels that misbehave: each scores 0, is named rightly, and is done with in seconds."""
from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Callable, Dict, Iterator

import pytest

from support import SECONDS, try_kernel

from grader.boots import CRASH, FAIL, HANG
from grader.building import Kernel
from grader.catalog import Catalog

ROGUES = [
    # name, verdict of every test, words of the explanation
    ("no_header", CRASH, ["GRUB could not start the kernel", "no multiboot header found"]),
    pytest.param("spins_at_entry", HANG, ["still busy", "nothing with this run's nonce came on COM2", "the console is empty"],
                 marks=pytest.mark.slow),  # by CPU time, and twice
    ("halts_at_once", HANG, ["halted at kernel_main (grading/tests/kernels/lab1/halts_at_once.cpp:5) with interrupts off",
                             "nothing with this run's nonce"]),
    ("hangs_after_entered", HANG, ["deadline passed", "busy at kernel_main (grading/tests/kernels/lab1/hangs_after_entered.cpp:6)"]),
    ("pauses_after_entered", HANG, ["busy at kernel_main"]),
    ("feeds_the_watchdog", HANG, ["still busy at"]),
    ("halts_after_entered", HANG, ["halted at kernel_main", "interrupts off", "an interrupt that does not come"]),
    ("waits_for_no_interrupt", HANG, ["halted at kernel_main", "interrupts on", "an interrupt that does not come"]),
    ("triple_faults_at_once", CRASH, ["triple fault at kernel_main", "no page fault so far", "nothing with this run's nonce"]),
    ("triple_faults", CRASH, ["triple fault at kernel_main", "the latest page fault with CR2 = 0x123456789000"]),
    ("panics", CRASH, ["the kernel panicked: rogue number 0x7"]),
    ("resets", CRASH, ["reset the machine at kernel_main"]),
    ("switches_off", CRASH, ["switched the machine off"]),
    ("exits_at_once", CRASH, ["ended the machine as if all were done"]),
    ("exits_after_entered", CRASH, ["ended the machine as if all were done"]),
    ("exits_with_zero", CRASH, ["debug-exit value 0"]),
    ("claims_success", FAIL, ["ok.0 = 'pass'"]),
    ("floods_console", CRASH, ["a serial port was flooded"]),
    ("floods_report", CRASH, ["a serial port was flooded"]),
]


@pytest.fixture(scope="module")
def trials(request: pytest.FixtureRequest, rogue: Callable[[str], Kernel], catalog: Catalog) -> Iterator[Dict[str, Future]]:
    """All that are asked for, two at a time."""
    items = [item for item in request.session.items if getattr(item, "originalname", "") == "test_rogue"]
    names = [item.callspec.params["name"] for item in items]
    with ThreadPoolExecutor(2) as pool:
        yield {name: pool.submit(try_kernel, rogue(name), catalog) for name in names}


@pytest.mark.parametrize("name, kind, words", ROGUES, ids=[getattr(row, "values", row)[0] for row in ROGUES])
def test_rogue(name: str, kind: str, words: list, trials: Dict[str, Future]) -> None:
    trial = trials[name].result()
    assert trial.kinds == [kind]
    assert [word for word in words if word not in trial.seen] == [], trial.seen
    assert trial.seconds < SECONDS


def test_disk_without_boot_sector(reference: Kernel, catalog: Catalog, tmp_path: Path) -> None:
    disk = tmp_path / "disk.iso"
    disk.write_bytes(b"not a disk")
    trial = try_kernel(Kernel(disk, reference.elf, "disk", 0), catalog)
    assert trial.kinds == [HANG]
    assert "nothing with this run's nonce came on COM2" in trial.seen
    assert trial.seconds < SECONDS


@pytest.mark.slow
@pytest.mark.parametrize("name, kind, words", [
    ("exits_in_each_test", CRASH, "ended the machine as if all were done"),
    ("hangs_in_each_test", HANG, "deadline passed"),
])
def test_one_boot_a_test(name: str, kind: str, words: str, rogue: Callable[[str], Kernel], catalog: Catalog) -> None:
    """Every test ends its boot: as many boots as tests, but none twice."""
    trial = try_kernel(rogue(name), catalog)
    assert trial.kinds == [kind]
    assert all(words in verdict.seen for verdict in trial.verdicts.values())
    assert trial.seconds < 2 * len(catalog.kernel_tests)
