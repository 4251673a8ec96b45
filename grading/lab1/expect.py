"""What a right lab 1 reports: the host's half of the tests of exercises 1.1 to 1.3."""
import re

from grader.judging import Case, Witness, expect
from grader.rng import MASK, Random


def signed(value):
    """A 64-bit pattern as int64_t."""
    return value - (1 << 64) if value >> 63 else value


def letter(rng, first="a", count=26):
    return chr(ord(first) + rng.below(count))


# --- Exercise 1.1 ---------------------------------------------------------------------------------------------------

@expect
def uart_divisor(rng, run):
    rates = [115200, 57600, 38400, 19200, 9600, 4800, 2400, 1200, 300, 50]
    rng.shuffle(rates)
    for i, baud in enumerate(rates):
        rng.below(64)
        yield f"outcome.{i}", "Success", f"{baud} baud"
        yield f"divisor.{i}", 115200 // baud, f"{baud} baud"
        yield f"strays.{i}", 0, f"{baud} baud"


@expect
def uart_line(rng, run):
    rng.below(64)
    word = "".join(letter(rng) for _ in range(8))
    yield "outcome.0", "Success"
    yield "line_control.0", 0x03
    yield "interrupt_enable.0", 0
    yield "fifo_on.0", 1
    yield "fifo_cleared.0", 6
    yield "dtr_rts.0", 3
    yield "bytes_sent.0", 0
    yield "then_sends.0", word


@expect
def uart_bad_rate(rng, run):
    rng.below(64)
    rates = [115200, 57600, 9600, 4800, 1200, 300, 50, 0, 1, 113, 100000, 115201, 230400, 4000000000]
    rng.shuffle(rates)
    for i, baud in enumerate(rates):
        good = baud != 0 and 115200 % baud == 0 and 115200 // baud <= 0xFFFF
        yield f"outcome.{i}", "Success" if good else "InvalidArgument", f"{baud} baud"
        yield f"touched.{i}", 1 if good else 0, f"{baud} baud: a register written?"


@expect
def uart_poll(rng, run):
    rng.below(64)
    stream = Random(rng.next())
    yield "outcome.0", "Success"
    yield "sent.0", "".join(chr((0x0E + stream.below(0xF0)) & 0xFF) for _ in range(60))
    yield "lost.0", 0


@expect
def uart_newline(rng, run):
    rng.below(64)
    letters = Random(rng.next())
    text = ""
    for _ in range(6):
        line = "".join("\n" if letters.below(4) == 0 else letter(letters) for _ in range(12))
        text += line[:1 + letters.below(12)]
    yield "outcome.0", "Success"
    yield "sent.0", text.replace("\n", "\r\n") + "\n"
    yield "lost.0", 0


@expect
def console_greeting(rng, run):
    line = "greeting " + "".join(letter(rng) for _ in range(16)) + "\r\n"
    yield "outcome.0", "Success"
    yield Witness("the line on COM1", line, line if line in run.com1 else "no such line")


# --- Exercise 1.2 ---------------------------------------------------------------------------------------------------

def random_number(rng):
    bits = rng.below(64)
    return rng.next() >> bits


def written(value, base=10, width=0, fill=" "):
    digits = format(abs(value), "x" if base == 16 else "d")
    sign = "-" if value < 0 else ""
    if fill == "0":
        return sign + digits.rjust(width - len(sign), "0")
    return (sign + digits).rjust(width)


def call(value, base=10, width=0, fill=" ", room=80):
    """A call of the format functions in words; what is as by default is left out."""
    style = [f"base {base}"] * (base != 10) + [f"width {width}"] * (width != 0) + [f"fill {fill!r}"] * (fill != " ")
    return ", ".join([str(value), *style] + [f"{room} bytes of room"] * (room != 80))


def observed(i, value, base=10, width=0, fill=" ", room=80):
    """What a call reports, with the buffer behind it."""
    text, case = written(value, base, width, fill), call(value, base, width, fill, room)
    fits = len(text) <= room
    yield f"outcome.{i}", "Success" if fits else "BufferTooSmall", case
    yield f"length.{i}", len(text) if fits else 0, case
    yield f"text.{i}", text if fits else "", case


def refused(i, case):
    yield f"outcome.{i}", "InvalidArgument", case
    yield f"length.{i}", 0, case
    yield f"text.{i}", "", case


@expect
def format_decimal(rng, run):
    for i in range(12):
        yield from observed(i, random_number(rng))


@expect
def format_hex(rng, run):
    for i in range(12):
        yield from observed(i, random_number(rng), 16)


@expect
def format_signed(rng, run):
    for i in range(16):
        value = random_number(rng)
        if i % 2 == 1:
            value = -value & MASK
        yield from observed(i, signed(value), 10 if i % 4 < 2 else 16)


@expect
def format_limits(rng, run):
    limits = [0, 1, 9, 10, 15, 16, (1 << 63) - 1, 1 << 63, MASK]
    rng.shuffle(limits)
    for i, value in enumerate(limits):
        yield from observed(2 * i, value, 10 if i % 2 == 0 else 16)
        yield from observed(2 * i + 1, signed(value))


@expect
def format_padding(rng, run):
    for i in range(32):
        width = 24 + rng.below(8) if i < 8 else rng.below(24)
        value = random_number(rng)
        number = value if i // 4 % 2 == 0 else -(value // 2)
        yield from observed(i, number, 10 if i % 2 == 0 else 16, width, " " if i // 2 % 2 == 0 else "0")


@expect
def format_room(rng, run):
    for i in range(12):
        digits = 1 + rng.below(16)
        value = 0
        for _ in range(digits):
            value = value << 4 | (1 + rng.below(15))
        width = 0 if rng.below(2) == 0 else digits + rng.below(4)
        needed = max(width, digits)
        room = [needed, needed - 1, 0][i % 3]
        yield from observed(i, value, 16, width, " ", room)


@expect
def format_bad_style(rng, run):
    yield from observed(0, rng.next())
    for i, base in enumerate((0, 1, 2, 8, 17, 36), 1):
        yield from refused(i, f"base {base}")
    yield from refused(7, "fill 'x'")
    yield from refused(8, "fill NUL")


@expect
def console_numbers(rng, run):
    number = rng.next()
    negative = -rng.below(1_000_000)
    line = f"numbers {number} {number:016x} {negative:8}|\r\n"
    yield "outcome.0", "Success"
    yield "direct.0", "Success"
    yield Witness("the line on COM1", line, line if line in run.com1 else after(run.com1, "numbers "))


def after(com1, start):
    """The line of the console that begins with `start`, to show what stands there instead."""
    found = re.search(re.escape(start) + "[^\n]*\n?", com1)
    return found.group(0) if found else "no such line"


# --- Exercise 1.3 ---------------------------------------------------------------------------------------------------

@expect
def boot_memory_map(rng, run):
    rng.below(3)
    for r in range(3):
        ranges = []
        for i in range(3 + rng.below(6)):
            base, length = rng.next() >> 16, rng.next() >> 20
            kind = 6 + rng.below(100) if i == 0 else rng.below(8)
            ranges.append((base, length, kind))
        yield f"outcome.{r}", "Success"
        yield f"ranges.{r}", len(ranges)
        for number, (base, length, kind) in enumerate(ranges):
            yield f"base.{r}", base, f"range {number}"
            yield f"length.{r}", length, f"range {number}"
            yield f"kind.{r}", kind if 1 <= kind <= 5 else 2, f"range {number}, of type {kind}"


@expect
def boot_modules(rng, run):
    turn = rng.below(5)
    for r in range(5):
        modules = []
        for _ in range((r + turn) % 5):
            start, size = rng.below(0x40000000), rng.below(0x100000)
            name = "".join(letter(rng) for _ in range(12))
            modules.append((start, start + size, name[:rng.below(12)]))
        yield f"outcome.{r}", "Success"
        yield f"command_line.{r}", "entry=mine" if (r + turn) % 2 == 0 else ""
        yield f"modules.{r}", len(modules)
        for number, (start, end, name) in enumerate(modules):
            yield f"start.{r}", start, f"module {number}"
            yield f"end.{r}", end, f"module {number}"
            yield f"name.{r}", name, f"module {number}"


def unknown_tag(rng):
    rng.below(100)
    rng.below(24)


@expect
def boot_alignment(rng, run):
    for r in range(6):
        for _ in range(rng.below(3)):
            unknown_tag(rng)
        start = rng.below(0x10000000)
        unknown_tag(rng)
        unknown_tag(rng)
        rng.below(2)
        yield f"outcome.{r}", "Success"
        yield f"modules.{r}", 1
        yield f"ranges.{r}", 1
        yield f"start.{r}", start
        yield f"base.{r}", start


BAD_TAGS = ["total size beyond the block", "total size of 7", "total size that cuts a tag", "no end tag", "tag size of 7",
            "tag size of 0", "tag that leaves the block", "tag size that wraps around", "memory map that leaves the block"]
BAD_CONTENTS = ["memory map without its fields", "entry size of 16", "entry size of 0", "entry size of 28", "entry cut off",
                "range that wraps around", "module that ends before it starts", "module name without NUL",
                "module without its fields", "command line without NUL"]


def malformed(rng, cases):
    for i, case in enumerate(cases):
        right_one = rng.below(2)
        for turn in range(2):
            right = turn == right_one
            yield f"outcome.{2 * i + turn}", "Success" if right else "InvalidArgument", Case("a right block" if right else case)


@expect
def boot_bad_tags(rng, run):
    yield from malformed(rng, BAD_TAGS)


@expect
def boot_bad_contents(rng, run):
    yield from malformed(rng, BAD_CONTENTS)


@expect
def boot_full(rng, run):
    order = list(range(12))
    rng.shuffle(order)
    for i in range(12):
        too_many, kind = order[i] % 2 == 1, "ranges" if order[i] % 4 < 2 else "modules"
        case = f"one of the {kind} does not fit" if too_many else f"all {kind} just fit"
        yield f"outcome.{i}", "TableFull" if too_many else "Success", case


@expect
def boot_grub(rng, run):
    yield "outcome.0", "Success"
    yield "top_mib.0", run.memory_mib
    yield "modules.0", 1
    yield "name.0", "archive"
    yield "size.0", run.archive_size


@expect
def memory_table(rng, run):
    heading = f"memory table {rng.next():x}\r\n"
    yield "console.0", "Success"
    yield "outcome.0", "Success"
    table = run.com1.partition(heading)[2]
    top = re.search(r"\[MEMORY\] 000000100000 - ([0-9a-f]{12}) usable\r\n", table)
    top_mib = (int(top.group(1), 16) + (1 << 20) - 1) >> 20 if top else "no such line"
    yield Witness("end of the usable range at 1 MiB in the table on COM1, in MiB", run.memory_mib, top_mib)
    rows = table.count("[MEMORY] ") - 1
    total = after(table, f"[MEMORY] {rows} ranges, ")
    yield Witness("the table's last line on COM1", f"[MEMORY] {rows} ranges, {run.memory_mib - 1} MiB usable\r\n", total)
