"""What the kernel knows of threads, processes and handles; and the symbols of the program that is running.

Everything comes from the kernel's own records, through their types: a field that changes its name is missed here at once.
Invariant: nothing is written, and a kernel of an earlier stage, or one that has not come so far, is told apart by `there`.
"""
from __future__ import annotations

from pathlib import Path
from typing import Iterator, Optional

import gdb

from . import target
from .command import Command, count_argument
from .machine import Machine

SLOTS_A_PAGE, MOST_PAGES = 64, 1024
SP_TO_RETURN = 6 * 8  # what switch_context takes back before it returns
RIGHTS = ((1, "r"), (2, "w"), (4, "x"), (8, "g"))
STATES = {"New": "not started", "Ready": "ready", "Running": "running", "Blocked": "waits", "Finished": "has ended"}


def there() -> bool:
    """The kernel has threads, and one of them runs."""
    try:
        return target.is_paging_on() and int(gdb.parse_and_eval("strata::cpus[0].current")) != 0
    except (gdb.error, gdb.GdbError):
        return False


def must_be_there() -> None:
    """Throws gdb.GdbError."""
    if not there():
        raise gdb.GdbError("there are no threads yet: they begin with `[SCHEDULER]`, in the kernel of stage 3")


def this_cpu() -> gdb.Value:
    """The Cpu whose registers GDB shows."""
    return gdb.parse_and_eval(f"strata::cpus[{gdb.selected_thread().num - 1}]")


def current() -> gdb.Value:
    """The Thread that runs on it."""
    return this_cpu()["current"].dereference()


def enumerator(value: gdb.Value) -> str:
    return str(value).rpartition("::")[2]


def process_of(thread: gdb.Value) -> Optional[gdb.Value]:
    """None: one of the kernel's own."""
    pointer = thread["process"]["object_"]
    return pointer.dereference() if int(pointer) else None


def process_name(process: gdb.Value) -> str:
    return f"{int(process['pid'])} ({process['name_'].string('latin-1')})"


def thread_name(thread: gdb.Value) -> str:
    """`thread 3 of process 1 (hello)`."""
    process = process_of(thread)
    if process is None:
        return "a thread of the kernel's own"
    return f"thread {int(thread['id'])} of process {process_name(process)}"


def elements(head: gdb.Value) -> Iterator[gdb.Value]:
    """Of a List."""
    printer = gdb.default_visualizer(head)
    for _, element in printer.children():
        yield element


def processes() -> Iterator[gdb.Value]:
    """All that are in the tree, parents before their children."""
    waiting = list(elements(gdb.parse_and_eval("'strata::(anonymous namespace)::orphans'")))
    while waiting:
        process = waiting.pop(0)
        yield process
        waiting = list(elements(process["children"])) + waiting


def frame_address(thread: gdb.Value) -> int:
    """Of its TrapFrame. 0: it has no stack, as the boot's thread."""
    top = int(thread["stack"]["top_"])
    return top and top - gdb.lookup_type("strata::TrapFrame").sizeof


def where(thread: gdb.Value) -> str:
    """Where it goes on when it runs again, and where its program is."""
    going_on = target.symbol(target.word(int(thread["sp"]) + SP_TO_RETURN)).partition(" +")[0]
    inside = "at the exit path" if going_on == "user_return" else f"in {going_on or 'nowhere'}"
    if process_of(thread) is None:
        return inside
    frame = gdb.Value(frame_address(thread)).cast(gdb.lookup_type("strata::TrapFrame").pointer()).dereference()
    return f"{inside}, its program at {int(frame['rip']):#x}"


def waits_for(thread: gdb.Value) -> str:
    what, tick, process = int(thread["waiting_for"]), int(thread["wake_tick"]), process_of(thread)
    queues = [(int(process["child_waiters"].address), "for a child")] if process is not None else []
    queues += [(int(it["end_waiters"].address), f"for the end of process {process_name(it)}") for it in processes()]
    reason = next((f" {text}" for address, text in queues if address == what), "")
    return reason + (f" until tick {tick}" if int(thread["sleep_link"]["list"]) else "")


class Threads(Command):
    """List all threads: whose they are, whether they run, and where they go on.
Usage: strata threads"""

    def run(self, argument: str) -> None:
        must_be_there()
        running = {}
        for number in range(int(gdb.parse_and_eval("strata::cpu_count"))):
            cpu = gdb.parse_and_eval(f"strata::cpus[{number}]")
            running[int(cpu["current"])] = number
            self._show(cpu["idle_thread"].dereference(), running, f"idle thread of CPU {number}")
            if process_of(cpu["current"].dereference()) is None and int(cpu["current"]) != int(cpu["idle_thread"]):
                self._show(cpu["current"].dereference(), running, "a thread of the kernel's own")
        for process in processes():
            for waiter in elements(process["end_waiters"]["waiting_"]):
                self._show(waiter, running, "a thread of the kernel's own")
            for thread in elements(process["threads"]):
                self._show(thread, running, thread_name(thread))
            if enumerator(process["state"]) == "Zombie":
                gdb.write(f"  process {process_name(process)}: a zombie, status {int(process['status'])}\n")

    @staticmethod
    def _show(thread: gdb.Value, running: dict, name: str) -> None:
        state = STATES[enumerator(thread["state"])]
        if int(thread.address) in running:
            gdb.write(f"* {name}: running on CPU {running[int(thread.address)]}\n")
        elif state == "waits":
            gdb.write(f"  {name}: waits{waits_for(thread)}; goes on {where(thread)}\n")
        else:
            gdb.write(f"  {name}: {state}; goes on {where(thread)}\n")


def slots(table: gdb.Value) -> Iterator[tuple]:
    """(handle, Slot) of all handles that are in use."""
    directory, kind = int(table["directory_"]), gdb.lookup_type("strata::Slot")
    entry = table["directory_"].type.target().sizeof
    for page in range(MOST_PAGES if directory else 0):
        at = int.from_bytes(target.memory(directory + page * entry, entry), "little")
        for index in range(SLOTS_A_PAGE if at else 0):
            slot = gdb.Value(at + index * kind.sizeof).cast(kind.pointer()).dereference()
            if int(slot["object"]):
                yield page * SLOTS_A_PAGE + index, slot


def copies(slot: gdb.Value) -> int:
    """How many slots were copied from this one."""
    count, link = 0, int(slot["first_child"])
    while link and not link & 1:
        child = gdb.Value(link).cast(slot.type.pointer())
        count, link = count + 1, int(child["next"])
    return count


class Handles(Command):
    """List the handles of a process: the objects, the rights, the copies.
Usage: strata handles [PID]
Without a number, those of the process that is running."""

    def run(self, argument: str) -> None:
        must_be_there()
        if argument:
            pid = count_argument(argument, 0)
            process = next((it for it in processes() if int(it["pid"]) == pid), None)
        else:
            process = process_of(current())
        if process is None:
            raise gdb.GdbError(f"there is no process {argument}" if argument else "no process is running: say which one")
        gdb.write(f"process {process_name(process)}: {int(process['handles']['used_'])} handles\n")
        for handle, slot in slots(process["handles"]):
            rights = "".join(letter if int(slot["rights"]) & bit else "-" for bit, letter in RIGHTS)
            closes = ", closed by exec" if slot["close_on_exec"] else ""
            badge = f", badge {int(slot['badge']):#x}" if int(slot["badge"]) else ""
            gdb.write(f"  {handle:5}  {enumerator(slot['type']):<12} {rights}  object {int(slot['object']):#x}, references: "
                      f"{int(slot['object']['references_'])}, copies: {copies(slot)}{badge}{closes}\n")


class UserSymbols:
    """Keeps the symbols of the program whose address space is in use: all programs stand at the same addresses."""

    def __init__(self, machine: Machine) -> None:
        self._machine, self._loaded = machine, ""
        gdb.events.stop.connect(lambda _: self.follow())
        gdb.events.before_prompt.connect(self.follow)

    def follow(self) -> None:
        if self._machine.traveling:
            return
        process = process_of(current()) if there() else None
        name = process["name_"].string("latin-1") if process is not None else ""
        if name != self._loaded:
            self._replace(name)

    def _replace(self, name: str) -> None:
        if self._loaded:
            gdb.execute(f"remove-symbol-file {self._path(self._loaded)}", **target.QUIET)
            self._loaded = ""
        if name and Path(self._path(name)).is_file():
            gdb.execute("add-symbol-file " + self._path(name).replace(" ", "\\ "), **target.QUIET)
            self._loaded = name

    def _path(self, name: str) -> str:
        return f"{self._machine.session.programs}/{name}.elf"


user_symbols: Optional[UserSymbols] = None


def follow_program() -> None:
    """After going somewhere else in time, which is no stop to GDB."""
    if user_symbols:
        user_symbols.follow()


def install(machine: Machine) -> None:
    global user_symbols
    for name, kind in (("threads", Threads), ("handles", Handles)):
        kind(name)
    if machine.session and machine.session.programs:
        user_symbols = UserSymbols(machine)
