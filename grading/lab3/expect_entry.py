"""What a right lab 3 reports: the host's half of the tests of exercise 3.2."""
from grader.judging import expect
from grader.rng import MASK

NAMES = ["r15", "r14", "r13", "r12", "r11", "r10", "r9", "r8", "rbp", "rdi", "rsi", "rdx", "rcx", "rbx", "rax", "rsp", "rflags"]
R11, RCX, RAX, RSP, FLAGS = 4, 12, 14, 15, 16
REGISTERS = 15
CALLS, SYSCALL_VECTOR, USER_CODE, USER_DATA = 128, 0x100, 0x23, 0x1B
SHARED, SHARED_WORDS = 0x10000000, 1024


def draw_flags(rng):
    return 0x202 | (rng.next() & 0x244CD5)


def draw_caller(rng):
    words = [rng.next() for _ in range(REGISTERS)]
    words[RAX] = rng.below(CALLS)
    return words + [rng.next(), draw_flags(rng)]


def called(i):
    yield f"outcome.{i}", "Success"
    yield f"status.{i}", 0, "the program comes to its end"


def named(key, words):
    for i, word in enumerate(words):
        yield f"{key}.{i}", word, NAMES[i]


def after_call(answer, words, rcx=0):
    """rcx and r11 are what syscall puts there."""
    return words[:R11] + [words[FLAGS]] + words[R11 + 1:RCX] + [rcx] + words[RCX + 1:RAX] + [answer] + words[RAX + 1:]


@expect
def entry_frame(rng, run):
    for i in range(4):
        rng.next()
        words = draw_caller(rng)
        yield from called(i)
        yield f"calls.{i}", 1
        frame = words[:R11] + [words[FLAGS]] + words[R11 + 1:REGISTERS]
        frame += [SYSCALL_VECTOR, words[RAX], None, USER_CODE, words[FLAGS], words[RSP], USER_DATA]
        names = NAMES[:REGISTERS] + ["vector", "error", "rip", "cs", "rflags", "rsp", "ss"]
        for n, word in enumerate(frame):
            if names[n] not in ("rip", "rcx"):
                yield f"frame.{n}", word, names[n]
        yield "rip_is_rcx.0", 1
        yield "rip.0", 1
        yield "in_place.0", 1
        yield "aligned.0", 1


@expect
def entry_registers(rng, run):
    for i in range(4):
        answer = rng.next()
        words = draw_caller(rng)
        yield from called(i)
        yield f"calls.{i}", 1
        yield "rcx_is_rip.0", 1
        yield from named("after", after_call(answer, words))


@expect
def entry_changed(rng, run):
    for i in range(3):
        changed = [rng.next() for _ in NAMES]
        changed[FLAGS] = draw_flags(rng)
        changed[RAX] = rng.next()
        draw_caller(rng)
        yield from called(i)
        yield f"calls.{i}", 1
        yield from named("after", changed)


@expect
def entry_resumed(rng, run):
    for i in range(2):
        rng.next()
        words = draw_caller(rng)
        yield from called(i)
        yield f"calls.{i}", 1
        yield "rcx_is_rip.0", 1
        yield from named("after", after_call(0, words))


@expect
def entry_start(rng, run):
    for i in range(4):
        words = [rng.next() if i else 0 for _ in range(REGISTERS)]
        words += [rng.next(), 2 | (rng.next() & 0x244CD5)]
        yield f"outcome.{i}", "Success"
        yield f"vector.{i}", 6, "the program comes to its end, which is ud2"
        yield from named("start", words)


@expect
def entry_stack(rng, run):
    rng.next()
    draw_caller(rng)
    total = 0
    for _ in range(512, SHARED_WORDS):
        total = (total * 31 + rng.next()) & MASK
    rsp = SHARED + 8 * (600 + rng.below(400))
    yield from called(0)
    yield "sum.0", total
    yield "rsp.0", rsp


@expect
def entry_gs(rng, run):
    answer = rng.next()
    words = [rng.next() for _ in range(4)]
    yield from called(0)
    for i, word in enumerate(words):
        yield f"read.{i}", word
        yield f"answer.{i}", answer
    yield "calls.0", 4
    yield "gs_base.0", 1
    yield "user_gs_base.0", 0


@expect
def kernel_flags(rng, run):
    for i in range(6):
        rng.next()
        words = draw_caller(rng)
        yield from called(i)
        yield f"calls.{i}", 1
        yield "flags.0", words[FLAGS]
        yield "kernel.0", 2 | (words[FLAGS] & 1 << 21), "none of DF, IF, TF, NT, AC, IOPL"


@expect
def entry_interrupted(rng, run):
    answer = rng.next()
    words = [rng.next() for _ in range(REGISTERS + 1)]
    words[RAX] = rng.below(CALLS)
    yield "outcome.0", "Success"
    yield "outcome.1", "Success"
    yield "status.0", 0, "the program comes to its end"
    for i, word in enumerate(words):
        yield f"after_fault.{i}", word, NAMES[i]
        yield f"after_call.{i}", answer if i == RAX else word, NAMES[i]
        yield f"after_interrupts.{i}", word, NAMES[i]
