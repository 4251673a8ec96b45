"""Lab 3 in GDB: what holds on the border to ring 3."""
from __future__ import annotations

from pathlib import Path

import pytest

from gdb_session import ROOT, Gdb
from gdb_variants import DEBUG

from grader import building

pytestmark = pytest.mark.slow
INTERRUPTS = 1 << 9


@pytest.fixture(scope="module")
def stage3() -> Path:
    """The folder of lab 3's reference kernel, as `make gdb STAGE=3` builds it."""
    building.make("kernel", "SOLUTIONS=all", "STAGE=3")
    return ROOT / "build/stage3/ref"


def test_the_first_way_out_has_interrupts_off(stage3: Path) -> None:
    """Whatever the labs below have left behind."""
    with Gdb(str(DEBUG), str(stage3), "--live") as gdb:
        gdb.ask("tbreak strata::start_scheduler")
        gdb.ask("continue")
        gdb.ask(f"set $eflags = {INTERRUPTS + 2}")
        gdb.ask("tbreak user_return")
        assert "user_return" in gdb.ask("continue")
        assert int(gdb.ask("output/x $eflags"), 16) & INTERRUPTS == 0
