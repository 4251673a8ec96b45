"""What a debugging session runs: shared by `debug` and `replay`, which start it, and by the extension inside GDB.

A session is the replay of a recording. The kernel first runs once without GDB; QEMU notes what came from outside and
when (`-icount rr=record`). GDB then sees that very run, instruction for instruction, as often as it likes.
Invariant: stopping changes nothing. In an unrecorded machine under -icount every breakpoint that is reached makes guest
time leap to the next timer, so that looking at a kernel would drive it from tick to tick.
The price: nothing can be changed. `live` sessions run in real time and know no way back.
"""
from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Tuple

import qemu

VARIABLE = "STRATA_SESSION"  # in GDB's environment: the session as JSON
ICOUNT = "shift=5,sleep=off"  # as in graded runs
CPU_SECONDS = 4  # a kernel that never ends is recorded for so long
ANSWER_SECONDS = 8  # wall time for an answer of QEMU's, while it records


@dataclass
class Session:
    """Everything that GDB needs to start the machine, and start it again."""

    iso: str
    elf: str
    title: str
    memory_mib: int = 256
    cpus: int = 1
    fw_cfg: Dict[str, str] = field(default_factory=dict)
    programs: str = ""  # the folder of the user programs with their symbols, if there are any
    recording: str = ""  # QEMU's file; empty: live
    reason: str = ""  # how the recorded run ended: Outcome.reason,
    end: str = ""  # and in words
    test: str = ""  # id of the only test that runs
    goal: Dict[str, Any] = field(default_factory=dict)  # where to stop first: see strata/goals.py

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    def config(self, mode: str = "replay", extra: Tuple[str, ...] = ()) -> qemu.Config:
        """The machine for GDB, or with `mode` "record" the one that is recorded."""
        arguments: List[str] = list(extra)
        if self.recording:
            file = self.recording.replace(",", ",,")
            arguments += ["-icount", f"{ICOUNT},rr={mode},rrfile={file}"]
        return qemu.Config(Path(self.iso), memory_mib=self.memory_mib, smp=self.cpus, icount=None,
                           fw_cfg=self.fw_cfg, extra=arguments, stopped=True, cpu_seconds=CPU_SECONDS)


def from_environment() -> Session:
    return Session(**json.loads(os.environ[VARIABLE]))


def record(session: Session) -> qemu.Outcome:
    """Runs the machine to its end, or for CPU_SECONDS, and writes session.recording. Throws QemuError; QemuSilent when one
    exception follows the other and no instruction is completed in between: QEMU cannot be stopped then while it records."""
    with qemu.Machine(session.config("record")) as machine:
        machine.qmp.command("cont")
        machine.qmp.answer_seconds = ANSWER_SECONDS
        outcome = qemu.Watch(machine).outcome()
        if not machine.qmp.closed:  # only a QEMU that ends by itself completes the file
            with contextlib.suppress(qemu.QemuError):
                machine.qmp.command("quit")
            machine.process.wait(qemu.ANSWER_SECONDS)
    if outcome.reason == "failed":
        raise qemu.QemuError(outcome.detail)
    return outcome
