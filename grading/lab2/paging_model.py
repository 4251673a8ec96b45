"""Page tables as the tests of exercises 2.3 to 2.7 see them: entries, a list of pages, and what their C++ halves draw."""
from grader.rng import MASK

PRESENT, WRITE, USER, NO_CACHE, LARGE, NO_EXECUTE = 1, 2, 4, 16, 128, 1 << 63
ADDRESS = 0x000F_FFFF_FFFF_F000
TABLE = PRESENT | WRITE | USER


def size(level):
    return 1 << 12 + 9 * (level - 1)


def down(value, alignment):
    return value & ~(alignment - 1) & MASK


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


def simulated(rng):
    """SimulatedTables: the physical address of its first table."""
    return (1 + rng.below(1 << 30)) * 4096


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


class Range:
    """Memory to be mapped somewhere."""

    def __init__(self, va, pa, length):
        self.va, self.pa, self.length = va, pa, length

    @property
    def spots(self):
        va, length = self.va, self.length
        return [va - 4096 & MASK, va, va + down(length // 2, 4096), va + length - 4096, va + length]

    @property
    def words(self):
        return f"{self.length // 4096} pages at {self.va:x}, physical {self.pa:x}"


class Choice(Range):
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

    def take_part_of(self, other, first, count):
        """tables_model_test.cpp: Life::part()."""
        pages = other.length // 4096
        first = first % pages if count % 4 else 0
        self.va, self.pa = other.va + first * 4096, other.pa + first * 4096
        self.length = (1 + count % (pages - first)) * 4096 if count % 4 else other.length


class Shifted(Choice):
    """paging_test.cpp: draw_shifted()."""

    def __init__(self, rng, base, level):
        self.level, self.length = level, size(level)
        self.va = base + size(level - 1) * (1 + rng.below(511))
        self.pa = size(level) * rng.below(1000)


def draw_base(rng):
    return rng.below(1 << 16) + 1 << 30
