"""Commands that show whose memory is: physical memory by owner, and the regions of the address space in use.

Read from the kernel's own structures by name and type. Invariant: structures that make no sense give a sentence, and an end.
"""
from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Callable, Dict, Iterator, List, NamedTuple, Optional, Tuple

import gdb
import guest
import memory_map
from memory_map import Area

from . import target
from .command import Command

PAGE = 4096
LOW_MEMORY_END = 1 << 20
MOST = 60  # rows of a list
MOST_REGIONS = 10_000
NO_PAGING = "paging is off: the kernel's memory cannot be looked at yet; `break kernel_main` and `continue` go on"
NO_FRAMES = "this kernel gives no frames away yet: "
KINDS = {"Usable": "not the allocator's", "Reserved": "reserved", "AcpiReclaimable": "ACPI tables",
         "AcpiStorage": "ACPI storage", "Bad": "bad memory"}


def require_paging() -> None:
    """Before it is on, the kernel's addresses lead nowhere. Throws gdb.GdbError."""
    if not target.is_paging_on():
        raise gdb.GdbError(NO_PAGING)


def variable(name: str, file: str) -> Optional[gdb.Value]:
    """One that only `file` sees, wherever we stand; None: this kernel has no such file."""
    found = gdb.lookup_static_symbols(f"strata::(anonymous namespace)::{name}")
    return next((symbol.value() for symbol in found if symbol.symtab.filename.endswith(file)), None)


def labels() -> Dict[str, int]:
    """The linker's names for the parts of the image."""
    def address(label: str) -> int:  # C++ may know it as strata::kernel_end, which is not in the file
        shown = gdb.execute(f"with language c++ -- output/x (unsigned long)&::{label}", **target.QUIET)
        return int(re.match("0x[0-9a-f]+", shown)[0], 16)  # in assembler code a warning follows

    return {label: address(label) for label in memory_map.PARTS}


def elements(vector: gdb.Value) -> List[gdb.Value]:
    """Of a FixedVector; its size may be wrong."""
    inside = vector["elements_"]
    return [inside[i] for i in range(min(int(vector["size_"]), inside.type.range()[1] + 1))]


def name_of(enumerator: gdb.Value) -> str:
    return str(enumerator).rpartition("::")[2]


# --- Physical memory --------------------------------------------------------------------------------------------------

class Allocator(NamedTuple):
    """What frames.cpp and the buddy allocator know."""

    ranges: List[Tuple[int, int]]  # of frames that are its own
    opened: int  # frames from this one on are not described yet
    table: int  # where the descriptions are
    frames: int  # that are described there
    lists: List[int]  # free blocks on the list of each order


def allocator() -> Allocator:
    """Throws gdb.GdbError if the kernel has none."""
    memory, buddy, opened = (variable(name, "mm/frames.cpp") for name in ("memory", "buddy", "opened"))
    if memory is None or buddy is None or opened is None:
        raise gdb.GdbError(NO_FRAMES + "it is of a stage before lab 2")
    ranges = [(int(one["first"]), int(one["end"])) for one in elements(memory)]
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

    info, block = variable("info", "boot/boot_info.cpp"), variable("block", "boot/boot_info.cpp")
    for usable in (True, False):
        for one in elements(info["memory"]):
            start, kind = int(one["base"]["value"]), name_of(one["kind"])
            if (kind == "Usable") == usable:
                paint(start, start + int(one["length"]), KINDS.get(kind, "reserved"))
                if usable and start < LOW_MEMORY_END:
                    paint(start, min(start + int(one["length"]), LOW_MEMORY_END), "low memory")
    paint(LOW_MEMORY_END, labels()["kernel_end"] - memory_map.IMAGE, "kernel image")
    start = int(block["data_"]) - memory_map.DIRECT_MAP
    paint(*whole_frames(start, start + int(block["size_"])), "boot information")
    for module in elements(info["modules"]):
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
        require_paging()
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


# --- Virtual memory ---------------------------------------------------------------------------------------------------

class Region(NamedTuple):
    """What the command shows of one."""

    start: int
    end: int
    rights: str
    kind: str
    vmo: int
    first_page: int
    pages: int  # of the Vmo

    def backing(self) -> str:
        last = self.first_page + (self.end - self.start) // PAGE - 1
        return f"{self.kind} Vmo at {self.vmo:#x}, pages {self.first_page} to {last} of {self.pages}"

    def holds(self, area: Area) -> bool:
        return self.start <= area.start and area.end <= self.end


def rights_of(perms: gdb.Value) -> str:
    flags = (("write", "w"), ("execute", "x"))
    return f"r{''.join(letter if int(perms[name]) else '-' for name, letter in flags)}{' user' if int(perms['user']) else ''}"


def region_at(value: gdb.Value) -> Region:
    vmo = value["vmo"]["object_"]
    try:
        kind, pages = name_of(vmo["kind_"]).lower(), int(vmo["pages_"])
    except gdb.MemoryError:
        kind, pages = "BROKEN", 0
    return Region(int(value["start"]["value"]), int(value["end"]["value"]), rights_of(value["perms"]), kind, int(vmo),
                  int(value["first_page"]), pages)


def below(region: gdb.Value, side: str) -> gdb.Value:
    """The next one down the tree. Throws gdb.MemoryError where there is no region."""
    pointer = region[side]
    pointer.fetch_lazy()
    return pointer


def regions(space: gdb.Value) -> List[Region]:
    """From the tree, in its order. Throws gdb.GdbError where it is broken."""
    found: List[Region] = []
    above: List[gdb.Value] = []  # regions on the way down whose right side is still to come
    here, seen = space["regions_"]["root_"], set()
    try:
        while int(here) or above:
            while int(here):
                if int(here) in seen or len(seen) == MOST_REGIONS:
                    raise gdb.GdbError(f"the tree of regions is BROKEN: the region at {int(here):#x} is reached twice")
                seen.add(int(here))
                above.append(here)
                here = below(here, "left")
            here = above.pop()
            found.append(region_at(here.dereference()))
            here = below(here, "right")
    except gdb.MemoryError:
        raise gdb.GdbError(f"the tree of regions is BROKEN: it leads to {int(here):#x}, where nothing can be read, behind "
                           f"{len(found)} regions") from None
    return found


def order_mistakes(found: List[Region]) -> Iterator[str]:
    for one in found:
        if one.start >= one.end:
            yield f"BROKEN: the region at {one.start:#x} ends at {one.end:#x}"
    for one, behind in zip(found, found[1:]):
        if behind.start < one.end:
            yield f"BROKEN: the region at {behind.start:#x} begins before the one before it has ended, at {one.end:#x}"


def excesses(found: List[Region], mapped: List[Area]) -> Iterator[str]:
    """What the tables allow and no region does: a cache must never know more than what it was filled from."""
    for area in mapped:
        inside = next((one for one in found if one.holds(area)), None)
        if not inside:
            yield f"BROKEN: {area.start:#x} is mapped {area.rights}, and no region is there"
        elif set(area.rights) - set(inside.rights):
            yield f"BROKEN: {area.start:#x} is mapped {area.rights}, and its region allows {inside.rights}"


def mapped_areas() -> Tuple[List[Area], List[Area]]:
    """What the CPU maps, walked from CR3: the lower half, and the kernel's part. Throws gdb.GdbError."""
    pages = {one.va: (one.pa, one.size, one.rights + (" user" if one.user else ""))
             for one in guest.walk(lambda table: target.physical_memory(table, PAGE), target.register("cr3"))}
    known = labels()
    every = memory_map.areas(pages, lambda va: memory_map.kernel_part(known, va))
    lower = [area for area in every if area.start < memory_map.DIRECT_MAP]
    return lower, every[len(lower):]


def space_in_use() -> Optional[gdb.Value]:
    symbol = gdb.lookup_global_symbol("strata::current_space")
    return symbol.value() if symbol and int(symbol.value()) else None


class Regions(Command):
    """Show the regions of the address space in use, and below them what the page tables map for the kernel.
Usage: strata regions"""

    def run(self, argument: str) -> None:
        require_paging()
        space, (lower, kernel) = space_in_use(), mapped_areas()
        if space:
            self._show_space(space, lower)
        else:
            gdb.write("no address space is in use, so there are no regions\n")
            kernel = lower + kernel
        gdb.write(f"mapped for the kernel, by the page tables at cr3 = {target.register('cr3'):#x}\n")
        self._rows(kernel, lambda area: f"{area.name}, {area.lines()[1]}".lstrip(", "))

    def _show_space(self, space: gdb.Value, mapped: List[Area]) -> None:
        root = int(space["tables_"]["root_"]["value"])
        found = regions(space)
        gdb.write(f"address space at {int(space):#x}, {len(found)} region{'' if len(found) == 1 else 's'}\n")
        self._rows(found, lambda one: f"{one.backing()}; {self._present(one, mapped)}")
        for line in [*order_mistakes(found), *excesses(found, mapped)][:MOST]:
            gdb.write(f"{line}\n")
        if root != target.register("cr3") & guest.ADDRESS:
            gdb.write(f"BROKEN: its tables begin at {root:#x}, which is not what cr3 says\n")

    @staticmethod
    def _present(region: Region, mapped: List[Area]) -> str:
        """What the page tables know of a region."""
        pages: Counter = Counter()
        for area in filter(region.holds, mapped):
            pages[area.rights] += (area.end - area.start) // PAGE
        return ", ".join(f"{count} mapped {rights}" for rights, count in pages.items()) or "none mapped"

    @staticmethod
    def _rows(rows: list, text: Callable) -> None:
        for row in rows[:MOST]:
            size = memory_map.size_of(row.end - row.start)
            gdb.write(f"  {row.start:016x} - {row.end:016x} {size:>9}  {row.rights}  {text(row)}\n")
        if len(rows) > MOST:
            gdb.write(f"  ... and {len(rows) - MOST} more\n")


class Map(Command):
    """Draw memory as a picture (SVG), for a browser: physical memory by owner, and regions beside what the page tables map.
Usage: strata map [FILE]
Without a name the file is build/memory.svg."""

    def run(self, argument: str) -> None:
        require_paging()
        physical = physical_areas(allocator(), lambda name: "free" if name.startswith("free, order") else name)
        space, (lower, kernel) = space_in_use(), mapped_areas()
        own = [Area(one.start, one.end, f"{one.kind} Vmo", one.rights) for one in (regions(space) if space else ())]
        svg = memory_map.draw("Physical memory by owner, and what an address space shows; high addresses on top", [
            memory_map.Panel("Physical memory by owner", [("owner", physical)]),
            memory_map.Panel("Virtual memory", [("regions", own), ("page tables", lower + kernel)])],
            'xmlns="http://www.w3.org/2000/svg" ')
        path = Path(argument or "build/memory.svg")
        try:
            path.write_text(svg, encoding="utf-8")
        except OSError as error:
            raise gdb.GdbError(f"{path} cannot be written: {error.strerror}") from None
        gdb.write(f"{path}\n")


def install() -> None:
    Map("map")
    Regions("regions")
    Frames("frames")
