"""What a right lab 2 reports: the host's half of the long lives of page tables and of Vmos."""
from grader.judging import expect
from grader.rng import MASK
from paging_model import Choice, Pages, draw_base

PAGE, WINDOW, PLENTY, STEPS = 4096, 3 << 30, 10_000, 20
MAP, UNMAP, PROTECT, SPLIT = "map", "unmap", "protect", "split"


# --- Exercises 2.5 to 2.7 -------------------------------------------------------------------------------------------

def digest(model, spots, sizes):
    """tables_model_test.cpp: Life::observe()."""
    total = 0
    for va in spots:
        where = 0
        start = model.at(va)
        if start is not None:
            pa, level, bits = model.pages[start]
            where = pa + va - start + 16 + (bits & ~2 if bits & 8 else bits) + (PAGE << 9 * (level - 1) if sizes else 0)
        total = (total * 31 + where) & MASK
    return total


def outcomes(model, what, choice, bits, allowed, seen):
    """What the operation says when so many tables may be allocated (or `seen`, if it may say that), and what when memory is
    enough. The model is then as after the second."""
    before, enough = model.tables, "Success"
    if what == MAP:
        enough = model.map(choice.va, choice.pa, choice.length, bits)
    elif what == UNMAP and model.cuts(choice.va, choice.length):
        enough = "InvalidArgument"
    elif what == UNMAP:
        model.unmap(choice.va, choice.length)
    elif what == PROTECT:
        model.protect(choice.va, choice.length, bits & 7)
    else:
        model.split(choice.va)
    if enough == "AlreadyExists" and seen == "OutOfMemory" and allowed < PLENTY:
        return seen, enough  # memory ran out on the way to what is in the way
    return "OutOfMemory" if model.tables - before > allowed else enough, enough


def lives(rng, run, operations):
    for number in range(3):
        base, model, last = draw_base(rng), Pages(), None
        for i in range(100 * number, 100 * number + STEPS):
            what, choice = operations[rng.below(len(operations))], Choice(rng, base)
            near, first, count = rng.below(2), rng.next(), rng.next()
            if what != MAP and near and last:
                choice.take_part_of(last, first, count)
            bits = rng.below(16)
            allowed = rng.below(4) if rng.below(3) == 0 else PLENTY
            spots = [*choice.spots, base + PAGE * rng.below(WINDOW // PAGE)]
            kept, tables = digest(model, spots, False), model.tables
            outcome, enough = outcomes(model, what, choice, bits, allowed, run.observed.get(f"outcome.{i}"))
            case = f"{what} {choice.words}" + (f", memory for {allowed} tables" if allowed < PLENTY else "")
            yield f"outcome.{i}", outcome, case
            if outcome == "OutOfMemory":
                yield f"kept.{i}", kept, case
                if what == MAP:
                    yield f"kept_tables.{i}", tables, case
                yield f"again.{i}", enough, case
            if what == MAP and enough == "Success":
                last = choice
            yield f"mapped.{i}", digest(model, spots, True), case
            yield f"tables.{i}", model.tables, case
            yield f"stale.{i}", 0, case
            yield f"freed_early.{i}", 0, case
        yield f"end.{100 * number + STEPS}", "Success"
        yield f"tables.{100 * number + STEPS}", 1
        yield f"freed_early.{100 * number + STEPS}", 0


@expect
def map_model(rng, run):
    yield from lives(rng, run, [MAP, MAP, UNMAP])


@expect
def tables_model(rng, run):
    yield from lives(rng, run, [MAP, MAP, UNMAP, PROTECT, PROTECT, SPLIT])


# --- Exercise 2.10 --------------------------------------------------------------------------------------------------

class Frame:
    def __init__(self, value=0):
        self.value, self.holders = value, 1


def dropped(vmo):
    for frame in vmo.values():
        frame.holders -= 1


def state_of(vmos, spots):
    """cow_model_test.cpp: Family::observe()."""
    total = 0
    for vmo in vmos:
        for page in spots:
            frame = vmo.get(page) if vmo is not None else None
            total = (total * 31 + (frame.value * 8 + frame.holders if frame else vmo is not None)) & MASK
    return total


def write(vmo, page, value):
    """How many allocations this needs, at least and at most."""
    frame = vmo.get(page)
    if frame is None:
        vmo[page] = Frame(value)
        return 1, 2  # a frame, and perhaps a node of the PageMap
    if frame.holders == 1:
        frame.value = value
        return 0, 0
    frame.holders -= 1
    vmo[page] = Frame(value)
    return 1, 1


def clone(vmo):
    """The copy, and as write(): the Vmo, and the root of its PageMap; perhaps a slab, and nodes."""
    for frame in vmo.values():
        frame.holders += 1
    return dict(vmo), (2, 6)


@expect
def cow_model(rng, run):
    pages = 400 + rng.below(700)
    spots = [0, pages - 1, *(rng.below(pages) for _ in range(4))]
    vmos = [None] * 5
    for i in range(160):
        what, slot, other = rng.below(8), rng.below(5), rng.below(5)
        page, allowed = spots[rng.below(6)], rng.below(3) if rng.below(4) == 0 else PLENTY
        kept, needs, case = state_of(vmos, spots), (0, 0), ""
        if vmos[slot] is None:
            vmos[slot], needs, case = {}, (2, 3), f"create {slot}"
        elif what == 0:
            dropped(vmos[slot])
            vmos[slot], case = None, f"drop {slot}"
        elif what < 3 and vmos[other] is None:
            (vmos[other], needs), case = clone(vmos[slot]), f"clone {slot} as {other}"
        else:
            needs, case = write(vmos[slot], page, i + 1), f"write to page {page} of {slot}"
        failed = allowed < needs[0] or (allowed < needs[1] and run.observed.get(f"outcome.{i}") == "OutOfMemory")
        case += f", memory for {allowed} allocations" if allowed < PLENTY else ""
        yield f"outcome.{i}", "OutOfMemory" if failed else "Success", case
        if failed:
            yield f"kept.{i}", kept, case
            yield f"again.{i}", "Success", case
        yield f"state.{i}", state_of(vmos, spots), case
    yield "frames_lost.0", 0
    yield "bytes_lost.0", 0
