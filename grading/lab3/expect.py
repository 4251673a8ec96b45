"""What a right lab 3 reports: the host's half of the tests of exercises 3.1, 3.3 and 3.4."""
from grader.judging import Case, Witness, expect
from grader.rng import MASK

# Of RFLAGS: trap, interrupt, direction, IOPL, nested task, alignment check.
DANGEROUS = 1 << 8 | 1 << 9 | 1 << 10 | 3 << 12 | 1 << 14 | 1 << 18
INVALID_SYSCALL = MASK  # -1
CALLS = 128


# --- Exercise 3.1 ---------------------------------------------------------------------------------------------------

def star(seen):
    """The selectors count; the low half is for 32-bit code, and the CPU sets the ring of sysret's selectors itself."""
    right = (seen >> 48 | 3) == 0x13 and (seen >> 32 & 0xFFFF) == 0x08
    return seen if right else "sysret base 0x10 or 0x13, syscall base 0x08"


def sfmask(seen):
    return seen if seen & DANGEROUS == DANGEROUS else f"every flag of {DANGEROUS:#x}"


def draw_msrs(rng):
    return [rng.next() for _ in range(7)]


def draw_entry(rng):
    return 0xFFFFFFFF80000000 + rng.below(1 << 30)


@expect
def msr_values(rng, run):
    for i in range(4):
        efer, _, _, _, fs_base, gs_base, kernel_gs_base = draw_msrs(rng)
        entry = draw_entry(rng)
        yield f"outcome.{i}", "Success"
        yield f"efer.{i}", efer | 1
        yield f"star.{i}", star(run.value(f"star.{i}"))
        yield f"lstar.{i}", entry
        yield f"fs_base.{i}", fs_base
        yield f"gs_base.{i}", gs_base
        yield f"kernel_gs_base.{i}", kernel_gs_base
        yield f"other_msrs.{i}", 0


@expect
def msr_flags(rng, run):
    yield "outcome.0", "Success"
    yield "sfmask.0", sfmask(run.value("sfmask.0"))


@expect
def msr_refused(rng, run):
    entries = [draw_entry(rng), 0x400000 + rng.below(1 << 20), 0, 0x7FFFFFFFFFFF, 0x800000000000]
    rng.shuffle(entries)
    for i, entry in enumerate(entries):
        good = entry >> 47 == 0x1FFFF
        case = Case("an entry in the kernel's half" if good else "an entry outside of the kernel's half")
        yield f"outcome.{i}", "Success" if good else "InvalidArgument", case
        yield f"written.{i}", 1 if good else 0, case


@expect
def msr_witness(rng, run):
    yield "here.0", rng.below(1 << 30)
    yield "star.0", star(run.value("star.0"))
    yield "lstar.0", run.symbols.get("syscall_entry", 0)
    yield "sfmask.0", sfmask(run.value("sfmask.0"))
    yield Witness("a stop of the machine in this test", True, run.snapshot is not None)
    yield Witness("EFER.SCE as the host sees it", 1, run.snapshot.registers["efer"] & 1)


# --- Exercise 3.3 ---------------------------------------------------------------------------------------------------

SYSRET, IRET = 0, 1
END_OF_USER = 0x7FFFFFFFF000
TRAP, RESUME = 1 << 8, 1 << 16


def draw_frame(rng):
    rip = 0x1000 + rng.below(0x7FFFFFFFE000)
    rflags = 0x202 | (rng.next() & 0x4CD5)
    rng.next(), rng.next()
    return rip, rflags


def path(rip, rcx, rflags, r11):
    same = rip == rcx and rflags == r11
    return SYSRET if same and rip < END_OF_USER and not rflags & (TRAP | RESUME) else IRET


@expect
def path_registers(rng, run):
    for i in range(24):
        rip, rflags = draw_frame(rng)
        bit, what = 1 << rng.below(40), rng.below(5)
        rcx = rip ^ bit if what in (0, 2) else rip
        r11 = rflags ^ bit if what in (1, 2) else rflags
        words = ["another rcx", "another r11", "another rcx and r11"][what] if what < 3 else "as syscall leaves it"
        yield f"path.{i}", path(rip, rcx, rflags, r11), Case(words)


@expect
def path_addresses(rng, run):
    some = rng.below(0x1000)
    addresses = [0x7FFFFFFFEFFF, 0x7FFFFFFFF000, 0x7FFFFFFFF001 + some % 0xFFE, 0x7FFFFFFFFFFF, 0x800000000000,
                 0x800000000000 + some, 0xFFFF7FFFFFFFFFFF, 0xFFFF800000000000, 0xFFFFFFFF80100000 + some, MASK,
                 0x7FFFFFFFE000 + some % 0xFFF, 0x400000 + some, 1 << (48 + some % 15), 0x0001000000400000]
    rng.shuffle(addresses)
    for i, address in enumerate(addresses):
        _, rflags = draw_frame(rng)
        words = "below the last page of user space" if address < END_OF_USER else "in its last page" \
            if address < 1 << 47 else "the kernel's" if address >> 47 == 0x1FFFF else "not canonical"
        yield f"path.{i}", path(address, address, rflags, rflags), Case(f"rip {words}")


@expect
def path_flags(rng, run):
    for i in range(32):
        rip, _ = draw_frame(rng)
        rflags = 0x202 | (rng.next() & 0x277DD5)
        words = " and ".join(name for bit, name in ((TRAP, "trap flag"), (RESUME, "resume flag")) if rflags & bit)
        yield f"path.{i}", path(rip, rip, rflags, rflags), Case(words or "neither trap nor resume flag")


@expect
def path_model(rng, run):
    for i in range(600):
        rip, _ = draw_frame(rng)
        power, distance, kind = 1 << rng.below(64), rng.below(5), rng.below(3)
        if kind < 2:
            rip = [power, END_OF_USER][kind] + distance - 2 & MASK
        rflags = 2 | (rng.next() & rng.next() & rng.next() & 0x3D7FD5)
        what, bit = rng.below(8), 1 << rng.below(64)
        rcx, r11 = rip ^ (bit if what == 0 else 0), rflags ^ (bit if what == 1 else 0)
        yield f"path.{i}", path(rip, rcx, rflags, r11), f"rip {rip:#x}, rcx {rcx:#x}, rflags {rflags:#x}, r11 {r11:#x}"


# --- Exercise 3.4 ---------------------------------------------------------------------------------------------------

def draw_table(rng):
    key = rng.next()
    drawn = [rng.below(6) for _ in range(CALLS)]
    return key, [which if which < 4 else None for which in drawn]


def draw_number(rng):
    kind = rng.below(6)
    if kind == 0:
        return CALLS + rng.below(4)
    if kind == 1:
        return rng.next()
    if kind == 2:
        upper = 1 + rng.below(3)
        return upper << 32 | rng.below(CALLS)
    if kind == 3:
        return ~rng.below(200) & MASK
    return rng.below(CALLS)


def handler_of(handlers, number):
    return handlers[number] if number < CALLS else None


@expect
def dispatch_numbers(rng, run):
    key, handlers = draw_table(rng)
    edges = [CALLS, 0, CALLS - 1, MASK]
    for i in range(40):
        number = edges[i] if i < 4 else draw_number(rng)
        rdi = rng.next()
        which = handler_of(handlers, number)
        case = f"call {number:#x}"
        yield f"rax.{i}", INVALID_SYSCALL if which is None else (key * (which + 1) + rdi) & MASK, case


@expect
def dispatch_counts(rng, run):
    _, handlers = draw_table(rng)
    counts, invalid = [0] * CALLS, 0
    for i in range(200):
        number = draw_number(rng) if i % 3 == 0 else rng.below(20)
        if handler_of(handlers, number) is None:
            invalid += 1
        else:
            counts[number] += 1
    for number, count in enumerate(counts):
        if count:
            yield f"count.{number}", count
    yield "invalid.0", invalid


def draw_counts(rng):
    counts = [0] * CALLS
    for _ in range(16):
        number = rng.below(CALLS)
        counts[number] = rng.below(12)
    return counts


@expect
def used_most(rng, run):
    for i in range(6):
        counts = draw_counts(rng)
        room = 20 if i == 0 else 1 + rng.below(8)
        order = sorted((-count, number) for number, count in enumerate(counts) if count)[:room]
        yield f"found.{i}", len(order)
        for count, number in order:
            yield f"call.{i}", number << 32 | -count
        yield f"behind.{i}", 0


@expect
def used_none(rng, run):
    draw_counts(rng)
    yield "no_room.0", 0
    yield "no_calls.0", 0
    rng.next()
    yield "one.0", 1
    yield "number.0", rng.below(CALLS)


@expect
def used_model(rng, run):
    for i in range(24):
        counts, calls, different = [0] * CALLS, rng.below(2 * CALLS), 1 + rng.below(20)
        for _ in range(calls):
            number, count = rng.below(CALLS), rng.below(different)
            counts[number] = rng.next() if rng.below(8) == 0 else count
        room = rng.below(CALLS + 4)
        order = sorted((-count, number) for number, count in enumerate(counts) if count)
        case = f"room for {room} of {len(order)} calls"
        yield f"found.{i}", min(room, len(order)), case
        for count, number in order[:room]:
            yield f"number.{i}", number, case
            yield f"count.{i}", -count, case
