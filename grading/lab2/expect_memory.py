"""What a right lab 2 reports: the host's half of the tests of exercises 2.8 to 2.10."""
from grader.judging import Case, expect
from grader.rng import MASK

PAGE, MOST_PAGES = 4096, 32
MISSING, PRIVATE, SHARED = range(3)
FILL, COPY, MAP = range(3)


# --- Exercise 2.8 ---------------------------------------------------------------------------------------------------

def told(index, pages):
    """WrittenDown::report() for flushes of these addresses; more than the threshold are one flush of everything."""
    everything = len(pages) > MOST_PAGES
    yield f"pages.{index}", 0 if everything else len(pages)
    yield f"sum.{index}", 0 if everything else sum(va * 2 + 1 for va in pages) & MASK
    yield f"all.{index}", 1 if everything else 0


def draw_va(rng):
    return rng.below(1 << 35) * PAGE


def pages_of(va, count, size=PAGE):
    return [va + i * size for i in range(count)]


@expect
def flush_pages(rng, run):
    for i in range(6):
        pages = []
        for _ in range(rng.below(4)):
            va = draw_va(rng)
            pages += pages_of(va, 1 + rng.below(6))
        yield from told(2 * i, [])
        yield from told(2 * i + 1, pages)


@expect
def flush_large(rng, run):
    for i in range(4):
        size = 1 << 21 if i % 2 == 0 else 1 << 30
        count = 1 + rng.below(8)
        yield from told(i, pages_of(rng.below(1000) * size, count, size))


@expect
def flush_threshold(rng, run):
    for i in range(10):
        first = rng.below(MOST_PAGES)
        more = 0 if i % 2 == 0 else 1 + rng.below(4)
        pages = pages_of(draw_va(rng), first)
        pages += pages_of(draw_va(rng), MOST_PAGES - first + more)
        yield from told(i, pages)
    yield from told(10, range(MOST_PAGES + 1))


@expect
def flush_again(rng, run):
    for i in range(8):
        count = 100 if rng.below(3) == 0 else 1 + rng.below(10)
        pages = pages_of(draw_va(rng), count)
        if rng.below(2) == 0:
            pages += pages_of(draw_va(rng), 1)
        yield from told(2 * i, pages)
        yield from told(2 * i + 1, [])


@expect
def flush_model(rng, run):
    most_tables = 16
    pages, tables, everything = [], [], False
    for i in range(200):
        what, count, va = rng.below(8 if i < 100 else 40), 1 + rng.below(12), draw_va(rng)
        later = what >= 3 and i % 3 == 0
        commits = what == 0 or (later and len(tables) == most_tables)
        yield from told(i, (range(MOST_PAGES + 1) if everything else pages) if commits else [])
        returned = 0
        for table in tables if commits else []:
            returned = (returned * 31 + table) & MASK
        yield f"returned.{i}", returned
        yield f"too_early.{i}", 0
        if commits:
            pages, tables, everything = [], [], False
        if what in (1, 2):
            pages += pages_of(va, count)
        if later:
            tables.append(va)
        everything |= later or len(pages) > MOST_PAGES


# --- Exercise 2.9 ---------------------------------------------------------------------------------------------------

def decided(i, number, region=True, reserved=False):
    allowed, write, execute, state = number & 7, number & 8, number & 16, number >> 5
    words = [word for word, said in (("reserved bit", reserved), ("no region", not region), ("write", write), ("fetch", execute))
             if said] or ["read"]
    case = Case(f"{' and '.join(words)}, region r{'w' if allowed & 1 else '-'}{'x' if allowed & 2 else '-'}, "
                f"page {['missing', 'private', 'shared'][state]}")
    if reserved or not region:
        yield f"outcome.{i}", "Internal" if reserved else "BadAddress", case
    elif write and not allowed & 1 or execute and not allowed & 2:
        yield f"outcome.{i}", "PermissionDenied", case
    else:
        action = {MISSING: FILL, PRIVATE: MAP, SHARED: COPY if write else MAP}[state]
        yield f"outcome.{i}", "Success", case
        yield f"action.{i}", action, case
        yield f"perms.{i}", allowed & 6 if state == SHARED and not write else allowed, case


def asked(rng, state):
    order = [i | state << 5 for i in range(32)]
    rng.shuffle(order)
    for i, number in enumerate(order):
        yield from decided(i, number)


@expect
def fault_missing(rng, run):
    yield from asked(rng, MISSING)


@expect
def fault_private(rng, run):
    yield from asked(rng, PRIVATE)


@expect
def fault_shared(rng, run):
    yield from asked(rng, SHARED)


@expect
def fault_hopeless(rng, run):
    order = list(range(96))
    rng.shuffle(order)
    for i in range(24):
        reserved = i % 3 != 1 and rng.below(2) == 0
        yield from decided(i, order[i], i % 3 != 0, reserved)


# --- Exercise 2.10 --------------------------------------------------------------------------------------------------

class Shared:
    """A Vmo with some pages and its clones: for each present page, which of them hold the first frame together."""

    def __init__(self, rng):
        self.pages = 4 + rng.below(40)
        mask = (rng.next() | 1) & (1 << self.pages) - 1
        self.present = [page for page in range(self.pages) if mask >> page & 1]

    def observed(self, index, holders, alone=()):
        """`holders` hold each frame together, except those of the pages in `alone`."""
        shared = 0 if holders == 1 else len([page for page in self.present if page not in alone])
        yield f"missing.{index}", self.pages - len(self.present)
        yield f"shared.{index}", shared
        yield f"references.{index}", len(self.present) + shared * (holders - 1)
        yield f"right.{index}", len(self.present)


@expect
def cow_share(rng, run):
    for i in range(4):
        vmo = Shared(rng)
        clones = 1 + rng.below(3)
        for _ in range(clones):
            yield f"outcome.{i}", "Success"
        yield from vmo.observed(i, 1 + clones)
        yield from vmo.observed(i, 1 + clones)
        yield f"frames.{i}", clones_cost(clones, run, i)


def clones_cost(clones, run, i):
    """A frame for each clone's PageMap; the heap may need one more for the Vmos themselves."""
    seen = run.value(f"frames.{i}")
    return seen if clones <= seen <= clones + 1 else clones


@expect
def cow_write(rng, run):
    vmo, alone = Shared(rng), set()
    yield "outcome.0", "Success"
    for i in range(12):
        page = rng.below(vmo.pages)
        if page not in vmo.present:
            continue
        rng.below(2)
        first = page not in alone
        alone.add(page)
        yield f"owned.{i}", "Success"
        yield f"moved.{i}", 1 if first else 0
        yield f"expected_to_move.{i}", 1 if first else 0
        yield f"apart.{i}", 1
        yield f"known.{i}", 1
        yield from vmo.observed(i, 2, alone)
        yield from vmo.observed(i, 2, alone)


@expect
def cow_last_owner(rng, run):
    vmo = Shared(rng)
    yield "outcome.0", "Success"
    yield from vmo.observed(0, 1)
    for page in vmo.present:
        yield f"owned.{page}", "Success"
        yield f"moved.{page}", 0
    yield "frames.0", 0


@expect
def cow_physical(rng, run):
    for i in range(8):
        start = rng.below(1 << 36) * PAGE
        yield f"owned.{i}", "Success"
        yield f"frame.{i}", start + rng.below(1000) * PAGE


@expect
def cow_out_of_memory(rng, run):
    vmo = Shared(rng)
    allowed = rng.below(3)
    # The Vmo and the root of its PageMap; the heap may have to get a frame first.
    enough = allowed == 2 and run.observed.get("clone.2") == "Success"
    yield f"clone.{allowed}", "Success" if enough else "OutOfMemory"
    yield "frames.0", 0
    yield "again.0", "Success"
    yield "owned.0", "OutOfMemory"
    yield from vmo.observed(0, 2)
    yield from vmo.observed(1, 2)
    yield "owned.1", "Success"
    yield from vmo.observed(2, 2, {0})


@expect
def cow_half_shared(rng, run):
    pages = 600 + rng.below(1000)
    yield "outcome.0", "Success"
    yield "failed_first.0", 1
    yield "lost.0", 0
    yield "references.0", 0
    yield "pages.0", pages
