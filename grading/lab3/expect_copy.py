"""What a right lab 3 reports: the host's half of the tests of exercise 3.5."""
from grader.judging import Case, expect
from grader.rng import MASK

PAGE, PAGES = 4096, 4
BYTES = PAGES * PAGE
END_OF_SPACE = 0x7FFFFFFFF000
MISSING, READ_ONLY, WRITABLE = range(3)


def draw_base(rng):
    return (1 + rng.below((END_OF_SPACE >> 12) - PAGES - 1)) * PAGE


def draw_memory(rng):
    return bytearray(b"".join(rng.next().to_bytes(8, "little") for _ in range(BYTES // 8)))


def sum_of(memory):
    total = 0
    for at in range(0, BYTES, 8):
        total = (total * 31 + int.from_bytes(memory[at:at + 8], "little")) & MASK
    return total


def draw_range(rng, i):
    size = 1 + rng.below(16) if i % 4 == 0 else 1 + rng.below(BYTES)
    offset, place = rng.below(BYTES - size + 1), rng.below(BYTES - size + 1)
    return offset, size, place, rng.below(2) == 1


class Memory:
    """The process's and the kernel's, as they should be."""

    def __init__(self, rng):
        self.user, self.kernel = draw_memory(rng), draw_memory(rng)

    def copy(self, offset, size, place, write):
        if write:
            self.user[offset:offset + size] = self.kernel[place:place + size]
        else:
            self.kernel[place:place + size] = self.user[offset:offset + size]

    def contents(self, i, case=""):
        yield f"user.{i}", sum_of(self.user), case
        yield f"kernel.{i}", sum_of(self.kernel), case


def named(offset, size, write):
    return f"{size} bytes {'to' if write else 'from'} {offset:#x}, pages {offset // PAGE} to {(offset + size - 1) // PAGE}"


@expect
def copy_pages(rng, run):
    draw_base(rng)
    memory = Memory(rng)
    for i in range(12):
        offset, size, place, write = draw_range(rng, i)
        memory.copy(offset, size, place, write)
        yield f"outcome.{i}", "Success", named(offset, size, write)
        yield from memory.contents(i, named(offset, size, write))
    yield "resolved.0", 0


@expect
def copy_missing(rng, run):
    draw_base(rng)
    memory = Memory(rng)
    for i in range(12):
        there = [rng.below(3) == 0 for _ in range(PAGES)]
        offset, size, place, write = draw_range(rng, i)
        memory.copy(offset, size, place, write)
        touched = range(offset // PAGE, (offset + size - 1) // PAGE + 1)
        resolved = [page for page in touched if not there[page]]
        trace = 0
        for page in resolved:
            trace = (trace * 31 + page * 2 + write) & MASK
        case = f"{named(offset, size, write)}; missing: {resolved}"
        yield f"outcome.{i}", "Success", case
        yield from memory.contents(i, case)
        yield f"resolved.{i}", len(resolved), case
        yield f"which.{i}", trace, case


@expect
def copy_read_only(rng, run):
    draw_base(rng)
    memory = Memory(rng)
    for i in range(8):
        offset, size, place, _ = draw_range(rng, i)
        write, becomes_writable = i % 4 < 2, i % 2 == 0
        touched = list(range(offset // PAGE, (offset + size - 1) // PAGE + 1))
        refused = write and not becomes_writable
        case = Case(("writing to" if write else "reading") + " pages that may only be read"
                    + (", at first" if write and becomes_writable else ""))
        trace = 0
        for page in (touched[:1] if refused else touched) if write else []:
            trace = (trace * 31 + page * 2 + 1) & MASK
        if not refused:
            memory.copy(offset, size, place, write)
        yield f"outcome.{i}", "BadAddress" if refused else "Success", case
        yield from memory.contents(i, case)
        yield f"which.{i}", trace, case


@expect
def copy_fails(rng, run):
    draw_base(rng)
    memory = Memory(rng)
    for i in range(9):
        bad = 1 + rng.below(3)
        size = bad * PAGE + 1 + rng.below(PAGE)
        write = rng.below(2) == 1
        error = ["BadAddress", "PermissionDenied", "OutOfMemory"][i % 3]
        case = Case(f"resolving says {error}")
        changed, source = (memory.user, memory.kernel) if write else (memory.kernel, memory.user)
        first = run.value(f"first.{i}")
        possible = [int.from_bytes(which[:8], "little") for which in (changed, source)]
        yield f"outcome.{i}", "OutOfMemory" if i % 3 == 2 else "BadAddress", case
        yield f"first.{i}", first if first in possible else "what stood there, or what was copied", case
        yield f"behind.{i}", int.from_bytes(changed[bad * PAGE:bad * PAGE + 8], "little"), case
        memory.copy(0, size, 0, write)
        yield f"again.{i}", "Success", case
        yield from memory.contents(i, case)


@expect
def copy_in_vain(rng, run):
    draw_base(rng)
    Memory(rng)
    for i in range(4):
        draw_range(rng, i)
        yield f"possible.{i}", "Success"
        yield f"outcome.{i}", "BadAddress", f"resolving helps nothing from the {'last' if i % 2 else 'first'} page on"


@expect
def copy_refused(rng, run):
    base = END_OF_SPACE - BYTES
    some = 1 + rng.below(1000)
    Memory(rng)
    end, kernel = END_OF_SPACE, 0xFFFFFFFF80100000 + some
    edges = [(end - some, some), (end - some, some + 1), (end - 1, 2), (end, 1), (end, PAGE), (0x7FFFFFFFFFFF, 1),
             (1 << 47, some), (0xFFFF800000000000, some), (kernel, 8), (MASK, 1), (MASK, 2), (-some & MASK, some),
             (-some & MASK, some + 16), (base, -base & MASK), (base, -base + PAGE & MASK), (base + some, MASK),
             (end - PAGE, 1 << 47), (0, 1), (0, some), (PAGE - 1, 1), (PAGE - some, some + 1),
             (0, 0), (end, 0), (kernel, 0), (MASK, 0), (base + some, 0)]
    rng.shuffle(edges)
    for i, (address, size) in enumerate(edges):
        rng.below(2)
        good = size == 0 or PAGE <= address and address + size <= end
        words = "no bytes" if size == 0 else "inside" if good else "a range that wraps" if address + size > 1 << 64 else \
            "below user space" if address < PAGE else "behind user space" if address >= end else "across the end of user space"
        yield f"outcome.{i}", "Success" if good else "BadAddress", Case(words)
        yield f"escaped.{i}", 0, Case(words)


def stops(now, allowed, offset, size, write):
    """The pages that are asked for, and the one that cannot be had (None: the copying comes to its end)."""
    asked, least = [], WRITABLE if write else READ_ONLY
    for page in range(offset // PAGE, (offset + size - 1) // PAGE + 1):
        if now[page] < least:
            asked.append(page)
            if allowed[page] < least:
                return asked, page
    return asked, None


@expect
def copy_model(rng, run):
    draw_base(rng)
    memory = Memory(rng)
    for i in range(40):
        now, allowed = [], []
        for _ in range(PAGES):
            now.append(rng.below(3))
            allowed.append(now[-1] if rng.below(4) == 0 else WRITABLE)
        error = ["BadAddress", "BadAddress", "OutOfMemory"][rng.below(3)]
        offset, size, place, write = draw_range(rng, i)
        asked, bad = stops(now, allowed, offset, size, write)
        start = offset if write else place
        end = start + size if bad is None else start + max(bad * PAGE - offset, 0)
        trace = 0
        for page in asked:
            trace = (trace * 31 + page * 2 + write) & MASK
        case = f"{named(offset, size, write)}; page by page {now}, and then {allowed}"
        yield f"outcome.{i}", "Success" if bad is None else error, case
        yield f"resolved.{i}", len(asked), case
        yield f"which.{i}", trace, case
        changed = run.value(f"changed.{i}")
        yield f"changed.{i}", changed if changed <= end else f"nothing behind byte {end}", case
        memory.copy(offset, size, place, write)
        yield f"again.{i}", "Success", case
        yield from memory.contents(i, case)
