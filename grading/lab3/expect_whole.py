"""What a right lab 3 reports: the host's half of the tests of programs that call the kernel as it is."""
from grader.judging import Case, expect
from grader.rng import MASK

STEPS = 40
INVALID_SYSCALL, INVALID_HANDLE, NOT_FOUND, AGAIN, BAD_ADDRESS = (-n & MASK for n in (1, 3, 5, 12, 14))
SHARED, SHARED_END, STACK, CODE = 0x10000000, 0x10002000, 0x20000000, 0x400000
STACK_END, INFO_BYTES, PATH_BYTES = STACK + 4 * 4096, 64, 16
RESERVED = {33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46}
VMO_TYPE, EVERYTHING = 5, 15


def ran():
    yield "outcome.0", "Success"
    yield "status.0", 0, "the program comes to its end"


@expect
def exit_paths(rng, run):
    kinds = [rng.below(4) for _ in range(STEPS)]
    yield from ran()
    yield "iret_exits.0", 1 + sum(kind > 1 for kind in kinds), "one at the program's start"


@expect
def program_calls(rng, run):
    called = []
    for _ in range(STEPS):
        numbers = [3, 4, 4, 9, 14 + rng.below(6), 33 + rng.below(14), 128, 132, rng.next(), 1 << 32 | 4]
        called.append(numbers[rng.below(10)])
    yield from ran()
    yield "pid.0", run.value("pid.0") or "not 0"
    answers = {3: 0, 4: run.value("pid.0"), 9: 0, **dict.fromkeys(RESERVED, NOT_FOUND)}
    for i, number in enumerate(called):
        yield f"rax.{i}", answers.get(number, INVALID_SYSCALL), f"call {number:#x}"
    for number in sorted(set(called) & set(answers)):
        yield f"count.{number}", called.count(number)
    yield "invalid.0", sum(number not in answers for number in called)


def inside(address, size, ranges):
    return any(start <= address and address + size <= end for start, end in ranges)


@expect
def evil_pointers(rng, run):
    secret = [rng.next() for _ in range(8)]
    some = rng.below(1000)
    kernel = object()
    addresses = [SHARED + 0x1800 + some, STACK + some, STACK + 0x1000 - 8, CODE + some, SHARED_END - 8, STACK - 8, 0, some,
                 0x7FFFFFFFF000 - 8, 0x7FFFFFFFF000, 0x800000000000 + some, 0xFFFF800000000000, kernel, kernel, MASK - some, MASK]
    rng.shuffle(addresses)
    yield from ran()
    writable = [(SHARED, SHARED_END), (STACK, STACK_END)]
    for i, address in enumerate(addresses):
        words = Case("the kernel's memory") if address is kernel else f"at {address:#x}"
        may_write = address is not kernel and inside(address, INFO_BYTES, writable)
        may_read = address is not kernel and inside(address, PATH_BYTES, [*writable, (CODE, CODE + 4096)])
        yield f"written.{i}", 0 if may_write else BAD_ADDRESS, words
        yield f"read.{i}", NOT_FOUND if may_read else BAD_ADDRESS, words
    for i, word in enumerate(secret):
        yield f"secret.{i}", word


@expect
def program_handles(rng, run):
    yield "first.0", 1
    steps = [(rng.below(3), rng.below(8), rng.below(16)) for _ in range(STEPS)]
    yield from ran()
    table = {1: EVERYTHING}
    for i, (what, handle, rights) in enumerate(steps):
        rax, info = INVALID_HANDLE, 0
        if handle in table:
            rax = 0
            if what == 0:
                rax = next(free for free in range(1, 100) if free not in table)
                table[rax] = table[handle] & rights
            elif what == 1:
                del table[handle]
            else:
                info = table[handle] << 32 | VMO_TYPE
        case = f"{['dup', 'close', 'handle_info'][what]} of {handle}"
        yield f"rax.{i}", rax, case
        yield f"info.{i}", info, case
    yield "references.0", 1, "all handles are gone with the process"


@expect
def take_turns(rng, run):
    rounds = 4 + rng.below(6)
    numbers = rng.next(), rng.next()
    rng.below(32)
    trace = 0
    for _ in range(rounds):
        for number in numbers:
            trace = (trace * 31 + number) & MASK
    for i in range(3):
        yield f"outcome.{i}", "Success"
    yield "trace.0", trace, "the two alternate"
    yield "xmm5.0", numbers[0]
    yield "xmm5.1", numbers[1]
    yield "rsp_moved.0", 0
    yield "rsp_moved.1", 0


@expect
def preempted(rng, run):
    low, high = 1 + rng.below(40), 50 + rng.below(40)
    for i in range(6):
        yield f"outcome.{i}", "Success"
    yield "order.0", high * 100 + low, "the one of higher priority before the other"
    yield "spun.0", 0 if run.value("spun.0") == 0 else 1


@expect
def fork_family(rng, run):
    children = 3 + rng.below(8)
    own = rng.next()
    given = [rng.next() for _ in range(children)]
    yield from ran()
    for i, number in enumerate(given):
        yield f"inherited.{i}", own
        yield f"childs.{i}", (own * 3 + number) & MASK
        own = (own + 1) & MASK
        yield f"parents.{i}", own
        yield f"pid.{i}", 1
        yield f"its_parent.{i}", 1
        yield f"status.{i}", i + 1
    yield "left.0", 0


@expect
def wait_family(rng, run):
    children = 2 + rng.below(4)
    times = [1, 2, 3, 4, 5]
    rng.shuffle(times)
    statuses = [rng.below(1 << 30) for _ in range(children)]
    yield from ran()
    yield "not_yet.0", AGAIN
    for i, (_, status) in enumerate(sorted(zip(times, statuses))):
        yield f"status.{i}", status
    yield "no_more.0", NOT_FOUND
    yield "found.0", 1
    yield "no_more.1", NOT_FOUND
    yield "orphans_parent.0", 0, "the kernel"
    yield "left.0", 0
