"""From a kernel and a list of tests to evidence: boots the machine as often as that takes.

One boot runs many tests. When one of them crashes or hangs the machine, the next boot goes on behind it; a test that
failed behind others is repeated alone, and the lone run counts. What the host is to blame for is tried once more.
"""
from __future__ import annotations

import random
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Dict, List, Optional, Set, Tuple

import guest
import qemu
import witness

from . import protocol
from .building import Kernel
from .catalog import WITNESS_POINT, Catalog, Test
from .ends import describe_end
from .judging import Difference, Run, judge
from .rng import Random

PASS, FAIL, CRASH, HANG, MISSING, ERROR = "pass", "fail", "crash", "hang", "missing", "error (host)"
REFUSED = "not run"  # the key of a test that did not, because there is no kernel; a guest's key has no space
MOST_ALONE = 12  # lone runs in a row that may confirm failures, before the rest is believed, too
OUTPUT_LIMIT = 1 << 19  # bytes on each serial port; a whole lab's report is a fraction of it

machines = threading.BoundedSemaphore(2)  # that run at the same time, whoever starts them


@dataclass(frozen=True)
class Verdict:
    """What became of one test. `key` names the kind of observation that differed, for the comparison of symptoms."""

    verdict: str
    expected: str = ""
    seen: str = ""
    key: str = ""
    missing: str = ""  # "1.2 format_signed"
    console: str = ""  # the end of COM1, when the machine did not finish
    began: bool = True  # False: the boot was over before
    undefined: Tuple[str, ...] = ()  # "labs/lab1-boot/lib/format.cpp:40:12: what": found during the test, with SAN=1
    undefined_outside: Tuple[str, ...] = ()  # during the same boot, outside of tests
    boot: bool = False  # no test began before the machine ended
    picture: str = ""  # of what was expected and seen, as SVG


@dataclass(frozen=True)
class Boot:
    """One run of the machine."""

    outcome: qemu.Outcome
    report: protocol.Report
    run: Run


def memory_of(catalog: Catalog, seed: int) -> int:
    """MiB of guest memory in a run with this seed."""
    return catalog.memory_mib + Random(seed, "memory").below(catalog.memory_steps)


def cpus_of(catalog: Catalog, seed: int) -> int:
    """How many CPUs the machine has in a run with this seed."""
    return catalog.cpus[Random(seed, "cpus").below(len(catalog.cpus))]


def messages_for(tests: List[str], seed: int) -> Dict[str, str]:
    """What the test driver is told. The nonce follows from the seed, so that equal runs are equal to the byte."""
    nonce = f"{random.Random(f'strata nonce {seed} {tests}').getrandbits(64):016x}"
    return {"nonce": nonce, "seed": str(seed), "tests": ",".join(tests)}


def boot(kernel: Kernel, catalog: Catalog, tests: List[str], seed: int) -> Boot:
    """Runs the machine once."""
    memory, messages = memory_of(catalog, seed), messages_for(tests, seed)
    nonce = messages["nonce"]
    config = qemu.Config(kernel.iso, memory_mib=memory, smp=cpus_of(catalog, seed), cpu_seconds=catalog.cpu_seconds,
                         output_bytes=OUTPUT_LIMIT, fw_cfg=messages)
    snapshots: Dict[str, guest.Snapshot] = {}
    witnessed = [catalog.tests[test] for test in tests if test in catalog.tests and catalog.tests[test].witness]

    def look(place: str, machine: qemu.Machine) -> None:
        open_test = protocol.parse(machine.output("com2"), nonce).open_test
        wanted = [test.id for test in witnessed if test.witness == place and test.id not in snapshots
                  and open_test == (test.id if place == WITNESS_POINT else None)]
        if wanted:
            snapshots.update(dict.fromkeys(wanted, guest.snapshot(machine)))

    symbols = kernel.symbols if witnessed else {}
    looks = {symbols.get(place, 0): partial(look, place) for place in {test.witness for test in witnessed}}
    with machines:
        outcome = witness.run(config, looks) if looks else qemu.run(config)
    run = Run(seed, memory, outcome.com1.decode("latin-1"), kernel.archive_size, kernel.elf, symbols, snapshots)
    return Boot(outcome, protocol.parse(outcome.com2, nonce), run)


def run_tests(kernel: Kernel, catalog: Catalog, tests: List[Test], seed: int) -> Dict[str, Verdict]:
    """A verdict for each test, from as many boots as needed. Raises BuildError if an image cannot be made."""
    verdicts: Dict[str, Verdict] = {}
    for cmdline in dict.fromkeys(test.cmdline for test in tests):
        verdicts.update(_run_alike(kernel.with_cmdline(cmdline), catalog,
                                   [test for test in tests if test.cmdline == cmdline], seed))
    return verdicts


def _run_alike(kernel: Kernel, catalog: Catalog, tests: List[Test], seed: int) -> Dict[str, Verdict]:
    """Of tests that the same image will do for."""
    first: Set[str] = set()
    verdicts = _run_list(kernel, catalog, tests, seed, first)
    if any(verdict.verdict in (PASS, MISSING) for verdict in verdicts.values()):
        failed = [test for test in tests if verdicts[test.id].verdict in (FAIL, CRASH, HANG) and test.id not in first]
        verdicts.update(_repeat_alone(kernel, catalog, failed, seed))
    for test in tests:
        for number in range(1, test.seeds):
            if verdicts[test.id].verdict == PASS:
                verdicts.update(_run_list(kernel, catalog, [test], seed + number, first))
    return verdicts


def _repeat_alone(kernel: Kernel, catalog: Catalog, failed: List[Test], seed: int) -> Dict[str, Verdict]:
    """The verdicts of lone runs; of all these tests, unless so many fail again that no neighbour can be to blame."""
    verdicts: Dict[str, Verdict] = {}
    with ThreadPoolExecutor(MOST_ALONE) as pool:
        for begin in range(0, len(failed), MOST_ALONE):
            alone = list(pool.map(lambda test: _run_list(kernel, catalog, [test], seed, set())[test.id],
                                  failed[begin:begin + MOST_ALONE]))
            verdicts.update(zip((test.id for test in failed[begin:]), alone))
            if all(verdict.verdict != PASS for verdict in alone):
                break
    return verdicts


def _run_list(kernel: Kernel, catalog: Catalog, tests: List[Test], seed: int, first: Set[str]) -> Dict[str, Verdict]:
    """Adds to `first` each test that was the first of a boot: nothing ran before it, so it ran as good as alone."""
    verdicts: Dict[str, Verdict] = {}
    pending = list(tests)
    retried = False
    while pending:
        done = boot(kernel, catalog, [test.id for test in pending], seed)
        if _host_is_to_blame(done) and not retried:
            retried = True
            continue
        first.update(list(done.report.tests)[:1])
        left = []
        for test in pending:
            verdict = _verdict(test, done, kernel)
            if verdict:
                verdicts[test.id] = replace(verdict, undefined=tuple(done.report.tests[test.id].undefined),
                                            undefined_outside=tuple(done.report.undefined))
            else:
                left.append(test)
        if len(left) == len(pending) or not _went_on(done):
            end = replace(_end_verdict(done, kernel), began=False, undefined_outside=tuple(done.report.undefined))
            verdicts.update({test.id: end for test in left})
            break
        pending = left
    return verdicts


def _went_on(done: Boot) -> bool:
    """Is there hope for the tests behind the one at which the machine ended?"""
    return done.report.open_test is not None and not done.report.broken


def _host_is_to_blame(done: Boot) -> bool:
    """A limit of the host was reached, and nothing shows that the guest would never have gone on."""
    if done.outcome.reason == "failed":
        return True
    if done.outcome.reason not in ("cpu-limit", "wall-limit"):
        return False
    registers = done.outcome.registers
    for_ever = registers.get("halted") and not registers.get("interrupts")
    starved = done.outcome.reason == "wall-limit"  # or the limit on CPU time would have come first
    return not for_ever and (starved or not done.report.entered)


def _verdict(test: Test, done: Boot, kernel: Kernel) -> Optional[Verdict]:
    """None if the test never began."""
    said = done.report.tests.get(test.id)
    if said is None:
        return None
    # What it does not need, something else has called: a panic, say, which puts the fault in words (exercise 1.8).
    missing = next((name for name in said.missing if name.partition(" ")[0] in test.needs), None)
    if missing:
        return Verdict(MISSING, "written code", f"{missing} is not written yet", missing=missing)
    if not said.done:
        return _end_verdict(done, kernel)
    try:
        difference: Optional[Difference] = judge(test.expectation, test.id, said, done.run)
    except Exception as error:  # a mistake in expect.py must cost neither the other tests nor this one's points in silence
        return Verdict(ERROR, "an answer that can be judged", f"{test.id}: expect.py raised {error!r}")
    if difference is None:
        return Verdict(PASS)
    return Verdict(FAIL, difference.expected, difference.seen, difference.key, picture=difference.picture)


def _end_verdict(done: Boot, kernel: Kernel) -> Verdict:
    """For a test that the machine did not finish."""
    reason = done.outcome.reason
    kind = CRASH
    if reason in ("watchdog", "halted"):
        kind = HANG
    elif reason in ("cpu-limit", "wall-limit"):
        kind = ERROR if reason == "wall-limit" and _host_is_to_blame(done) else HANG
    elif reason == "failed":
        kind = ERROR
    # Which limit a hang reaches first depends on the host.
    words = [] if kind == HANG else [reason]
    if not done.report.tests:
        words += ["after", _last_step(done.run.com1)]
    verdict = Verdict(kind, "the test runs to its end", describe_end(done, kernel), " ".join(words),
                      console=done.run.com1[-600:], boot=not done.report.tests)
    if done.report.broken and kind == CRASH:
        return replace(verdict, verdict=FAIL, seen=f"{done.report.broken}; {verdict.seen}")
    if done.report.missing and not done.report.tests and done.report.panic is None:
        return replace(verdict, missing=done.report.missing[-1])
    return verdict


def _last_step(com1: str) -> str:
    """How far the boot log came: the tag of its last line that has one."""
    return next(reversed(re.findall(r"^\[([^\]\s]+)\] ", com1, re.MULTILINE)), "nothing")
