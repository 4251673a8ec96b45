"""What a right lab 2 reports: the host's half of the tests of exercises 2.3 to 2.7."""
from grader.judging import Case, expect
from grader.rng import MASK

PRESENT, WRITE, USER, NO_CACHE, LARGE, NO_EXECUTE = 1, 2, 4, 16, 128, 1 << 63
ADDRESS = 0x000F_FFFF_FFFF_F000
TABLE = PRESENT | WRITE | USER


def size(level):
    return 1 << 12 + 9 * (level - 1)


def down(value, alignment):
    return value & ~(alignment - 1) & MASK


# --- Exercise 2.3 ---------------------------------------------------------------------------------------------------

def draw_pa(rng, level):
    number = rng.next()
    return down(number >> 12 + rng.below(20), size(level))


def draw_va(rng):
    low = rng.next() & 0x7FFF_FFFF_FFFF
    return low if rng.below(2) == 0 else low | 0xFFFF_8000_0000_0000


def page_entry(pa, level, bits):
    """`bits`: 1 write, 2 execute, 4 user, 8 device."""
    return (pa | PRESENT | (LARGE if level > 1 else 0) | (WRITE if bits & 1 else 0) | (USER if bits & 4 else 0)
            | (NO_CACHE if bits & 8 else 0) | (0 if bits & 2 and not bits & 8 else NO_EXECUTE))


def named(bits):
    words = [word for bit, word in ((1, "write"), (2, "execute"), (4, "user"), (8, "device")) if bits & bit]
    return ", ".join(words) or "read only"


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

def simulated(rng):
    """SimulatedTables: the physical address of its first table."""
    return (1 + rng.below(1 << 30)) * 4096


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


# --- Exercises 2.5 to 2.7 -------------------------------------------------------------------------------------------

class Pages:
    """What is mapped: the first address of each page -> (physical address, level, attribute bits)."""

    def __init__(self):
        self.pages = {}

    def at(self, va):
        """The first address of the page around `va`, or None."""
        return next((start for level in (1, 2, 3) for start in [down(va, size(level))]
                     if start in self.pages and self.pages[start][1] == level), None)

    def inside(self, va, length):
        """First addresses of the pages that touch the range."""
        return sorted(start for start, (_, level, _) in self.pages.items() if start < va + length and va < start + size(level))

    def map(self, va, pa, length, bits):
        if self.inside(va, length):
            return "AlreadyExists"
        while length:
            level = next(level for level in (3, 2, 1) if (va | pa) % size(level) == 0 and length >= size(level))
            self.pages[va] = (pa, level, bits)
            va, pa, length = va + size(level), pa + size(level), length - size(level)
        return "Success"

    def cuts(self, va, length):
        return any(start < edge < start + size(level) for start, (_, level, _) in self.pages.items() for edge in (va, va + length))

    def unmap(self, va, length):
        """The pages that are gone, as (start, level)."""
        gone = [(start, self.pages[start][1]) for start in self.inside(va, length)]
        for start, _ in gone:
            del self.pages[start]
        return gone

    def split(self, va):
        start = self.at(va)
        while start is not None and start != va:
            pa, level, bits = self.pages.pop(start)
            for i in range(512):
                self.pages[start + i * size(level - 1)] = (pa + i * size(level - 1), level - 1, bits)
            start = self.at(va)

    def protect(self, va, length, bits):
        """The pages that lost a right, as (start, level)."""
        self.split(va)
        self.split(va + length)
        lost = []
        for start in self.inside(va, length):
            pa, level, before = self.pages[start]
            if before & 7 & ~bits:
                lost.append((start, level))
            self.pages[start] = (pa, level, bits | before & 8)
        return lost

    @property
    def tables(self):
        """How many tables it takes, with the root."""
        return 1 + len({(level, va >> 12 + 9 * level) for va, (_, lowest, _) in self.pages.items() for level in range(lowest, 4)})

    def entry(self, va):
        start = self.at(va)
        return 0 if start is None else page_entry(*self.pages[start])

    def observed(self, index, spots):
        """paging_test.cpp: Space::observe()."""
        total = 0
        for va in spots:
            start = self.at(va)
            level = 0 if start is None else self.pages[start][1]
            total = (total * 31 + self.entry(va) + level) & MASK
        yield f"mapped.{index}", total
        yield f"strays.{index}", 0

    def counted(self, index):
        yield f"tables.{index}", self.tables


class Choice:
    """paging_test.cpp: draw()."""

    def __init__(self, rng, base):
        self.level = 1 + rng.below(3)
        span = 1 << 20 if self.level == 1 else 3 * size(self.level)
        begin, end = (down(rng.below(span), size(1 + rng.below(self.level))) for _ in range(2))
        begin, end = min(begin, end), max(begin, end)
        self.va, self.length = base + begin, end - begin or 4096
        self.pa = down(rng.below(1 << 40), size(self.level)) + begin % size(self.level)
        if self.level > 1 and rng.below(3) == 0:
            self.pa += size(self.level - 1) * (1 + rng.below(511))

    @property
    def spots(self):
        va, length = self.va, self.length
        return [va - 4096 & MASK, va, va + down(length // 2, 4096), va + length - 4096, va + length]

    @property
    def words(self):
        return f"{self.length // 4096} pages at {self.va:x}, physical {self.pa:x}"


def draw_base(rng):
    return rng.below(1 << 16) + 1 << 30


@expect
def map_sizes(rng, run):
    for i in range(8):
        simulated(rng)
        model, choice, bits = Pages(), Choice(rng, draw_base(rng)), rng.below(16)
        yield f"outcome.{i}", model.map(choice.va, choice.pa, choice.length, bits), choice.words
        yield from model.observed(i, choice.spots)
        yield from model.counted(i)


@expect
def map_exists(rng, run):
    simulated(rng)
    base, model = draw_base(rng), Pages()
    for i in range(14):
        choice = Choice(rng, base)
        yield f"outcome.{i}", model.map(choice.va, choice.pa, choice.length, 1), choice.words
        yield from model.observed(i, choice.spots)


@expect
def map_refused(rng, run):
    simulated(rng)
    page = 4096 * (1 + rng.below(1000))
    cases = [(page, page, 4096), (page + 8, page, 4096), (page, page + 8, 4096), (page, page, 4104), (page, page, 0),
             (0x7FFF_FFFF_F000, page, 4096), (0x7FFF_FFFF_F000, page, 8192), (1 << 47, page, 4096), (MASK - 4095, page, 4096),
             (MASK - 4095, page, 8192), (page, page, MASK - 4095), (0xFFFF_8000_0000_0000 - 4096, page, 8192)]
    rng.shuffle(cases)
    model = Pages()
    for i, (va, pa, length) in enumerate(cases):
        good = (va, length) in [(page, 4096), (0x7FFF_FFFF_F000, 4096), (MASK - 4095, 4096)] and pa == page
        case = f"{length} bytes at {va:x}, physical {pa:x}"
        if good:
            model.map(va, pa, length, 0)
        yield f"outcome.{i}", "Success" if good else "InvalidArgument", case
        yield f"tables.{i}", model.tables, case


def bad_ranges(rng):
    simulated(rng)
    at = 4096 * (1 + rng.below(1000))
    ranges = [(at + 8, 4096), (at, 4104), (at, 0), (1 << 47, 4096), (MASK - 4095, 8192), (at, MASK - 4095)]
    rng.shuffle(ranges)
    for i, (va, length) in enumerate(ranges):
        case = f"{length} bytes at {va:x}"
        yield f"outcome.{i}", "InvalidArgument", case
        yield f"bytes.{i}", length


@expect
def map_bad_ranges(rng, run):
    yield from bad_ranges(rng)


@expect
def unmap_bad_ranges(rng, run):
    yield from bad_ranges(rng)


@expect
def protect_bad_ranges(rng, run):
    yield from bad_ranges(rng)


@expect
def map_out_of_memory(rng, run):
    for i in range(8):
        limit = 1 + rng.below(5)
        simulated(rng)
        choice, model = Choice(rng, draw_base(rng)), Pages()
        model.map(choice.va, choice.pa, choice.length, 1)
        fits = model.tables <= limit
        yield f"outcome.{i}", "Success" if fits else "OutOfMemory", choice.words
        if not fits:
            yield from Pages().observed(i, choice.spots)
            yield from Pages().counted(i)
        yield f"again.{i}", "AlreadyExists" if fits else "Success"
        yield from model.counted(i)


def mapped_at_random(rng, base, count):
    """paging_test.cpp: Space::map_some()."""
    model = Pages()
    for _ in range(count):
        choice = Choice(rng, base)
        model.map(choice.va, choice.pa, choice.length, 7 + 8 * rng.below(2))
    return model


@expect
def unmap_pages(rng, run):
    simulated(rng)
    base = draw_base(rng)
    model = mapped_at_random(rng, base, 6)
    for i in range(12):
        choice = Choice(rng, base)
        cut = model.cuts(choice.va, choice.length)
        if not cut:
            model.unmap(choice.va, choice.length)
        yield f"outcome.{i}", "InvalidArgument" if cut else "Success", choice.words
        yield from model.observed(i, choice.spots)


@expect
def unmap_tables(rng, run):
    simulated(rng)
    base = draw_base(rng)
    model = mapped_at_random(rng, base, 6)
    yield from model.counted(0)
    for i in range(1, 9):
        choice = Choice(rng, base)
        if not model.cuts(choice.va, choice.length):
            model.unmap(choice.va, choice.length)
        yield from model.counted(i)
    yield "everything.0", "Success"
    yield "tables.9", 1


@expect
def unmap_cut(rng, run):
    for i in range(6):
        simulated(rng)
        draw_base(rng)
        rng.below(size(2 + i % 2) // 4096 - 2)
        yield f"mapped.{i}", "Success"
        for end in ("begin", "end", "both"):
            yield f"{end}.{i}", "InvalidArgument"
        yield f"kept.{i}", 1 << 30
        yield f"whole.{i}", "Success"
        yield f"leaf.{i}", 0


@expect
def unmap_flush(rng, run):
    for i in range(9):
        simulated(rng)
        draw_base(rng)
        rng.below(6)
        yield f"mapped.{i}", "Success"
        yield f"outcome.{i}", "Success"
        yield f"told_of.{i}", 1 + rng.below(6), f"pages of {size(1 + i % 3) >> 10} KiB"


@expect
def unmap_leftovers(rng, run):
    for i in range(4):
        simulated(rng)
        draw_va(rng)
        lowest = 1 + rng.below(3)
        yield f"made.{i}", "Success"
        yield f"tables.{i}", 5 - lowest
        yield f"outcome.{i}", "Success"
        yield f"left.{i}", 1


@expect
def split_pages(rng, run):
    for i in range(8):
        simulated(rng)
        base = draw_base(rng)
        model = mapped_at_random(rng, base, 3)
        va = base + down(rng.below(3 << 30), size(1 + rng.below(3)))
        model.split(va)
        yield f"outcome.{i}", "Success", f"at {va:x}"
        yield from model.observed(i, [va - 4096, va, va + 4096, down(va, 1 << 21), down(va, 1 << 30)])
        yield from model.counted(i)
        yield f"all_unmapped.{i}", "Success"
        yield f"tables.{i}", 1


@expect
def split_out_of_memory(rng, run):
    for i in range(4):
        simulated(rng)
        base = draw_base(rng)
        va = base + 4096 * (1 + rng.below(511))
        yield f"mapped.{i}", "Success"
        yield f"outcome.{i}", "OutOfMemory"
        yield f"leaf.{i}", page_entry(0x4000_0000, 3, 1)
        yield f"one_more.{i}", "OutOfMemory"
        yield f"first.{i}", 0x4000_0000
        yield f"two_more.{i}", "Success"
        yield f"level.{i}", 1
        yield f"strays.{i}", 0


@expect
def protect_ranges(rng, run):
    simulated(rng)
    base = draw_base(rng)
    model = mapped_at_random(rng, base, 5)
    for i in range(10):
        choice, bits = Choice(rng, base), rng.below(8)
        model.protect(choice.va, choice.length, bits)
        yield f"outcome.{i}", "Success", choice.words
        yield from model.observed(i, choice.spots)
        yield from model.counted(i)


@expect
def protect_holes(rng, run):
    for i in range(6):
        simulated(rng)
        draw_base(rng)
        rng.below(500 if i % 2 == 0 else 300_000)
        yield f"mapped.{i}", "Success"
        yield f"mapped.{i}", "Success"
        yield f"outcome.{i}", "Success"
        yield f"writable.{i}", 0
        yield f"writable.{i}", 0
        yield f"between.{i}", 0


@expect
def protect_flush(rng, run):
    for i in range(8):
        simulated(rng)
        base = draw_base(rng)
        va, pages = base + 4096 * rng.below(400), 1 + rng.below(8)
        before, after = rng.below(8), rng.below(8)
        yield f"outcome.{i}", "Success"
        yield f"told_of.{i}", pages if before & ~after else 0, f"{named(before)} -> {named(after)}"


@expect
def protect_out_of_memory(rng, run):
    for i in range(4):
        simulated(rng)
        draw_base(rng)
        rng.below(511)
        yield f"mapped.{i}", "Success"
        yield f"outcome.{i}", "OutOfMemory"
        for spot in range(3):
            yield f"writable.{i}", 1
        yield f"again.{i}", "Success"
        yield f"writable.{i}", 0
