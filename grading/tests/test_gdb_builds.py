"""`make gdb` on kernels that another compiler built, or that are not optimised: prologues, names and inlining differ."""
from __future__ import annotations

import re

import pytest

from gdb_session import Gdb, at_int3, state
from test_build import copy_tree
from test_gdb_traps import journey

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("variables", ["OPT=-O0", "CXX=clang++", "OPT=-O0 CXX=clang++"])
def test_another_build(variables, tmp_path):
    copy = copy_tree(tmp_path / "tree")
    with Gdb("make", "gdb", *variables.split(), cwd=copy) as gdb:
        assert "start32 ()" in gdb.start
        for function, argument in (("kernel_main", "magic"), ("strata::step", "tag"), ("handle_trap", "frame.vector")):
            gdb.ask(f"break {function}")  # before paging is on
            gdb.ask("continue")
            assert gdb.ask(f"output/d {argument}") in ("920085129", '"SERIAL"', "3"), argument
            gdb.ask("delete")
        before = state(gdb)
        gdb.ask("stepi 5")
        assert re.search(r"event \d+, #BP breakpoint", gdb.ask("strata back")) and state(gdb) == before
        walked = re.search(r"physical address (0x[0-9a-f]+)", gdb.ask("strata walk handle_trap")).group(1)
        assert int(gdb.ask(f"monitor gva2gpa {gdb.number('&handle_trap'):#x}").split()[-1], 16) == int(walked, 16)
        gdb.ask("run")
        at_int3(gdb)
        assert journey(gdb) == []
    with Gdb("make", "gdb", "TEST=format_hex", *variables.split(), cwd=copy) as gdb:
        assert "format_hex (run=" in gdb.start
