"""A walk through page tables of four levels. Pure: memory comes from a function.      (Intel SDM vol. 3A, 4.5)"""
from __future__ import annotations

from typing import Callable, Iterator, List, NamedTuple, Optional

PRESENT, WRITE, USER, LARGE, NO_EXECUTE = 1, 2, 4, 1 << 7, 1 << 63
ADDRESS = 0x000F_FFFF_FFFF_F000
NAMES = {4: "root (PML4)", 3: "PDPT", 2: "PD", 1: "PT"}
SIZES = {3: "1 GiB", 2: "2 MiB", 1: "4 KiB"}


class Step(NamedTuple):
    """One level's entry. `target` is the next table or the page."""

    level: int
    index: int
    at: int  # physical
    value: int
    target: int
    is_page: bool

    @property
    def present(self) -> bool:
        return bool(self.value & PRESENT)

    def text(self) -> str:
        where = f"{NAMES[self.level]:<11}[{self.index:3}] at {self.at:#x} = {self.value:#018x}"
        if not self.present:
            return f"{where}  not present"
        kind = f"{SIZES[self.level]} page" if self.is_page else "table"
        return f"{where}  {kind} at {self.target:#x}: {' '.join(self._flags())}"

    def _flags(self) -> Iterator[str]:
        yield "read+write" if self.value & WRITE else "read-only"
        yield "user" if self.value & USER else "kernel"
        yield "no-execute" if self.value & NO_EXECUTE else "execute"
        for bit, name in ((3, "write-through"), (4, "cache-off"), (5, "accessed")):
            if self.value >> bit & 1:
                yield name
        if self.is_page and self.value >> 6 & 1:
            yield "dirty"
        if self.is_page and self.value >> 8 & 1:
            yield "global"


class Walk(NamedTuple):
    steps: List[Step]
    physical: Optional[int]  # None: not mapped

    def allowed(self) -> str:
        """What all levels together allow."""
        flags = [step.value for step in self.steps]
        write = all(value & WRITE for value in flags)
        user = all(value & USER for value in flags)
        execute = not any(value & NO_EXECUTE for value in flags)
        rights = ["read"] + ["write"] * write + ["execute"] * execute
        return f"{', '.join(rights)}; {'user and kernel' if user else 'kernel only'}"


def walk(read: Callable[[int], int], root: int, address: int) -> Walk:
    """`read` gives the 8 bytes at a physical address, `root` is CR3, `address` is canonical."""
    table, steps = root & ADDRESS, []
    for level in (4, 3, 2, 1):
        shift = 12 + 9 * (level - 1)
        index = address >> shift & 511
        value = read(table + 8 * index)
        is_page = level == 1 or (level < 4 and bool(value & LARGE))
        offset_mask = (1 << shift) - 1
        target = value & ADDRESS & (~offset_mask if is_page else -1)
        steps.append(Step(level, index, table + 8 * index, value, target, is_page))
        if not value & PRESENT:
            return Walk(steps, None)
        if is_page:
            return Walk(steps, target | address & offset_mask)
        table = target
    raise AssertionError("level 1 always ends the walk")
