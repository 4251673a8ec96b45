"""What a right lab 2 reports: the host's half of the tests of exercises 2.5 to 2.7."""
from grader.judging import expect
from grader.rng import MASK
from paging_model import Choice, Pages, Range, Shifted, down, draw_base, draw_va, named, page_entry, simulated, size


@expect
def map_sizes(rng, run):
    for i in range(10):
        simulated(rng)
        model, base = Pages(), draw_base(rng)
        choice, bits = Choice(rng, base) if i < 8 else Shifted(rng, base, i - 6), rng.below(16)
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
    for i in range(4):
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
        draw_base(rng), rng.below(511)
        yield f"mapped.{i}", "Success"
        yield f"outcome.{i}", "OutOfMemory"
        yield f"leaf.{i}", page_entry(0x4000_0000, 3, 1)
        yield f"one_more.{i}", "OutOfMemory"
        yield f"first.{i}", 0x4000_0000
        yield f"two_more.{i}", "Success"
        yield f"level.{i}", 1
        yield f"strays.{i}", 0
        yield f"linked_empty.{i}", 0, "entries of a table, when an entry began to lead to it"


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
        draw_base(rng), rng.below(400)
        pages = 1 + rng.below(8)
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


# --- The ends of the address space ----------------------------------------------------------------------------------

def ends(rng, change):
    """paging_test.cpp: try_ends()."""
    for i in range(10):
        simulated(rng)
        model, unit = Pages(), size(1 + rng.below(3))
        length = unit * (1 + rng.below(3))
        last = Range((1 << 64 if i % 2 else 1 << 47) - length, down(rng.below(1 << 40), unit), length)
        yield f"outcome.{i}", model.map(last.va, last.pa, last.length, 3), last.words
        kept = 4096 * rng.below(length // 4096)
        kept = down(kept, size(1 + rng.below(3)))
        rest = Range(last.va + kept, last.pa + kept, length - kept)
        yield f"changed.{i}", change(model, rest), rest.words
        yield from model.observed(i, rest.spots)
        yield from model.counted(i)


@expect
def map_ends(rng, run):
    yield from ends(rng, lambda model, rest: model.map(rest.va, rest.pa, rest.length, 1))


@expect
def unmap_ends(rng, run):
    def change(model, rest):
        if model.cuts(rest.va, rest.length):
            return "InvalidArgument"
        model.unmap(rest.va, rest.length)
        return "Success"

    yield from ends(rng, change)


@expect
def protect_ends(rng, run):
    def change(model, rest):
        model.protect(rest.va, rest.length, 4)
        return "Success"

    yield from ends(rng, change)
