"""`make gdb`: the handout's transcripts, going back in time, explanations, and that nothing is left behind."""
from __future__ import annotations

import os
import re
import signal
import subprocess
import time

import pytest

from gdb_session import DEFAULT_BUILD, ROOT, SECONDS, Gdb, at_int3, play, processes_with, sessions, state
from gdb_variants import DEBUG, REPLAY, overlay
from test_build import make

pytestmark = pytest.mark.slow

PAGES = sorted((ROOT / "handout").glob("*.md"))


@pytest.fixture(scope="module")
def default_kernel() -> None:
    subprocess.run([*DEFAULT_BUILD, "make", "-s", "kernel", "SOLUTIONS=all"], cwd=ROOT, check=True)


@pytest.mark.parametrize("page, session", [(page, session) for page in PAGES for session in sessions(page)],
                         ids=lambda value: value.stem if hasattr(value, "stem") else f"line {value[0].line}")
def test_transcript(page, session, default_kernel):
    wrong = play(page, session)
    assert not wrong, "\n\n".join(wrong)


# --- Time ------------------------------------------------------------------------------------------------------------

def test_back_lands_where_it_says(gdb):
    gdb.ask("break handle_trap")
    seen = []
    for _ in range(3):
        gdb.ask("continue")
        gdb.ask("strata goto $_")  # nonsense changes nothing
        seen.append(state(gdb))
    count = re.search(r"instruction (\d+)", seen[1]["where"]).group(1)
    for _ in range(2):
        landed = gdb.ask("strata back")
        assert f"instruction {count} of the kernel" in landed and "handle_trap" in landed
        assert state(gdb) == seen[1]
        gdb.ask("continue")
        assert state(gdb) == seen[2]


def test_back_takes_less_than_a_second(gdb):
    gdb.ask("tbreak kernel_main")
    gdb.ask("continue")
    used = []
    for _ in range(3):
        gdb.ask("break end_machine")
        gdb.ask("continue")
        assert "event" in gdb.ask("strata back")
        used.append(float(gdb.ask("python print(strata.machine().cpu_seconds())")))
    assert min(used) < 1


def test_before_the_first_event_is_the_beginning(gdb):
    first = state(gdb)
    gdb.ask("tbreak kernel_main")
    gdb.ask("continue")
    assert "first instruction" in gdb.ask("strata back")
    assert state(gdb) == first


def test_an_instruction_back(gdb):
    at_int3(gdb)
    before = state(gdb)
    gdb.ask("stepi 30")
    gdb.ask("strata back-instruction 30")
    assert state(gdb) == before


def test_breakpoints_cost_no_guest_time(gdb):
    gdb.ask("continue")
    undisturbed = state(gdb)
    gdb.ask("run")
    gdb.ask("break strata::Uart16550::put")
    gdb.ask("ignore 1 30")
    gdb.ask("continue")
    assert "breakpoint already hit 31 times" in gdb.ask("info breakpoints")
    gdb.ask("delete")
    gdb.ask("continue")
    assert state(gdb) == undisturbed


def test_what_was_changed_is_undone(gdb):
    gdb.ask("continue")
    end = gdb.ask("strata where")
    gdb.ask("run")
    gdb.ask("break strata::start_gdt")
    gdb.ask("continue")
    where = gdb.ask("strata where")
    gdb.ask("set var $rbx = 77")
    assert "modules = 1 of 16" in gdb.ask("p strata::boot_info()")
    assert gdb.ask("strata where").split(",")[0] == where.split(",")[0]
    assert "is undone" in gdb.ask("continue")
    assert gdb.ask("strata where") == end


def test_who_wrote_it(gdb):
    gdb.ask("continue")
    assert "fill_idt" in gdb.ask("strata last-write kernel_idt.gates[3].type")
    before = gdb.number("kernel_idt.gates[3].type")
    gdb.ask("stepi")
    assert (before, gdb.number("kernel_idt.gates[3].type")) == (0, 0xEE)
    assert "has not changed" in gdb.ask("strata last-write kernel_idt.gates[200].type")


def test_the_end_is_announced_and_final(gdb):
    assert "the kernel has finished" in gdb.ask("continue")
    for command in ("continue", "stepi", "next"):
        assert "cannot go on" in gdb.ask(command)
    assert "started again" in gdb.ask("run")


# --- What it shows ----------------------------------------------------------------------------------------------------

def test_tables(gdb):
    gdb.ask("tbreak handle_trap")
    gdb.ask("continue")
    assert re.search(r"0x08 .*64-bit code, ring 0, present.*<- cs", gdb.ask("strata gdt"))
    assert re.search(r"0x28 .*64-bit TSS, busy.*<- tr", gdb.ask("strata gdt"))
    assert "stack IST 1" in gdb.ask("strata idt 8") and "19-255" in gdb.ask("strata idt")
    assert "vectors 0 to 255" in gdb.ask("strata idt 256")
    assert len(re.findall(r"stack ends at", gdb.ask("strata tss"))) == 4


def test_walk_agrees_with_qemu(gdb):
    gdb.ask("tbreak strata::start_gdt")
    gdb.ask("continue")
    for address in ("(long)&kernel_gdt", "0xffffffc0000b8000", "$rsp"):
        physical = re.search(r"physical address (0x[0-9a-f]+)", gdb.ask(f"strata walk {address}")).group(1)
        assert int(gdb.ask(f"monitor gva2gpa {gdb.number(address):#x}").split()[-1], 16) == int(physical, 16)
    assert "not canonical" in gdb.ask("strata walk 0x800000000000")
    assert "not mapped" in gdb.ask("strata walk 0x1000")


def test_printers(tmp_path):
    program = tmp_path / "printers"
    subprocess.run(["g++", "-std=c++2b", "-g", "-O0", f"-I{ROOT}/labs/lab1-boot", "-o", str(program),
                    str(ROOT / "grading/tests/host/printers.cpp")], check=True)
    with Gdb("gdb", "-nx", "-q", "-x", str(ROOT / "labs/gdb/init.py"), str(program)) as gdb:
        for command in ("break look", "run", "up"):
            gdb.ask(command)
        wanted = {"good": "ok 7", "bad": "error NotFound", "nothing": "ok", "span": "3 elements at ... = {3, 5, 8}",
                  "pa": "Pa 0x1000", "va": "Va 0xffffffff80000000", "vector": "2 of 4 elements at ... = {11, 12}",
                  "text": '"a\\nb"', "empty": '""'}
        for name, text in wanted.items():
            assert re.sub("0x7f[0-9a-f]+|0x5[0-9a-f]{11}", "...", gdb.ask(f"output {name}")) == text
        assert gdb.ask("output list").startswith("list of 2 = ")
        gdb.ask("continue")
        gdb.ask("up")
        assert "BROKEN" in gdb.ask("output list")


# --- Starting and ending ----------------------------------------------------------------------------------------------

def test_nothing_is_left_behind(kernels, tmp_path):
    script = tmp_path / "script"
    script.write_text("continue\nstrata back\n")
    (tmp_path / "t").mkdir()
    output = make(ROOT, "gdb", f"GDBFLAGS=-batch -x {script}", environment={"TMPDIR": str(tmp_path / "t")})
    assert "the kernel has finished" in output and "strata: event" in output
    assert not processes_with(str(tmp_path / "t")) and not list((tmp_path / "t").iterdir())


@pytest.mark.parametrize("who", ["us", "GDB"])
def test_nothing_outlives_its_parent(who, kernels, tmp_path):
    gdb = Gdb(str(DEBUG), str(kernels), environment={"TMPDIR": str(tmp_path)})
    assert processes_with(f"rrfile={tmp_path}")
    os.kill(gdb.process.pid if who == "us" else int(gdb.ask("python print(os.getpid())")), signal.SIGKILL)
    gdb.process.wait(SECONDS)
    deadline = time.monotonic() + SECONDS
    while processes_with(f"rrfile={tmp_path}"):
        assert time.monotonic() < deadline, "QEMU outlived its GDB"
        time.sleep(0.05)
    assert who == "us" or not list(tmp_path.iterdir())
    gdb.process.stdin.close()
    gdb.process.stdout.close()


def test_a_test_is_stopped_at_its_body(kernels):
    with Gdb("make", "gdb", "LAB=1", "TEST=format_hex", "SEED=7") as gdb:
        assert "format_hex (run=" in gdb.start and "seed 7" in gdb.start
        assert "test lab1.format_hex begins" in gdb.ask("strata events 1")
        assert gdb.number("strata::report::seed()") == 7


def test_live_can_be_changed_and_knows_no_way_back(kernels):
    with Gdb(str(DEBUG), str(kernels), "--live") as gdb:
        gdb.ask("tbreak strata::step")
        gdb.ask("continue")
        gdb.ask("set var tag._M_str = tag._M_str + 1")  # "SERIAL" loses its first letter
        assert gdb.ask("output tag").startswith('"ERIAL')
        assert "no way back" in gdb.ask("strata back")
        assert "the kernel has finished" in gdb.ask("continue")


def test_endless_exceptions_cannot_be_recorded():
    """QEMU does not answer while it records them; without a recording Ctrl-c works."""
    with Gdb(str(REPLAY), "idt_gate", "--begin", "--submission", overlay("endless")) as gdb:
        assert "cannot be recorded" in gdb.start
        assert "no way back" in gdb.ask("strata back")


def test_the_skeleton_says_what_is_missing(kernels):
    make(ROOT, "kernel", "SOLUTIONS=none", "STAGE=1")
    with Gdb(str(DEBUG), str(ROOT / "build/stage1/own")) as gdb:
        assert "exercise 1.1 is not written yet" in gdb.start and "start32" in gdb.start


def test_mistakes_are_said_in_words(kernels):
    known = make(ROOT, "gdb", "TEST=nonsense", fails=True)
    assert "no test is called nonsense" in known and "format_hex" in known
    assert "GDB=/nowhere/gdb: there is no such program" in make(ROOT, "gdb", "GDB=/nowhere/gdb", fails=True)
    assert "say which test" in make(ROOT, "replay", fails=True)


# --- Faults ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name, test, wanted", [
    ("no-gates", "idt_gate", ["1  #BP breakpoint", "gate of vector 3 in the IDT is not present", "#DF double fault"]),
    ("null", "format_limits", ["#PF page fault: kernel write to 0x8, page not present", "null pointer and an offset of 8", "format_signed"]),
    ("undefined", "format_limits", ["#UD invalid opcode", "instruction: ud2"]),
    ("overflow", "format_limits", ["#DF double fault", "the stack has overflowed", "format_signed"]),
])
def test_why(name, test, wanted):
    with Gdb(str(REPLAY), test, "--begin", "--submission", overlay(name)) as gdb:
        gdb.ask("continue")
        shown = gdb.ask("strata why")
        assert all(text in shown for text in wanted), shown
