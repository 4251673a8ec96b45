"""How a machine ended, in words for reports."""
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import endings

if TYPE_CHECKING:
    from .boots import Boot
    from .building import Kernel
    from .protocol import Panic


def describe_end(done: Boot, kernel: Kernel) -> str:
    """One or two sentences: what stopped the machine, and where it was."""
    when = "during boot, before any test: " if done.report.entered and not done.report.tests else ""
    return when + _end(done, kernel)


def _end(done: Boot, kernel: Kernel) -> str:
    if done.report.panic is not None:
        return f"the kernel panicked: {describe_panic(done.report.panic, kernel.elf)}"
    if (done.outcome.reason, done.outcome.value) == ("exit", endings.FINISHED):
        return "the kernel ended the machine as if all were done, without this test's report"
    end = endings.in_words(done.outcome, kernel.elf)
    if not done.report.entered:
        return f"{end}, and nothing with this run's nonce came on COM2{_last_words(done)}"
    return end


def describe_panic(panic: Panic, elf: Path) -> str:
    return panic.reason + (f", at {endings.place({'rip': panic.place}, elf)}" if panic.place else "")


def _last_words(done: Boot) -> str:
    lines = [line.strip() for line in done.run.com1.splitlines() if line.strip()]
    return f"; the console's last line: {lines[-1][:120]!r}" if lines else "; the console is empty"
