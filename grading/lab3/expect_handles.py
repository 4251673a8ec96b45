"""What a right lab 3 reports: the host's half of the tests of exercise 3.6."""
from grader.judging import Case, expect

READ, EVERYTHING = 1, 15
ANY, PORT, TIMER = range(3)
FIRST_REFERENCE = 1  # the test's own, of each object


def lowest(used):
    handle = 1
    while handle in used:
        handle += 1
    return handle


@expect
def handles_lowest(rng, run):
    first = 100 + rng.below(80)
    used = set(range(1, first + 1))
    yield "used.0", len(used)
    for i in range(120):
        handle = 1 + rng.below(190)
        if rng.below(5) < 3:
            if handle in used:
                used.remove(handle)
                yield f"removed.{handle}", "Success"
        else:
            given = lowest(used)
            used.add(given)
            yield f"handle.{i}", given
    yield "used.1", len(used)
    yield "references.0", 2 * FIRST_REFERENCE + len(used)
    yield "references.1", 2 * FIRST_REFERENCE


@expect
def handles_find(rng, run):
    table = {}
    for i in range(1, 10):
        table[i] = (TIMER if i % 2 else PORT, rng.below(16))
        yield f"handle.{i}", i
    del table[4]
    yield "removed.4", "Success"
    bad = [0, 4, 10, 70, 65535, 65536, 1 << 32 | 3, (1 << 64) - 1]
    for i, handle in enumerate(bad):
        yield f"bad.{i}", "InvalidHandle", f"handle {handle:#x}"
    for i in range(40):
        handle = bad[rng.below(8)] if rng.below(4) == 0 else 1 + rng.below(9)
        kind = rng.below(3)
        wanted = 0 if rng.below(3) == 0 else rng.below(16)
        its_kind, rights = table.get(handle, (None, 0))
        if its_kind is None:
            yield f"outcome.{i}", "InvalidHandle", f"handle {handle:#x}"
        elif kind not in (ANY, its_kind):
            yield f"outcome.{i}", "WrongType", Case("another type" + (" and missing rights" if wanted & ~rights else ""))
        elif wanted & ~rights:
            yield f"outcome.{i}", "PermissionDenied", f"rights {rights:04b}, wanted {wanted:04b}"
        else:
            yield f"outcome.{i}", "Success", f"rights {rights:04b}, wanted {wanted:04b}"
            yield f"contents.{i}", rights * 4 + its_kind


class Copies:
    """A tree of copies: handle -> (rights, the handle it is a copy of)."""

    def __init__(self):
        self.slots = {1: (EVERYTHING, 0)}

    def remove(self, handle):
        _, parent = self.slots.pop(handle)
        self.slots = {it: (rights, parent if of == handle else of) for it, (rights, of) in self.slots.items()}


@expect
def handles_copies(rng, run):
    copies, handles, closes = Copies(), [1], {}
    for i in range(1, 8):
        source = handles[rng.below(i)]
        rights = rng.below(16) | rng.below(16)
        closes[i + 1] = rng.below(2) == 0
        copies.slots[i + 1] = (copies.slots[source][0] & rights, source)
        handles.append(i + 1)
        yield f"source.{i}", "Success"
        yield f"handle.{i}", i + 1
    for turn in range(3):
        for i in range(1, 8):
            if handles[i] in copies.slots:
                rights, parent = copies.slots[handles[i]]
                yield f"contents.{i}", rights * 4 + PORT
                yield f"closes.{i}", int(closes[handles[i]]), "close_on_exec beside the rights"
                yield f"parent.{i}", parent
        gone = handles[1 + rng.below(7)]
        there = gone in copies.slots
        if there:
            copies.remove(gone)
        yield f"removed.{turn}", "Success" if there else "InvalidHandle"
    yield "references.0", FIRST_REFERENCE + len(copies.slots)


@expect
def handles_remove(rng, run):
    rng.below(20)
    yield "removed.0", "Success"
    yield "references.0", FIRST_REFERENCE + 19
    yield "used.0", 19
    for i, words in enumerate(["the same once more", "0", "never given", "in no page", "the last", "behind the last",
                               "with bits beyond 32", "-1"]):
        yield f"refused.{i}", "InvalidHandle", Case(f"handle {words}" if words in ("0", "-1") else f"a handle {words}")
    yield "found.0", "InvalidHandle"
    yield "references.1", FIRST_REFERENCE + 19
    yield "used.1", 19


@expect
def handles_full(rng, run):
    yield "count.0", 65535
    yield "outcome.0", "TableFull"
    yield "used.0", 65535
    yield "references.0", FIRST_REFERENCE + 65535
    yield "last.0", READ * 4 + PORT
    handle = 1 + rng.below(65535)
    yield "removed.0", "Success"
    yield "handle.0", handle
    yield "outcome.1", "TableFull"


@expect
def handles_out_of_memory(rng, run):
    pages = 1 + rng.below(3)
    used = 0
    for i in range(pages + 1):
        yield f"outcome.{i}", "OutOfMemory"
        if i:
            yield f"copied.{i}", "OutOfMemory"
        yield f"used.{i}", used
        yield f"references.{i}", FIRST_REFERENCE + used
        yield f"handle.{i}", used + 1
        used = 64 * (i + 1) - 1


class Table:
    """Handle -> Named, and which pages of slots there are (None: not even the directory)."""

    def __init__(self):
        self.named, self.pages = {}, None

    def reserve(self, allowed):
        """The handle, or 0 when so many allocations are too few."""
        handle = lowest(self.named)
        if self.pages is None and allowed:
            self.pages, allowed = set(), allowed - 1
        if self.pages is None or (handle // 64 not in self.pages and not allowed):
            return 0
        self.pages.add(handle // 64)
        return handle


class Named:
    """What a handle names, and what it is a copy of."""

    def __init__(self, which, rights, copy_of=None):
        self.which, self.rights, self.copy_of = which, rights, copy_of


class Tables:
    """Those of handle_model_test.cpp."""

    def __init__(self):
        self.tables = [Table(), Table(), Table()]

    def all(self):
        return [(number * 1000 + handle, it) for number, table in enumerate(self.tables) for handle, it in table.named.items()]

    def remove(self, table, handle):
        gone = table.named.pop(handle)
        for _, it in self.all():
            if it.copy_of is gone:
                it.copy_of = gone.copy_of

    def clear(self, table):
        for handle in list(table.named):
            self.remove(table, handle)
        table.pages = None

    def say(self, rng, i, case):
        for _ in range(4):
            table, handle = rng.below(3), 1 + rng.below(140)
            it = self.tables[table].named.get(handle)
            if it is None:
                yield f"nothing.{i}", "InvalidHandle", case
                continue
            yield f"object.{i}", it.which, case
            yield f"rights.{i}", it.rights, case
            yield f"copy_of.{i}", next((place for place, other in self.all() if other is it.copy_of), 0), case
        for table in self.tables:
            yield f"used.{i}", len(table.named), case
        for which in (0, 1):
            yield f"references.{i}", FIRST_REFERENCE + sum(it.which == which for _, it in self.all()), case


def draw_handle(rng):
    handle, what = 1 + rng.below(140), rng.below(24)
    return handle | 1 << [16, 32, 63][what] if what < 3 else 0 if what == 3 else handle


def inserted(table, it, allowed, i, case):
    handle = table.reserve(allowed)
    if handle:
        table.named[handle] = it
    yield f"outcome.{i}", "Success" if handle else "OutOfMemory", case
    yield f"handle.{i}", handle, case


@expect
def handle_model(rng, run):
    model = Tables()
    for i in range(50 + rng.below(80)):
        model.tables[0].named[model.tables[0].reserve(2)] = Named(0, 7)
        yield f"first.{i}", i + 1
    for i in range(256):
        what, source, target, handle = rng.below(8), rng.below(3), rng.below(3), draw_handle(rng)
        rights = rng.below(16) | rng.below(16)
        allowed = rng.below(2) if rng.below(3) == 0 else 1000
        source_table, table = model.tables[source], model.tables[target]
        it = source_table.named.get(handle)
        case = f"handle {handle:#x} of table {source}"
        if what < 2:
            case = f"a new handle in table {target}" + (f", memory for {allowed} frames" if allowed < 2 else "")
            yield from inserted(table, Named(handle % 2, rights), allowed, i, case)
        elif what < 4:
            case += f", copied to table {target}" + (f", memory for {allowed} frames" if allowed < 2 else "")
            yield f"source.{i}", "Success" if it else "InvalidHandle", case
            if it:
                yield from inserted(table, Named(it.which, it.rights & rights, it), allowed, i, case)
        elif what < 7:
            yield f"removed.{i}", "Success" if it else "InvalidHandle", case
            if it:
                model.remove(source_table, handle)
        else:
            wrong_type = it and target != ANY and target != [PORT, TIMER][it.which]
            missing = it and rights & 7 & ~it.rights
            yield f"found.{i}", "InvalidHandle" if not it else "WrongType" if wrong_type else \
                "PermissionDenied" if missing else "Success", case
        if i % 64 == 63:
            model.clear(source_table)
        yield from model.say(rng, i, case)
    yield "references.256", 2 * FIRST_REFERENCE
    yield "frames_lost.256", 0
