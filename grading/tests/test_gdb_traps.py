"""From a trap into its handler and back, by single steps: the frame, the registers, the backtraces; and wrong entry code."""
from __future__ import annotations

import re
from pathlib import Path
from typing import List

import pytest

from gdb_session import REGISTERS, Gdb, at_int3, state
from gdb_variants import REPLAY, wrong_solution

pytestmark = pytest.mark.slow
SAVED = "r15 r14 r13 r12 r11 r10 r9 r8 rbp rdi rsi rdx rcx rbx rax".split()  # from the frame's address upwards
CPU_WORDS = "rip cs eflags rsp ss".split()
MOST_STEPS = 400  # from an int3 back behind it


def words(gdb: Gdb, address: str, names: List[str]) -> List[str]:
    """Registers as they lie in memory: `rbx = 0x5`."""
    values = re.findall(r"\t(0x[0-9a-f]+)", re.sub(r"(?m)^.*?:", "", gdb.ask(f"x/{len(names)}gx {address}")))
    return [f"{name} = {int(value, 16):#x}" for name, value in zip(names, values)]


def journey(gdb: Gdb) -> List[str]:
    """From an int3 by `stepi` through the stub, handle_trap and iretq to behind it; what is not as trap_frame.hpp has it."""
    names = [*REGISTERS, "cs", "ss"]
    before = {name: int(gdb.ask(f"output/x ${name}"), 16) for name in names}
    behind, handler = before["rip"] + 1, gdb.number("&handle_trap")
    pushed = [f"{name} = {value:#x}" for name, value in {**{name: before[name] for name in CPU_WORDS}, "rip": behind}.items()]
    assert "trap_stubs" in gdb.ask("stepi")
    wrong = [f"CPU: {word}" for word in set(words(gdb, "$rsp", CPU_WORDS)) - set(pushed)]
    saved = [f"{name} = {before[name]:#x}" for name in SAVED] + ["vector = 0x3", "error = 0x0"] + pushed
    passed, last = False, ""
    for _ in range(MOST_STEPS):
        here = gdb.number("$rip")
        if here == behind and passed:
            break
        if here == handler:
            passed = True
            wrong += [f"frame: {word}" for word in words(gdb, "$rdi", [*SAVED, "vector", "error", *CPU_WORDS])
                      if word not in saved]
        last = gdb.ask("x/i $rip")
        gdb.ask("stepi")
    else:
        return [*wrong, "does not come back"]
    after = {name: int(gdb.ask(f"output/x ${name}"), 16) for name in names}
    wrong += [f"after: {name} = {after[name]:#x}" for name in names if after[name] != before[name] and name != "rip"]
    return wrong if passed and "iretq" in last else [*wrong, "not by way of handle_trap and iretq"]


def in_test(folder: Path, mistake: str) -> Gdb:
    """The exercise's own test, which fills all registers with different numbers, at its int3; with a wrong solution."""
    submission = wrong_solution(folder, mistake and f"1.7-{mistake}")
    gdb = Gdb(str(REPLAY), "trap_registers", "--begin", "--submission", submission, "--seed", "7")
    code = gdb.ask("x/60i registers_across_breakpoint")
    gdb.ask(f"tbreak *{re.search('(0x[0-9a-f]+) .*int3', code).group(1)}")
    gdb.ask("continue")
    assert "int3" in gdb.ask("x/i $rip")
    return gdb


def test_single_steps(gdb):
    at_int3(gdb)
    assert journey(gdb) == []


@pytest.mark.parametrize("mistake, wanted", [
    ("", []), ("order-reversed", ["frame: rbx", "frame: rax"]), ("rbx-lost", ["after: rbx", "after: rcx"]),
    ("flags-lost", ["after: eflags"]), ("r15-lost", ["after: r15"])])
def test_single_steps_show_a_wrong_entry(mistake, wanted, tmp_path):
    with in_test(tmp_path, mistake) as gdb:
        found = journey(gdb)
        assert [start for start in wanted if not any(text.startswith(start) for text in found)] == [], found
        assert bool(found) == bool(mistake), found


def test_finish_trap_names_a_lost_register(tmp_path):
    with in_test(tmp_path, "rbx-lost") as gdb:
        gdb.ask("strata step-trap")
        assert re.search(r"CHANGED: .*rbx was 0x\w+ and is 0x\w+", gdb.ask("strata finish-trap"))


def backtrace(gdb: Gdb) -> List[str]:
    """Without the frames' numbers."""
    return [re.sub(r"^#\d+ +", "", line) for line in gdb.ask("bt").split("\n")]


def test_from_a_trap_into_its_handler_and_back(gdb):
    at_int3(gdb)
    before, callers = state(gdb), backtrace(gdb)[1:]
    assert any("strata::try_breakpoint ()" in line for line in callers)
    assert "trap_stubs" in gdb.ask("stepi")
    while "trap_common" not in gdb.ask("bt 1"):
        gdb.ask("stepi")
    for _ in range(15):  # the backtrace finds its way from every instruction of the entry code
        assert backtrace(gdb)[-len(callers):] == callers
        gdb.ask("stepi")
    assert "handle_trap" in gdb.ask("strata step-trap")
    assert backtrace(gdb)[-len(callers):] == callers
    assert "all 15 registers" in gdb.ask("strata finish-trap")
    after = state(gdb)
    changed = {name for name in REGISTERS if before[name] != after[name]}
    assert changed == {"rip"} and int(after["rip"], 16) == int(before["rip"], 16) + 1


def test_next_takes_a_trap_as_a_call(gdb):
    at_int3(gdb)
    frame = gdb.ask("bt 3").split("\n")[2]
    gdb.ask("next")
    assert "trap_" not in gdb.ask("bt 1") and frame.split(" at ")[0].split(" in ")[1] in gdb.ask("bt 2")


def test_frame_in_words(gdb):
    gdb.ask("strata step-trap")
    shown = gdb.ask("strata frame")
    assert "#BP breakpoint" in shown and "interrupts were off" in shown and "r15" in shown
    gdb.ask("strata finish-trap")
    assert "no trap is being handled" in gdb.ask("strata frame")
