"""`strata regions` and `strata map`: the address space in use, from the kernel's record of it and from the page tables.

Invariant: structures that make no sense give a sentence, and an end.
"""
from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Callable, Iterator, List, NamedTuple, Optional, Tuple

import gdb
import guest
import memory_map
from memory_map import PAGE, Area

from . import frames, target
from .command import Command

MOST = 60  # rows of a list
MOST_REGIONS = 10_000


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
        kind, pages = target.enumerator_name(vmo["kind_"]).lower(), int(vmo["pages_"])
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
    known = target.labels(memory_map.PARTS)
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
        target.require_paging()
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
        target.require_paging()
        physical = frames.physical_areas(frames.allocator(), lambda name: "free" if name.startswith("free, order") else name)
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
    frames.Frames("frames")
