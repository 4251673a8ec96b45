"""What a right lab 2 reports: the host's half of the tests of exercises 2.3 and 2.4."""
from grader.judging import Case, expect
from grader.rng import MASK
from paging_model import (ADDRESS, LARGE, NO_CACHE, NO_EXECUTE, PRESENT, TABLE, USER, WRITE, down, draw_pa, draw_va, named,
                          page_entry, simulated, size)


# --- Exercise 2.3 ---------------------------------------------------------------------------------------------------

@expect
def entry_pages(rng, run):
    for i in range(24):
        level = 1 + i % 3
        pa = draw_pa(rng, level)
        bits = rng.below(16)
        case = f"level {level}, {named(bits)}"
        yield f"outcome.{i}", "Success", case
        yield f"entry.{i}", page_entry(pa, level, bits), case


@expect
def entry_tables(rng, run):
    for i in range(8):
        yield f"outcome.{i}", "Success"
        yield f"entry.{i}", draw_pa(rng, 1) | TABLE


@expect
def entry_read(rng, run):
    for i in range(48):
        level = 1 + i % 4
        entry = rng.next() | (1 if i % 3 else 0)
        is_page = entry & PRESENT and (level == 1 or entry & LARGE)
        case = f"entry {entry:016x} at level {level}"
        yield f"is_page.{i}", 1 if is_page else 0, case
        if not entry & PRESENT:
            continue
        yield f"address.{i}", down(entry & ADDRESS, size(level) if is_page else 4096), case
        yield f"attributes.{i}", (bool(entry & WRITE) + 2 * (not entry & NO_EXECUTE) + 4 * bool(entry & USER)
                                  + 8 * bool(entry & NO_CACHE)), case
    yield "empty.0", 0


@expect
def entry_refused(rng, run):
    cases = [(0x1000, 1), (0x1000, 0), (0x80_0000_0000, 4), (0x20_0000, 2), (0x1000, 2), (0x4000_0000, 3), (0x20_0000, 3),
             (1 << 52, 1), (0x800, 1), (0x1000, 9)]
    rng.shuffle(cases)
    for i, (pa, level) in enumerate(cases):
        page = 1 <= level <= 3 and pa % size(level) == 0 and pa < 1 << 52
        table = pa % 4096 == 0 and pa < 1 << 52
        case = Case(f"a page at {pa:x}, level {level}")
        yield f"page.{i}", "Success" if page else "InvalidArgument", case
        yield f"table.{i}", "Success" if table else "InvalidArgument", Case(f"a table at {pa:x}")


# --- Exercise 2.4 ---------------------------------------------------------------------------------------------------

@expect
def walk_find(rng, run):
    for i in range(12):
        simulated(rng)
        va = draw_va(rng)
        bottom = 1 + rng.below(3)
        pa = draw_pa(rng, bottom)
        mapped = rng.below(4) != 0
        yield f"outcome.{i}", "Success"
        yield f"level.{i}", bottom
        yield f"start.{i}", down(va, size(bottom))
        yield f"bytes.{i}", size(bottom)
        yield f"entry.{i}", pa | (0x83 if bottom > 1 else 3) if mapped else 0
        if mapped:
            yield f"pa.{i}", pa + va % size(bottom)
        yield f"strays.{i}", 0


@expect
def walk_stops(rng, run):
    simulated(rng)
    places = [i << 39 | rng.next() & 0x7F_FFFF_FFFF for i in range(6)]
    for i in range(16):
        lowest = 1 + rng.below(4)
        va = places[rng.below(6)]
        yield f"outcome.{i}", "Success"
        yield f"level.{i}", lowest
        yield f"start.{i}", down(va, size(lowest))
        yield f"present.{i}", TABLE if lowest > 1 else 0
    yield "strays.0", 0


@expect
def walk_create(rng, run):
    for i in range(10):
        simulated(rng)
        draw_va(rng)
        there, lowest = 1 + rng.below(4), 1 + rng.below(3)
        yield f"outcome.{i}", "Success"
        yield f"level.{i}", lowest
        yield f"tables.{i}", 1 + 4 - min(there, lowest)
        # A table that was there already below the asked level is hidden by the page that the test puts above it.
        yield f"leaf_level.{i}", lowest
        yield f"leaf.{i}", 0x1083 if lowest > 1 else 0x1003
        yield f"in_root.{i}", 1
        yield f"strays.{i}", 0


@expect
def walk_blocked(rng, run):
    for i in range(8):
        limit = 1 + rng.below(3)
        simulated(rng)
        draw_va(rng)
        page = draw_pa(rng, 3) | 0x83
        large = i % 2 == 0
        yield f"outcome.{i}", "AlreadyExists" if large else "OutOfMemory"
        yield f"tables.{i}", 2 if large else limit
        yield f"leaf.{i}", page if large else 0
        yield f"strays.{i}", 0


@expect
def walk_refused(rng, run):
    simulated(rng)
    bad = rng.next() & 0x7FFF_FFFF_FFFF
    addresses = [bad | 1 << 47, bad | 0x7FFF << 48, bad | 1 << 63, bad, 0, 0x7FFF_FFFF_FFFF, 0xFFFF_8000_0000_0000, MASK]
    rng.shuffle(addresses)
    for i, va in enumerate(addresses):
        canonical = va < 1 << 47 or va >= MASK + 1 - (1 << 47)
        yield f"find.{i}", "Success" if canonical else "InvalidArgument", f"address {va:x}"
        yield f"level.{i}", "InvalidArgument"
        yield f"tables.{i}", 1
