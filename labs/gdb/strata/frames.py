"""`strata frames`: physical memory by owner, read from the kernel's own structures by name and type.

Invariant: structures that make no sense give a sentence, and an end.
"""
from __future__ import annotations

from collections import Counter
from typing import Callable, Iterator, List, NamedTuple, Tuple

import gdb
import memory_map
from memory_map import PAGE, Area

from . import target
from .command import Command

LOW_MEMORY_END = 1 << 20
MOST = 60  # rows
NO_FRAMES = "this kernel gives no frames away yet: "
KINDS = {"Usable": "not the allocator's", "Reserved": "reserved", "AcpiReclaimable": "ACPI tables",
         "AcpiStorage": "ACPI storage", "Bad": "bad memory"}


class Allocator(NamedTuple):
    """What frames.cpp and the buddy allocator know."""

    ranges: List[Tuple[int, int]]  # of frames that are its own
    opened: int  # frames from this one on are not described yet
    table: int  # where the descriptions are
    frames: int  # that are described there
    lists: List[int]  # free blocks on the list of each order


def allocator() -> Allocator:
    """Throws gdb.GdbError if the kernel has none."""
    memory, buddy, opened = (target.variable(name, "mm/frames.cpp") for name in ("memory", "buddy", "opened"))
    if memory is None or buddy is None or opened is None:
        raise gdb.GdbError(NO_FRAMES + "it is of a stage before lab 2")
    ranges = [(int(one["first"]), int(one["end"])) for one in target.elements(memory)]
    span, lists = buddy["frames_"], buddy["lists_"]
    if not int(span["size_"]):
        raise gdb.GdbError(NO_FRAMES + "start_frames() has not run, or has failed; `strata console` shows how far the boot came")
    orders = lists.type.range()[1] + 1
    return Allocator(ranges, int(opened), int(span["data_"]), int(span["size_"]), [int(lists[i]["length"]) for i in range(orders)])


class Descriptions:
    """The Frames of a range of frames, read at once."""

    def __init__(self, found: Allocator, first: int, end: int) -> None:
        kind = gdb.lookup_type("strata::Frame")
        self._first, self._size = first, kind.sizeof
        self._fields = {field.name: (field.bitpos // 8, field.type.sizeof) for field in kind.fields()}
        self._data = target.memory(found.table + first * self._size, (end - first) * self._size)
        states = {field.name.rpartition("::")[2]: field.enumval for field in gdb.lookup_type("strata::FrameState").fields()}
        self.free, self.used = states["Free"], states["Used"]

    def get(self, frame: int, field: str) -> int:
        offset, size = self._fields[field]
        begin = (frame - self._first) * self._size + offset
        return int.from_bytes(self._data[begin:begin + size], "little")


def blocks(found: Allocator, first: int, end: int) -> Iterator[Tuple[int, int, str]]:
    """(frame, frame behind, whose) of each block in a range that is described."""
    frames = Descriptions(found, first, end)
    while first < end:
        state, order = frames.get(first, "state"), frames.get(first, "order")
        name, behind = "LOST: in no block", first + 1
        if state in (frames.free, frames.used):
            behind = min(first + (1 << min(order, 63)), end)
            table = state == frames.used and frames.get(first, "used_entries")
            name = f"free, order {order}" if state == frames.free else "page tables" if table else "used"
        yield first, behind, name
        first = behind


def given_away(found: Allocator) -> Iterator[Tuple[int, int, str]]:
    """(frame, frame behind, whose) of all that is the allocator's."""
    for first, end in found.ranges:
        described = max(first, min(end, found.opened, found.frames))
        yield from blocks(found, first, described)
        if described < end:
            yield described, end, "free, unopened"


def not_given_away(found: Allocator) -> Iterator[Area]:
    """All other memory that the boot loader knows of, in ascending order."""
    painted: List[Tuple[int, int, str]] = []  # the last one wins

    def paint(start: int, end: int, name: str) -> None:
        if start < end:
            painted.append((start, end, name))

    info, block = target.variable("info", "boot/boot_info.cpp"), target.variable("block", "boot/boot_info.cpp")
    for usable in (True, False):
        for one in target.elements(info["memory"]):
            start, kind = int(one["base"]["value"]), target.enumerator_name(one["kind"])
            if (kind == "Usable") == usable:
                paint(start, start + int(one["length"]), KINDS.get(kind, "reserved"))
                if usable and start < LOW_MEMORY_END:
                    paint(start, min(start + int(one["length"]), LOW_MEMORY_END), "low memory")
    paint(LOW_MEMORY_END, target.labels(memory_map.PARTS)["kernel_end"] - memory_map.IMAGE, "kernel image")
    start = int(block["data_"]) - memory_map.DIRECT_MAP
    paint(*whole_frames(start, start + int(block["size_"])), "boot information")
    for module in target.elements(info["modules"]):
        name = module["name"]
        paint(*whole_frames(int(module["start"]["value"]), int(module["end"]["value"])),
              f"module {target.text(int(name['_M_str']), min(int(name['_M_len']), 20))}")
    start = found.table - memory_map.DIRECT_MAP
    paint(*whole_frames(start, start + found.frames * gdb.lookup_type("strata::Frame").sizeof), "frame table")
    for first, end in found.ranges:
        paint(first * PAGE, end * PAGE, "")
    edges = sorted({edge for start, end, _ in painted for edge in (start, end)})
    for start, end in zip(edges, edges[1:]):
        name = next((name for first, last, name in reversed(painted) if first <= start < last), "")
        if name:
            yield Area(start, end, name)


def whole_frames(start: int, end: int) -> Tuple[int, int]:
    return start // PAGE * PAGE, -(-end // PAGE) * PAGE


def physical_areas(found: Allocator, name_of_block: Callable[[str], str] = str) -> List[Area]:
    """All memory by owner."""
    every = list(not_given_away(found)) + [Area(first * PAGE, end * PAGE, name_of_block(name))
                                           for first, end, name in given_away(found)]
    joined: List[Area] = []
    for area in sorted(every):
        if joined and (joined[-1].end, joined[-1].name) == (area.start, area.name):
            joined[-1] = joined[-1]._replace(end=area.end)
        else:
            joined.append(area)
    return joined


def disagreements(found: Allocator) -> Iterator[str]:
    """Between the descriptions of the frames and the lists of free blocks."""
    free: Counter = Counter(name for _, _, name in given_away(found))
    for order, length in enumerate(found.lists):
        described = free[f"free, order {order}"]
        if described != length:
            yield f"BROKEN: order {order}: the table of frames has {described} free blocks, the list has {length}"


class Frames(Command):
    """Show physical memory by owner: what is free, in blocks of which order, what is used, what was never the allocator's.
Usage: strata frames"""

    def run(self, argument: str) -> None:
        target.require_paging()
        found = allocator()
        every = physical_areas(found)
        for area in every[:MOST]:
            gdb.write(f"  {area.start:012x} - {area.end:012x} {memory_map.size_of(area.end - area.start):>9}  {area.name}\n")
        if len(every) > MOST:
            gdb.write(f"  ... and {len(every) - MOST} more ranges\n")
        frames: Counter = Counter()
        for first, end, name in given_away(found):
            frames[name] += end - first
        free = sum(count for name, count in frames.items() if name.startswith("free"))
        gdb.write(f"of the allocator's {sum(frames.values())} frames {free} are free:\n")
        for name, count in sorted(frames.items(), key=lambda item: (not item[0].startswith("free"), len(item[0]), item[0])):
            gdb.write(f"  {count:6} {name}\n")
        for line in disagreements(found):
            gdb.write(f"{line}\n")
