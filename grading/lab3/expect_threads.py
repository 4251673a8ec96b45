"""What a right lab 3 reports: the host's half of the tests of exercise 3.7."""
from grader.judging import expect
from grader.rng import MASK

REGISTERS, CONTEXTS, STACK_WORDS = 6, 4, 256
NAMES = ["rbx", "rbp", "r12", "r13", "r14", "r15"]


def draw(rng):
    return [rng.next() for _ in range(REGISTERS)]


def all_of(key, values):
    for i, value in enumerate(values):
        yield f"{key}.{i}", value, NAMES[i]


@expect
def switch_registers(rng, run):
    theirs = []
    for i in range(4):
        ours = draw(rng)
        before, theirs = theirs, draw(rng)
        yield from all_of("ours", ours)
        if i:
            yield from all_of("theirs", before)


@expect
def switch_first(rng, run):
    for i in range(3):
        words = [rng.next() for _ in range(STACK_WORDS)]
        above = 9 + 2 * rng.below(50)
        draw(rng)
        yield f"below.{i}", 1
        yield f"rsp.{i}", 0, "rsp is the given top"
        for n, name in enumerate(NAMES):
            yield f"register.{n + 1}", 0, name
        total = 0
        for word in words[STACK_WORDS - above:]:
            total = (total * 31 + word) & MASK
        yield f"above.{i}", total


@expect
def switch_rounds(rng, run):
    steps = 100 + rng.below(100)
    numbers, words = [None] * CONTEXTS, [0] * CONTEXTS
    trace = sums = at = 0
    while at < CONTEXTS:
        if numbers[at] is None:
            numbers[at] = words[at] = rng.next() | 1
        trace = (trace * 31 + at) & MASK
        words[at] = (words[at] + numbers[at]) & MASK
        sums = (sums + 8 * words[at]) & MASK
        if steps == 0:
            break
        steps -= 1
        at = rng.below(CONTEXTS)
    yield "trace.0", trace
    yield "sums.0", sums
