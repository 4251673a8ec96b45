"""Strata's extension of GDB: `strata` commands, pretty-printers, backtraces across traps, going back in time."""
from __future__ import annotations

from typing import Optional

import gdb
from session import Session

from . import (command, events, goals, look, machine as machines, printers, processes, regions, syscall, target, trap, travel,
               unwinder, why)

_machine: Optional[machines.Machine] = None


def machine() -> machines.Machine:
    """The one of this session, for GDB's hooks."""
    assert _machine is not None
    return _machine


def start(session: Optional[Session]) -> None:
    """Sets everything up and stops at the session's goal. Without a session, an editor has attached GDB already."""
    global _machine
    _machine = machines.Machine(session)
    unwinder.install()
    printers.install()
    command.Prefix()
    target.watch_paging()
    for group in (trap, look, why, processes, syscall):
        group.install(_machine)
    regions.install()
    if not session:
        unwinder.find_all()
        travel.install(_machine, events.EventLog(_machine))
        return
    gdb.events.gdb_exiting.connect(lambda _: _machine.close())
    _machine.start()
    log = events.EventLog(_machine)
    travel.install(_machine, log)
    machines.watch_end(_machine)
    for line in machines.hooks():
        gdb.execute(line)
    goals.reach(_machine, log)
