"""Which boots there are, and which counts: played with machines that say what the test wants, without QEMU."""
from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Callable, Iterator, List, Union

import pytest

import qemu
from grader import boots, catalog, protocol
from grader.boots import CRASH, ERROR, FAIL, HANG, MISSING, PASS
from grader.building import Kernel
from grader.catalog import Catalog, Exercise, Rules
from grader.judging import Run
from grader.rng import Random

KERNEL = Kernel(Path("none.iso"), Path("none.elf"), "digest", 0)
EXERCISE = Exercise("9.1", 9, "Title", "lab9-x/file.cpp", "f", "page", Rules((), (), ()))
SPIN = qemu.Outcome("cpu-limit", cpus=[{"rip": 0, "halted": 0, "interrupts": 1}])
DEAD = qemu.Outcome("cpu-limit", cpus=[{"rip": 0, "halted": 1, "interrupts": 0}])
OVERLOADED = qemu.Outcome("wall-limit", cpus=[{"rip": 0, "halted": 0, "interrupts": 1}])
OVERLOADED_LATER = qemu.Outcome("wall-limit", detail="after `entered`", cpus=OVERLOADED.cpus)
FINISHED = qemu.Outcome("exit", value=0x10)
WATCHDOG = qemu.Outcome("watchdog", cpus=[{"rip": 0, "halted": 0, "interrupts": 0}])
TRIPLE = qemu.Outcome("triple-fault", cpus=[{"rip": 0, "cr2": 0, "halted": 0, "interrupts": 0}])
NO_QEMU = qemu.Outcome("failed", detail="not found")


def expectation(rng: Random, run: Run) -> Iterator:
    yield "seed.0", run.seed


def make_test(name: str, seeds: int = 1) -> catalog.Test:
    return catalog.Test(name, EXERCISE, 1, "isolated", "summary", ("9.1",), seeds, expectation)


CATALOG = Catalog(None, {"9.1": EXERCISE}, {}, 256, 128, (1,), 4)


class Machine:
    """Stands for boots.boot: each boot asks `behave(boot number, test)` what the guest does in a test."""

    def __init__(self, behave: Callable[[int, str], Union[str, qemu.Outcome]]) -> None:
        self.behave = behave
        self.lists: List[List[str]] = []
        self.seeds: List[int] = []

    def __call__(self, kernel: Kernel, _: Catalog, tests: List[str], seed: int) -> boots.Boot:
        self.lists.append(tests)
        self.seeds.append(seed)
        lines, outcome = ["entered"], FINISHED
        for name in tests:
            what = self.behave(len(self.lists), name)
            if isinstance(what, qemu.Outcome) and what in (NO_QEMU, OVERLOADED) and len(lines) == 1:
                lines, outcome = [], what
                break
            lines.append(f"test {name}")
            if isinstance(what, qemu.Outcome):
                outcome = what
                break
            lines += what.replace("right", f"seen seed.0 {seed:#x}").replace("wrong", "seen seed.0 0x0").split("\n")
            lines.append(f"done {name}")
        text = "".join(f"n {number} {line}\n" for number, line in enumerate(lines))
        return boots.Boot(outcome, protocol.parse(text.encode(), "n"), Run(seed, 256, "", 0))


def run(monkeypatch: pytest.MonkeyPatch, machine: Machine, *tests: catalog.Test, seed: int = 5) -> List[str]:
    monkeypatch.setattr(boots, "boot", machine)
    verdicts = boots.run_tests(KERNEL, CATALOG, list(tests), seed)
    return [verdicts[test.id].verdict for test in tests]


ABC = [make_test("a"), make_test("b"), make_test("c")]


def test_one_boot_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(lambda boot, name: "right")
    assert run(monkeypatch, machine, *ABC) == [PASS] * 3 and machine.lists == [["a", "b", "c"]]


def test_a_crash_reboots_with_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(lambda boot, name: TRIPLE if name == "a" else "right")
    assert run(monkeypatch, machine, *ABC) == [CRASH, PASS, PASS]
    assert machine.lists == [["a", "b", "c"], ["b", "c"]]


def test_a_failure_behind_others_is_repeated_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an earlier test spoiled is no fault of a later one: the lone run counts, both ways."""
    machine = Machine(lambda boot, name: "wrong" if name in "bc" and (boot == 1 or name == "c") else "right")
    assert run(monkeypatch, machine, *ABC) == [PASS, PASS, FAIL]
    assert machine.lists == [["a", "b", "c"], ["b"], ["c"]]


def test_nothing_is_repeated_that_was_first(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(lambda boot, name: WATCHDOG if name in "ab" else "right")
    assert run(monkeypatch, machine, *ABC) == [HANG, HANG, PASS]
    assert machine.lists == [["a", "b", "c"], ["b", "c"], ["c"]]


def test_nothing_is_repeated_when_nothing_works(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(lambda boot, name: "wrong")
    assert run(monkeypatch, machine, *ABC) == [FAIL] * 3 and len(machine.lists) == 1


def test_missing_only_if_it_was_said_during_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(lambda boot, name: "missing 9.1 f" if name == "b" else "right")
    assert run(monkeypatch, machine, *ABC) == [PASS, MISSING, PASS] and len(machine.lists) == 1


def test_missing_only_if_the_test_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A panic asks for exercises that the test has nothing to do with: then what it reports counts, or how it ended."""
    says = {"a": "missing 9.2 explain_fault\nright", "b": "missing 9.2 explain_fault\nwrong", "c": "missing \nright"}
    machine = Machine(lambda boot, name: says[name])
    assert run(monkeypatch, machine, *ABC) == [PASS, FAIL, PASS]


def test_each_command_line_has_its_own_image(monkeypatch: pytest.MonkeyPatch) -> None:
    """And boots of its own, in which a failure is repeated, too."""
    asked: List[str] = []
    monkeypatch.setattr(Kernel, "with_cmdline", lambda kernel, words: asked.append(words) or kernel)
    machine = Machine(lambda boot, name: "wrong" if name == "d" else "right")
    tests = [*ABC[:2], replace(make_test("c"), cmdline="x=1"), replace(make_test("d"), cmdline="x=1")]
    assert run(monkeypatch, machine, *tests) == [PASS, PASS, PASS, FAIL]
    assert machine.lists == [["a", "b"], ["c", "d"], ["d"]] and asked == ["", "x=1"]


def test_no_image_without_a_test_for_it() -> None:
    assert KERNEL.with_cmdline("") is KERNEL


def test_worst_of_several_seeds_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(lambda boot, name: "wrong" if boot == 3 else "right")
    assert run(monkeypatch, machine, make_test("a", 16)) == [FAIL]
    assert machine.seeds == [5, 6, 7]
    machine = Machine(lambda boot, name: "right")
    assert run(monkeypatch, machine, make_test("a", 16)) == [PASS] and machine.seeds == list(range(5, 21))


@pytest.mark.parametrize("blamed", [NO_QEMU, OVERLOADED])
def test_the_hosts_fault_is_tried_once_more(blamed: qemu.Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(lambda boot, name: blamed if boot == 1 else "right")
    assert run(monkeypatch, machine, *ABC) == [PASS] * 3 and machine.lists == [["a", "b", "c"]] * 2
    machine = Machine(lambda boot, name: blamed)
    assert run(monkeypatch, machine, *ABC) == [ERROR] * 3 and len(machine.lists) == 2


@pytest.mark.parametrize("outcome", [SPIN, DEAD])
def test_limits_after_the_first_line_are_hangs(outcome: qemu.Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(lambda boot, name: outcome if name == "b" else "right")
    assert run(monkeypatch, machine, *ABC) == [PASS, HANG, PASS]
    assert machine.lists == [["a", "b", "c"], ["c"], ["b"]]


def test_too_little_cpu_is_the_hosts_fault_at_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit on wall time comes before the one on CPU time only where the guest did not get to run."""
    machine = Machine(lambda boot, name: OVERLOADED_LATER if name == "b" else "right")
    assert run(monkeypatch, machine, *ABC) == [PASS, ERROR, PASS]
    assert machine.lists == [["a", "b", "c"], ["a", "b", "c"], ["c"]]


def test_mistake_in_an_expectation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Costs no other test its points, and nobody takes it for the student's fault."""
    def broken(rng: Random, run: Run) -> Iterator:
        yield "seed.0", run.nonsense  # type: ignore[attr-defined]

    spoiled = catalog.Test("b", EXERCISE, 1, "isolated", "summary", (), 1, broken)
    machine = Machine(lambda boot, name: "right")
    assert run(monkeypatch, machine, ABC[0], spoiled, ABC[2]) == [PASS, ERROR, PASS]


def test_nonce_differs_with_seed_and_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    nonces = []
    monkeypatch.setattr(qemu, "run", lambda config: nonces.append(config.fw_cfg["nonce"]) or FINISHED)
    for tests, seed in ((["a"], 1), (["a"], 1), (["a"], 2), (["b"], 1), (["a", "b"], 1)):
        boots.boot(KERNEL, CATALOG, tests, seed)
    assert nonces[0] == nonces[1] and len(set(nonces)) == 4 and all(len(nonce) == 16 for nonce in nonces)
