"""What a right lab 3 reports: the host's half of the challenges."""
import struct

from grader.judging import Case, expect
from grader.rng import MASK


# --- Challenge 3.11 -------------------------------------------------------------------------------------------------

class Anything:
    """But that all is well."""

    def __eq__(self, said):
        return isinstance(said, str) and said not in ("", "nothing")

    def __str__(self):
        return "anything but 'nothing'"


def hunts(rng, broken):
    rng.next()
    before = rng.below(len(broken) + 1)
    for number in [*range(1, before + 1), 0, *range(before + 1, len(broken) + 1)]:
        yield f"ran.{number}", "Success"
        yield f"says.{number}", Anything() if number else "nothing", Case(broken[number - 1] if number else "the kernel as it is")


@expect
def hunt_register(rng, run):
    yield from hunts(rng, [f"the kernel that loses {name}" for name in ("rbx", "rbp", "r12", "r13", "r14", "r15")])


@expect
def hunt_selectors(rng, run):
    yield from hunts(rng, ["the broken kernel"])


hunt_range = hunt_page = hunt_stack = hunt_direction = hunt_selectors


# --- Challenge 3.12 -------------------------------------------------------------------------------------------------

FILE_BYTES, PAGE, START, END = 0x5000, 4096, 0x1000, 0x7FFFFFFFF000
LOAD, DYNAMIC, INTERPRETER, NOTE, STACK = 1, 2, 3, 4, 0x6474E551
HEADER, PROGRAM_HEADER = struct.Struct("<16sHHIQQQIHHHHHH"), struct.Struct("<IIQQQQQQ")
BOTH = 3  # may be executed, may be written


def draw_file(rng):
    """my_elf_test.cpp: draw() and write(). The bytes up to the end of the table."""
    segments = 1 + rng.below(6)
    entered, table_at = rng.below(segments), HEADER.size + 8 * rng.below(4)
    noted, at, last_page, rights, entry, table = rng.below(segments), 0x400000 + rng.below(0x100000), 0, 0, 0, []
    for i in range(segments):
        if i == noted:
            table.append((NOTE, 4, rng.below(0x1000), 0, 0, 32, 32, 4))
        drawn, gap, some = rng.below(3), rng.below(4), rng.below(0x1000)
        own = 1 if i == entered else drawn
        at = [at, at + some % 64, -(-at // PAGE) * PAGE + some, at + 0x5000 + some][gap]
        shared = at // PAGE == last_page
        if shared and rights | own == BOTH:
            at, shared = (last_page + 1) * PAGE + some, False
        rights = rights | own if shared else own
        memory, alignment = 1 + rng.below(0x3000), 0x2000 if rng.below(4) == 0 else 0x1000
        inside, size = rng.below(memory), rng.below(memory + 1)
        if i == entered:
            entry = at + inside
        table.append((LOAD, 4 | own, at % alignment, at, some, size, memory, alignment))
        if (at + memory - 1) // PAGE != at // PAGE:
            rights = own
        at += memory
        last_page = (at - 1) // PAGE
    header = HEADER.pack(b"\x7fELF\x02\x01\x01", 2, 62, 1, entry, table_at, 0, 0, 64, 56, len(table), 0, 0, 0)
    return bytearray(header.ljust(table_at, b"\0") + b"".join(PROGRAM_HEADER.pack(*row) for row in table))


def read_table(data):
    """The entry and the rows; nothing for a file that is none of ours."""
    if len(data) < HEADER.size:
        return None
    ident, kind, machine, version, entry, at, _, _, size, row, count, *_ = HEADER.unpack_from(data)
    if ident[:7] != b"\x7fELF\x02\x01\x01" or (kind, machine, version, size, row) != (2, 62, 1, 64, 56):
        return None
    if at % 8 or at + count * row > len(data):
        return None
    return entry, [PROGRAM_HEADER.unpack_from(data, at + i * row) for i in range(count)]


def planned(data):
    """Ranges (start, pages, rights) and the entry; nothing if the file must be refused."""
    read = read_table(data)
    if not read:
        return None
    entry, rows = read
    pages, lowest, count, may_enter = [], START, 0, False
    for kind, flags, offset, address, _, size, memory, alignment in rows:
        if kind in (DYNAMIC, INTERPRETER) or kind == STACK and flags & 1:
            return None
        if kind != LOAD:
            continue
        if size > memory or offset + size > len(data):
            return None
        if memory == 0:
            continue
        count += 1
        if alignment < PAGE or alignment & (alignment - 1) or (address - offset) % alignment:
            return None
        if address < lowest or address + memory > END or count > 8:
            return None
        lowest = address + memory
        may_enter = may_enter or bool(flags & 1 and address <= entry < lowest)
        first, end = address // PAGE, -(-lowest // PAGE)
        if pages and pages[-1][1] > first:  # in one page with the segment before
            before, _, rights = pages.pop()
            pages += [(before, first, rights), (first, first + 1, rights | flags & BOTH)]
            first += 1
        pages.append((first, end, flags & BOTH))
        pages = [piece for piece in pages if piece[0] != piece[1]]
    if not may_enter or any(rights == BOTH for _, _, rights in pages):
        return None
    ranges = []
    for first, end, rights in pages:
        if ranges and ranges[-1][0] + ranges[-1][1] == first and ranges[-1][2] == rights:
            ranges[-1][1] += end - first
        else:
            ranges.append([first, end - first, rights])
    return ranges, entry


def told(i, ranges, entry):
    yield f"ranges.{i}", len(ranges)
    for n, (page, count, rights) in enumerate(ranges):
        yield f"start.{n}", page * PAGE
        yield f"pages.{n}", count
        yield f"rights.{n}", rights | 4
    yield f"entry.{i}", entry


def whole(data):
    return bytes(data).ljust(FILE_BYTES, b"\0")


@expect
def elf_plans(rng, run):
    for i in range(10):
        yield f"outcome.{i}", "Success"
        yield from told(i, *planned(whole(draw_file(rng))))


def spoiled(rng, ways):
    for i, (error, words) in enumerate(ways):
        draw_file(rng)
        rng.next()
        yield f"before.{i}", "Success"
        yield f"outcome.{i}", error, Case(words)


INVALID, UNSUPPORTED, DENIED = "InvalidArgument", "NotSupported", "PermissionDenied"


@expect
def elf_header(rng, run):
    yield from spoiled(rng, [
        (INVALID, "another magic number"), (UNSUPPORTED, "32 bits"), (UNSUPPORTED, "big-endian"), (INVALID, "ident says version 0"),
        (INVALID, "version 2"), (UNSUPPORTED, "a shared object"), (UNSUPPORTED, "another machine"), (INVALID, "a header of 52 bytes"),
        (INVALID, "program headers of 64 bytes"), (INVALID, "a table that does not begin at a multiple of 8"), (INVALID, "no program headers"),
        (UNSUPPORTED, "an interpreter"), (UNSUPPORTED, "linked dynamically")])


@expect
def elf_sizes(rng, run):
    yield from spoiled(rng, [(INVALID, words) for words in (
        "the header is cut off", "the table is cut off", "the table begins at the end of all numbers", "the table's end wraps to 0",
        "many more program headers than the file holds", "one byte more than the file has", "offset and size wrap",
        "more bytes in the file than in memory", "address and size wrap", "one byte above user space", "in page 0",
        "in the kernel's half")])


@expect
def elf_alignment(rng, run):
    yield from spoiled(rng, [(INVALID, words) for words in (
        "alignment 0", "alignment 1", "alignment 2048", "alignment 12288", "address and offset differ in a page",
        "address and offset differ by a page, alignment 8192")])


def outcomes(rows):
    for i, (error, words) in enumerate(rows):
        yield f"outcome.{i}", error, Case(words)


@expect
def elf_rights(rng, run):
    rng.below(1000)
    yield from outcomes([
        ("Success", "r-- and r-x in one page"), (DENIED, "rwx"), (DENIED, "r-x, then rw- in its last page"),
        (DENIED, "rw-, then r-x in its last page"), (DENIED, "r-x, r-- and rw- in one page"),
        (DENIED, "rw-, r-- and r-x in one page"), ("Success", "rw- and r-x in neighbouring pages")])
    yield from spoiled(rng, [("Success", "a stack rw-"), (DENIED, "a stack rwx")])


@expect
def elf_order(rng, run):
    rng.below(1000), rng.below(0x7FF)
    yield from outcomes([
        ("Success", "each begins where the last one ends"), (INVALID, "one byte twice"), (INVALID, "one inside of the other"),
        (INVALID, "the same place twice"), (INVALID, "the wrong order in one page"), (INVALID, "the wrong order"),
        ("Success", "an empty one inside of the one before"), ("Success", "8 segments"),
        ("Success", "8 segments and 4 that are empty"), ("TableFull", "9 segments")])


@expect
def elf_entry(rng, run):
    rng.below(1000), rng.below(0x800)
    yield from outcomes([
        ("Success", "the first byte"), ("Success", "the last byte"), (INVALID, "one byte too low"), (INVALID, "one byte too high"),
        (INVALID, "may only be read"), (INVALID, "may be written"), (INVALID, "nowhere")])


def damaged(rng, word):
    kind, some = rng.below(8), rng.next()
    return [0, some % 8, word + 1, word - 1, word ^ 1 << some % 64, word + 0x1000, ~(some % 0x2000), 1 << 63][kind] & MASK


@expect
def elf_damaged(rng, run):
    for i in range(200):
        data = draw_file(rng)
        words = len(data) // 4 - 1
        for _ in range(3 - rng.below(3)):
            at, size = 4 * rng.below(words), 4 if rng.below(2) == 0 else 8
            data[at:at + size] = damaged(rng, int.from_bytes(data[at:at + 8], "little")).to_bytes(8, "little")[:size]
        size = rng.below(0x800) if rng.below(4) == 0 else FILE_BYTES
        plan = planned(whole(data)[:size])
        yield f"taken.{i}", int(plan is not None)
        if plan:
            yield from told(i, *plan)
