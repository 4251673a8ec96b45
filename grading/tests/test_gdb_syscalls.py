"""Lab 3 in GDB: through a system call by steps and in one, threads, handles, and the symbols of programs."""
from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Dict, Iterator

import pytest

from gdb_session import ROOT, Gdb
from gdb_variants import DEBUG

import tree
from grader import building

pytestmark = pytest.mark.slow
INTERRUPTS = 1 << 9
GENERAL = "rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 eflags cs ss".split()
STEPS = ("syscall: ", "entry: ", "dispatch: ", "handler: ", "exit: ")  # what each step begins with, up to the last one
WRONG = "3.2-rdx-not-restored"


@pytest.fixture(scope="module")
def stage3() -> Path:
    """The folder of lab 3's reference kernel, as `make gdb STAGE=3` builds it."""
    building.make("kernel", "SOLUTIONS=all", "STAGE=3")
    return ROOT / "build/stage3/ref"


@pytest.fixture
def gdb3(stage3: Path) -> Iterator[Gdb]:
    """A session at that kernel's first instruction."""
    with Gdb(str(DEBUG), str(stage3)) as session:
        yield session


@pytest.fixture(scope="module")
def wrong_entry() -> Path:
    """The folder of a kernel whose entry loses a register."""
    file = f"{tree.exercise('3.2').lab.name}/{tree.exercise('3.2').file}"
    overlay = ROOT / "build/tests/gdb/wrong-entry"
    tree.write_file(overlay / file, (ROOT / "solutions" / file).read_bytes())
    subprocess.run(["patch", "-s", "-p1", "-d", str(overlay), "-i", str(ROOT / f"grading/mutants/lab3/{WRONG}.patch")],
                   check=True)
    building.make("kernel", "SOLUTIONS=all", "STAGE=3", "VARIANT=wrong-entry", f"OVERLAY={overlay.relative_to(ROOT)}")
    return ROOT / "build/stage3/wrong-entry"


def registers(gdb: Gdb) -> Dict[str, int]:
    return {name: int(gdb.ask(f"output/x ${name}"), 16) for name in GENERAL}


def test_the_first_way_out_has_interrupts_off(stage3: Path) -> None:
    """Whatever the labs below have left behind."""
    with Gdb(str(DEBUG), str(stage3), "--live") as gdb:
        gdb.ask("tbreak strata::start_scheduler")
        gdb.ask("continue")
        gdb.ask(f"set $eflags = {INTERRUPTS + 2}")
        gdb.ask("tbreak user_return")
        assert "user_return" in gdb.ask("continue")
        assert int(gdb.ask("output/x $eflags"), 16) & INTERRUPTS == 0


# --- Through a call ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("call, result", [("getpid", "rax = 1"), ("write", r"rax = 34 \(0x22\)"), ("yield", "rax = 0")])
def test_from_the_programs_instruction_to_its_next(gdb3: Gdb, call: str, result: str) -> None:
    assert f" calls {call}(" in gdb3.ask(f"strata syscall {call}")
    before, behind = registers(gdb3), gdb3.number("$rip") + 2
    assert "\tsyscall" in gdb3.ask("x/i $rip").replace(" ", "\t")
    for step in STEPS:
        assert re.search(f"^{step}", gdb3.ask("strata step-syscall"), re.M), step
    assert "sysretq" in gdb3.ask("x/i $rip")
    assert re.search(f"{result}; rcx and r11 are lost; all others are as before", gdb3.ask("strata step-syscall"))
    after = registers(gdb3)
    assert gdb3.number("$rip") == behind
    assert {name for name in GENERAL if after[name] != before[name]} <= {"rax", "rcx", "r11"}


def test_each_step_shows_what_it_has_done(gdb3: Gdb) -> None:
    gdb3.ask("strata syscall getpid")
    behind = gdb3.number("$rip") + 2
    entered = gdb3.ask("strata step-syscall")
    assert f"rcx 0x0 -> {behind:#x}" in entered and "cs 0x23 -> 0x8" in entered and "rsp" not in entered.split("\n", 1)[1]
    at_border = gdb3.ask("strata step-syscall")
    assert f"number 4, rip {behind:#x}" in at_border and "gs_base 0x0 -> 0xffffffff" in at_border
    assert "sys_getpid" in gdb3.ask("strata step-syscall")
    assert "system call getpid" in gdb3.ask("strata frame")
    assert "returns 1" in gdb3.ask("strata step-syscall")
    assert re.search(r"gs_base 0xffffffff\w+ -> 0x0", gdb3.ask("strata step-syscall"))
    assert "cs 0x8 -> 0x23" in gdb3.ask("strata step-syscall")


def test_a_call_that_waits_is_made_once_more(gdb3: Gdb) -> None:
    assert "calls wait(pid 3, status 0x7f" in gdb3.ask("strata syscall wait")
    here = gdb3.number("$rip")
    shown = [gdb3.ask("strata step-syscall") for _ in range(6)]
    assert "the thread waits" in shown[3] and "made once more" in shown[5]
    assert gdb3.number("$rip") == here
    assert re.search(r"rax = 3; .* all others are as before", gdb3.ask("strata syscall-over"))


def test_a_call_that_does_not_come_back(gdb3: Gdb) -> None:
    gdb3.ask("strata syscall exit")
    assert "process 1 (hello) ends in this call" in gdb3.ask("strata syscall-over")
    gdb3.ask("strata syscall exit")
    for _ in range(4):
        gdb3.ask("strata step-syscall")
    assert re.search(r"thread \d of process \d \(alternate\) ends here", gdb3.ask("strata step-syscall"))


def test_an_invalid_call_has_a_handler_too(gdb3: Gdb) -> None:
    gdb3.ask("break *syscall_entry if $rax == 1000")
    gdb3.ask("continue")
    gdb3.ask("strata step-syscall")
    assert "number 1000 leads to" in gdb3.ask("strata step-syscall")
    assert "strata::invalid_call" in gdb3.ask("bt 1")
    assert "-1 (InvalidSyscall)" in gdb3.ask("strata step-syscall")


def test_what_cannot_be(gdb3: Gdb) -> None:
    assert "there is no call nothing" in gdb3.ask("strata syscall nothing")
    assert "`strata syscall` goes to one" in gdb3.ask("strata syscall-over")
    gdb3.ask("tbreak sys_getpid")
    shown = gdb3.ask("strata syscall write")
    assert "Temporary breakpoint" in shown and " calls write(" not in shown


def test_a_lost_register_is_named(wrong_entry: Path) -> None:
    with Gdb(str(DEBUG), str(wrong_entry)) as gdb:
        gdb.ask("strata syscall write")
        assert re.search(r"CHANGED: rdx was 0x\w+ and is 0x\w+$", gdb.ask("strata syscall-over").split("\n")[-3])


# --- Backtraces and symbols -------------------------------------------------------------------------------------------

def test_backtrace_from_every_instruction_of_the_entry(gdb3: Gdb) -> None:
    gdb3.ask("strata syscall write")
    callers = [re.sub(r"^#\d+ +(0x\w+ in )?", "", line) for line in gdb3.ask("bt").split("\n")][1:]
    assert callers[-1].startswith("main () at")
    gdb3.ask("stepi")
    for _ in range(40):
        lines = [re.sub(r"^#\d+ +(0x\w+ in )?", "", line) for line in gdb3.ask("bt").split("\n")]
        assert lines[-len(callers):] == callers, gdb3.ask("x/i $rip")
        if "handle_syscall" in lines[0]:
            return
        gdb3.ask("stepi")
    raise AssertionError("does not come to handle_syscall")


def test_symbols_are_those_of_the_program_that_runs(gdb3: Gdb) -> None:
    gdb3.ask("strata syscall getpid")
    assert "programs/hello.cpp" in gdb3.ask("bt")
    gdb3.ask("strata syscall fork")
    shown = gdb3.ask("bt")
    assert "programs/alternate.cpp" in shown and "hello.cpp" not in shown
    gdb3.ask("strata back")
    gdb3.ask("tbreak kernel_main")
    gdb3.ask("run")
    gdb3.ask("continue")
    assert "No source file" in gdb3.ask("info line alternate.cpp:1")


# --- Threads and handles ----------------------------------------------------------------------------------------------

def test_threads(gdb3: Gdb) -> None:
    gdb3.ask("strata syscall fork")
    gdb3.ask("strata syscall-over")
    shown = gdb3.ask("strata threads").split("\n")
    assert any("waits for the end of process 2 (alternate)" in line for line in shown)
    assert any(line.startswith("* thread 2 of process 2 (alternate): running on CPU 0") for line in shown)
    child, = [line for line in shown if "thread 3 of process 3" in line]
    assert f"ready; goes on at the exit path, its program at {gdb3.number('$rip'):#x}" in child


def test_a_zombie_and_who_waits_for_it(gdb3: Gdb) -> None:
    gdb3.ask("strata syscall fork")
    gdb3.ask("tbreak find_zombie")
    gdb3.ask("continue")
    gdb3.ask("tbreak find_zombie")
    gdb3.ask("continue")
    assert "process 3 (alternate): a zombie, status 0" in gdb3.ask("strata threads")


def test_handles(gdb3: Gdb) -> None:
    gdb3.ask("strata syscall fork")
    assert gdb3.ask("strata handles").count("copies: 0") == 3
    gdb3.ask("strata syscall-over")
    shown = gdb3.ask("strata handles 2")
    assert shown.startswith("process 2 (alternate): 3 handles")
    assert re.findall(r"^ +(\d) +Console +rw-g  object 0x\w+, references: 7, copies: 1$", shown, re.M) == ["1", "2", "3"]
    assert gdb3.ask("strata handles 3").count("copies: 0") == 3
    assert "there is no process 77" in gdb3.ask("strata handles 77")


def test_an_earlier_stage_has_none_of_it(gdb: Gdb) -> None:
    gdb.ask("tbreak kernel_main")
    gdb.ask("continue")
    for command in ("syscall", "step-syscall"):
        assert "system calls come with stage 3" in gdb.ask(f"strata {command}")
    for command in ("threads", "handles"):
        assert "there are no threads yet" in gdb.ask(f"strata {command}")


# --- What may come between any two instructions -----------------------------------------------------------------------

def test_an_nmi_is_harmless_whatever_gs_and_rsp_are(stage3: Path) -> None:
    """Before and behind each swapgs, and in ring 3: KERNEL.md 7."""
    with Gdb(str(DEBUG), str(stage3), "--live") as gdb:
        gs_of_ring3 = []
        for place in ("syscall_entry", "(char*)syscall_entry + 3", "&sysret", "(char*)&sysret + 3", "$rcx"):
            gdb.ask(f"tbreak *({place})")
            gdb.ask("continue")
            rip, before = gdb.number("$rip"), registers(gdb)
            gs_of_ring3.append(gdb.number("$gs_base") == 0)
            gdb.ask("tbreak handle_trap")
            gdb.ask("monitor nmi")
            assert "handle_trap" in gdb.ask("continue")
            assert gdb.number("frame.vector") == 2
            gdb.ask(f"tbreak *{rip}")
            gdb.ask("continue")
            assert registers(gdb) == before, place
        assert gs_of_ring3 == [True, False, False, True, True]
        assert "hello from ring 3" in gdb.ask("continue")
