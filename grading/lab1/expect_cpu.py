"""What a right lab 1 reports: the host's half of the tests of exercises 1.4 to 1.7."""
from functools import partial

import memory_map
from grader.judging import Between, Case, Witness, expect
from grader.rng import MASK

PAGE, GIB = 4096, 1 << 30
IMAGE, DIRECT_MAP = 0xFFFFFFFF80000000, 0xFFFFFFC000000000
PRESENT_WRITABLE, LARGE = 3, 0x80
KERNEL_CODE, TSS_SELECTOR = 0x08, 0x28


# --- Exercise 1.4 ---------------------------------------------------------------------------------------------------

class Layout:
    """kernel_tables_test.cpp: draw()."""

    def __init__(self, rng):
        first, self.pages = rng.below(100), 512 + rng.below(1400)
        self.start = IMAGE + first * PAGE
        self.end = self.start + self.pages * PAGE
        self.guard = self.start + (1 + rng.below(self.pages - 2)) * PAGE
        self.gib = 1 + rng.below(128)
        rng.below(1000)

    def leaf(self, va):
        if DIRECT_MAP <= va < DIRECT_MAP + self.gib * GIB:
            return (va - DIRECT_MAP) // GIB * GIB | PRESENT_WRITABLE | LARGE
        if self.start <= va < self.end and va // PAGE != self.guard // PAGE:
            return (va - IMAGE) // PAGE * PAGE | PRESENT_WRITABLE
        return 0


def built(i):
    yield f"outcome.{i}", "Success"
    yield f"root.{i}", 0


@expect
def tables_direct_map(rng, run):
    for i in range(3):
        layout = Layout(rng)
        yield from built(i)
        for _ in range(5):
            gib = rng.below(130)
            va = DIRECT_MAP + gib * GIB + 0x1000
            yield f"leaf.{i}", layout.leaf(va), f"GiB {gib} of a direct map of {layout.gib}, at {va:#x}"


@expect
def tables_image(rng, run):
    for i in range(3):
        layout = Layout(rng)
        yield from built(i)
        inside = layout.start + rng.below(layout.pages) * PAGE
        for va, what in ((layout.start, "the first page"), (layout.end - PAGE, "the last page"),
                         (layout.end, "behind the last page"), (layout.guard, "the guard page"),
                         (layout.guard + PAGE, "behind the guard page"), (inside, "some page")):
            yield f"leaf.{i}", layout.leaf(va), f"{what} of the image, at {va:#x}"


@expect
def tables_nothing_else(rng, run):
    layout = Layout(rng)
    yield from built(0)
    yield "root_entries.0", 1
    yield "high_entries.0", layout.gib + 1
    yield "directory_entries.0", 4
    yield "page_entries.0", layout.pages - 1
    yield "null.0", 0
    yield "low.0", 0


BAD_LAYOUTS = ["no direct map", "a direct map of more than 128 GiB", "an image that begins too low",
               "an image that ends too high", "an image that ends before it begins"]


@expect
def tables_bad_layout(rng, run):
    Layout(rng)
    rng.below(1000)
    order = list(range(10))
    rng.shuffle(order)
    for i, case in enumerate(order):
        words = BAD_LAYOUTS[case] if case < len(BAD_LAYOUTS) else "a layout that just fits"
        yield f"outcome.{i}", "InvalidArgument" if case < len(BAD_LAYOUTS) else "Success", Case(words)


@expect
def paging_witness(rng, run):
    Layout(rng)
    yield from built(0)
    yield Witness("a stop of the machine in this test", True, run.snapshot is not None)
    symbols, mappings = run.symbols, run.snapshot.mappings
    yield Witness("CR3, against the kernel's own tables", symbols["kernel_tables"] - IMAGE, run.snapshot.registers["cr3"])
    wanted = {DIRECT_MAP + gib * GIB: (gib * GIB, GIB) for gib in range(4)}
    for va in range(symbols["kernel_start"], symbols["kernel_end"], PAGE):
        if va != symbols["boot_stack_guard"]:
            wanted[va] = (va - IMAGE, PAGE)
    found = {mapping.va: (mapping.pa, mapping.size) for mapping in mappings}
    wrong = sorted(va for va in wanted.keys() | found.keys() if wanted.get(va) != found.get(va))
    pages = [{va: (*page, "") for va, page in one.items()} for one in (wanted, found)]
    yield Witness("virtual addresses that are mapped wrongly, walked from CR3", [], [hex(va) for va in wrong[:4]],
                  partial(memory_map.draw_walk, symbols, *pages, run.snapshot.tables))
    user = [hex(mapping.va) for mapping in mappings if mapping.user]
    yield Witness("pages that ring 3 could use", [], user[:4])


# --- Exercises 1.5 and 1.6 ------------------------------------------------------------------------------------------

def segment(code, ring):
    return 0x00AF9A000000FFFF | ring << 45 if code else 0x00CF92000000FFFF | ring << 45


def tss_words(base):
    low = 103 | (base & 0xFFFFFF) << 16 | 0x89 << 40 | (base >> 24 & 0xFF) << 56
    return low, base >> 32


GDT_NAMES = ["null", "kernel code", "kernel data", "user data", "user code", "TSS, low word", "TSS, high word"]


def gdt_entries(tss):
    return [0, segment(True, 0), segment(False, 0), segment(False, 3), segment(True, 3), *tss_words(tss)]


@expect
def gdt_segments(rng, run):
    choices = [0, 1, 2, 3] * 2
    rng.shuffle(choices)
    for i, choice in enumerate(choices):
        code, ring = choice & 1, 3 if choice & 2 else 0
        case = f"{'code' if code else 'data'}, ring {ring}"
        yield f"outcome.{i}", "Success", case
        yield f"descriptor.{i}", segment(code, ring), case
    for ring in (1, 2, 4, 8):
        yield f"bad_ring.{ring}", "InvalidArgument", f"code, ring {ring}"


@expect
def gdt_tss(rng, run):
    for i in range(6):
        base = rng.next()
        low, high = tss_words(base)
        yield f"outcome.{i}", "Success"
        yield f"low.{i}", low, f"base {base:#x}"
        yield f"high.{i}", high, f"base {base:#x}"


@expect
def gdt_filled(rng, run):
    turn = rng.below(9)
    for i in range(9):
        tops = [rng.next() for _ in range(8)]
        address = rng.next()
        count = (i + turn) % 9
        yield f"outcome.{i}", "Success" if count <= 7 else "InvalidArgument", f"{count} IST stacks"
        if count > 7:
            continue
        for name, entry in zip(GDT_NAMES, gdt_entries(address)):
            yield f"entry.{i}", entry, name
        for number in range(7):
            yield f"ist.{i}", tops[number] if number < count else 0, f"IST {number + 1}, with {count} stacks"
        yield f"io_map.{i}", 104
        yield f"rsp1.{i}", 0


def words(data):
    return [int.from_bytes(data[at:at + 8], "little") for at in range(0, len(data), 8)]


@expect
def gdt_witness(rng, run):
    yield "outcome.0", "Success"
    yield Witness("a stop of the machine in this test", True, run.snapshot is not None)
    registers, symbols = run.snapshot.registers, run.symbols
    yield Witness("base of GDTR", hex(symbols["kernel_gdt"]), hex(registers["gdt_base"]))
    yield Witness("limit of GDTR", 55, registers["gdt_limit"])
    yield Witness("CS", KERNEL_CODE, registers["cs"])
    yield Witness("TR", TSS_SELECTOR, registers["tr"])
    yield Witness("base of TR", hex(symbols["kernel_tss"]), hex(registers["tr_base"]))
    found = words(run.snapshot.gdt)
    for number, (name, entry) in enumerate(zip(GDT_NAMES, gdt_entries(symbols["kernel_tss"]))):
        marks = {5: 1 << 41, 6: 0}.get(number, 1 << 40)  # of the CPU on what is in use: the TSS is busy, the others accessed
        yield Witness(f"descriptor in memory: {name}", hex(entry & ~marks), hex(found[number] & ~marks))


@expect
def double_fault_stack(rng, run):
    yield "outcome.0", "Success"
    yield "returned.0", 0
    yield Witness("a stop of the machine in the handler", True, run.snapshot is not None)
    stack = run.symbols["ist_stacks"]
    inside = stack < run.snapshot.registers["rsp"] <= stack + 8192
    yield Witness("RSP inside the stack of IST 1", True, inside)


def gate_words(entry, ist, ring):
    low = entry & 0xFFFF | KERNEL_CODE << 16 | ist << 32 | (0x8E | ring << 5) << 40 | (entry >> 16 & 0xFFFF) << 48
    return low, entry >> 32


def gate(key, words_of_gate, case):
    yield f"low.{key}", words_of_gate[0], f"{case}: bytes 0 to 7"
    yield f"high.{key}", words_of_gate[1], f"{case}: bytes 8 to 15"


@expect
def idt_gate(rng, run):
    for i in range(10):
        entry = rng.next()
        ist = (i + rng.below(2)) % 8
        yield f"outcome.{i}", "Success"
        yield from gate(i, gate_words(entry, ist, i % 4), f"entry code at {entry:#x}, IST {ist}, ring {i % 4}")
    rng.below(200)
    yield "bad_ist.0", "InvalidArgument"
    rng.below(200)
    yield "bad_ring.0", "InvalidArgument"


IST_OF = {8: 1, 2: 2, 18: 3, 1: 4}


def filled_gate(stubs, number):
    return gate_words((stubs + 16 * number) & MASK, IST_OF.get(number, 0), 3 if number == 3 else 0)


@expect
def idt_filled(rng, run):
    stubs = rng.next()
    yield "outcome.0", "Success"
    for number in (1, 2, 3, 8, 18):
        yield from gate(number, filled_gate(stubs, number), f"vector {number}")
    for _ in range(12):
        number = 20 + rng.below(236)
        yield from gate(number, filled_gate(stubs, number), f"vector {number}")
    yield "present.0", 256
    yield "for_ring_3.0", 1


@expect
def idt_witness(rng, run):
    yield "outcome.0", "Success"
    yield Witness("a stop of the machine in this test", True, run.snapshot is not None)
    registers, symbols = run.snapshot.registers, run.symbols
    yield Witness("base of IDTR", hex(symbols["kernel_idt"]), hex(registers["idt_base"]))
    yield Witness("limit of IDTR", 4095, registers["idt_limit"])
    found = words(run.snapshot.idt)
    wrong = [number for number in range(256)
             if tuple(found[2 * number:2 * number + 2]) != filled_gate(symbols["trap_stubs"], number)]
    yield Witness("vectors whose gate in memory is wrong", [], wrong[:8] + ["..."] * (len(wrong) > 8))


# --- Exercise 1.7 ---------------------------------------------------------------------------------------------------

REGISTERS = ["r15", "r14", "r13", "r12", "r11", "r10", "r9", "r8", "rbp", "rdi", "rsi", "rdx", "rcx", "rbx", "rax"]


def registers(rng):
    """In the frame's order, with their names."""
    return [(rng.next(), name) for name in REGISTERS]


@expect
def trap_registers(rng, run):
    yield "ready.0", "Success", "a breakpoint goes into its handler and comes back"
    for i in range(3):
        values = registers(rng)
        for key in ("frame", "after"):
            for value, name in values:
                yield f"{key}.{i}", value, name
    yield "count.0", 3


@expect
def trap_changes(rng, run):
    yield "ready.0", "Success", "a breakpoint goes into its handler and comes back"
    registers(rng)
    for value, name in registers(rng):
        yield "after.0", value, name


@expect
def trap_vectors(rng, run):
    vectors = [4, 9, 15, 22, 31, 33, 127, 128, 255]
    order = list(range(len(vectors)))
    rng.shuffle(order)
    yield "ready.0", "Success", "a breakpoint goes into its handler and comes back"
    for i, chosen in enumerate(order):
        case = f"int {vectors[chosen]}"
        yield f"vector.{i}", vectors[chosen], case
        yield f"error.{i}", 0, case
        yield f"cs.{i}", KERNEL_CODE, case
        yield f"aligned.{i}", 0, f"{case}: the frame's address mod 16"


@expect
def trap_flags(rng, run):
    yield "ready.0", "Success", "a breakpoint goes into its handler and comes back"
    for i in range(4):
        yield f"after.{i}", rng.next() & 0x8D5 | (0x400 if i % 2 == 0 else 0) | 2, "rflags"
        yield f"inside.{i}", 0, "the direction flag in the handler"
        yield f"stack.{i}", 0, "the difference of rsp before and after"


@expect
def trap_error_codes(rng, run):
    yield "ready.0", "Success", "a breakpoint goes into its handler and comes back"
    yield "gp_error.0", 8 * (8 + rng.below(1000))
    yield "gp_vector.0", 13
    yield "pf_error.0", 2
    yield "pf_address.0", 0x1000 * (1 + rng.below(1000)) + (1 << 40)
    yield "count.0", 2


@expect
def trap_nested(rng, run):
    yield "ready.0", "Success", "a breakpoint goes into its handler and comes back"
    values = registers(rng)
    yield "depth.0", 5
    yield "returned.0", 5
    for value, name in values:
        yield "after.0", value, name


def lcg(value, steps):
    """`steps` rounds of the generator in trap_under_ticks at once: the map x -> a*x + c, squared and multiplied."""
    a, c = 6364136223846793005, 1442695040888963407
    while steps:
        if steps & 1:
            value = (value * a + c) & MASK
        a, c = a * a & MASK, (a + 1) * c & MASK
        steps >>= 1
    return value


@expect
def trap_under_ticks(rng, run):
    start = rng.next()
    yield "clock.0", "Success"
    yield "ticks.0", 5
    yield "rounds.0", Between(10, 49_999_999)
    yield "sum.0", lcg(start, 1000 * run.value("rounds.0"))
