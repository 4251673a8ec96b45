"""What a right lab 1 reports: the host's half of the tests of exercises 1.8 to 1.10."""
import re
import subprocess

import tree
from grader.judging import AtMost, Between, Near, Witness, expect

SECOND = 1_000_000_000

# --- Exercise 1.8 ---------------------------------------------------------------------------------------------------

NAMES = {
    0: "#DE divide error", 1: "#DB debug exception", 2: "NMI non-maskable interrupt", 3: "#BP breakpoint",
    4: "#OF overflow", 5: "#BR bound range exceeded", 6: "#UD invalid opcode", 7: "#NM device not available",
    8: "#DF double fault", 10: "#TS invalid TSS", 11: "#NP segment not present", 12: "#SS stack-segment fault",
    13: "#GP general protection", 14: "#PF page fault", 16: "#MF x87 floating-point error", 17: "#AC alignment check",
    18: "#MC machine check", 19: "#XM SIMD floating-point exception", 20: "#VE virtualization exception",
    21: "#CP control protection exception", 29: "#VC VMM communication exception", 30: "#SX security exception",
}


def fault_text(vector, error=0, cr2=0):
    """cpu/explain_fault.hpp in Python."""
    if vector not in NAMES:
        return f"vector {vector}"
    text = NAMES[vector]
    if vector == 14:
        who = "user" if error & 4 else "kernel"
        what = "fetch from" if error & 16 else "write to" if error & 2 else "read from"
        why = "protection violation" if error & 1 else "page not present"
        text += f": {who} {what} {cr2:016x}, {why}" + (", reserved bit set" if error & 8 else "")
    if 10 <= vector <= 13:
        table = "IDT" if error & 2 else "LDT" if error & 4 else "GDT"
        external = ", external event" if error & 1 else ""
        text += f": selector {error & 0xFFF8:04x} in the {table}{external}" if error else ": no selector"
    return text


def explained(i, vector, error=0, cr2=0):
    case = f"vector {vector}, error code {error:#x}, cr2 {cr2:#x}"
    yield f"outcome.{i}", "Success", case
    yield f"text.{i}", fault_text(vector, error, cr2), case


@expect
def fault_names(rng, run):
    named = [vector for vector in NAMES if not 10 <= vector <= 14]
    rng.shuffle(named)
    for i, vector in enumerate(named):
        yield from explained(i, vector)


@expect
def fault_vectors(rng, run):
    for i in range(6):
        yield from explained(i, 32 + rng.below(224))
    yield from explained(6, 9)
    yield from explained(7, 15)


@expect
def fault_page(rng, run):
    mask = rng.below(32)
    for i in range(32):
        number = rng.next()
        yield from explained(i, 14, i ^ mask, number >> rng.below(50))


@expect
def fault_selector(rng, run):
    for i in range(24):
        error = 0 if i < 4 else rng.next() & 0xFFF8 | i % 8
        rng.next()
        yield from explained(i, 10 + i % 4, error)


MISTAKES = [("#DE divide error", "deliberate_divide"), ("#UD invalid opcode", "deliberate_opcode"),
            ("#PF page fault: kernel fetch from 0000000000000000, page not present", "fault_console"),
            ("#GP general protection: no selector", "deliberate_non_canonical"),
            ("#DF double fault", "deliberate_overflow")]


def between(text, start, end):
    """What stands between two lines of the console; empty when the first one is not there."""
    return text.partition(start + "\r\n")[2].partition(end + "\r\n")[0]


@expect
def fault_console(rng, run):
    yield "console.0", "Success"
    order = list(range(len(MISTAKES)))
    rng.shuffle(order)
    for number in order:
        yield f"returned.{number}", 0
    for position, number in enumerate(order):
        end = f"mistake {order[position + 1]}" if position + 1 < len(order) else "mistakes end"
        said = between(run.com1, f"mistake {number}", end)
        words, function = MISTAKES[number]
        panic = next((line for line in said.splitlines() if "PANIC" in line), "no panic")
        yield Witness("the panic of a mistake on COM1", f"mistake {number}: *** PANIC: {words}", f"mistake {number}: {panic}")
        yield Witness("the function that made it", function, function if function in said else "not in the backtrace")
        overflow = "the stack has overflowed" in said
        yield Witness("the remark about the guard page", number == 4, overflow)


# --- Exercise 1.9 ---------------------------------------------------------------------------------------------------

WORDS, BASE = 256, 0x10000  # the stack's real address does not matter


def build_chain(rng):
    stack = [rng.next() | 1 for _ in range(WORDS + 8)]
    count, position, at = 3 + rng.below(10), 0, []
    position = rng.below(8)
    for i in range(count):
        at.append(position)
        position += 2 + rng.below(16)
        stack[at[i]] = BASE + 8 * position if i + 1 < count else 0
    return stack, at


def walk(stack, pointer, low, high, room):
    found = []
    while len(found) < room and pointer % 8 == 0 and low <= pointer and pointer + 16 <= high:
        word = (pointer - BASE) // 8
        if stack[word + 1] == 0:
            break
        found.append(stack[word + 1])
        if stack[word] <= pointer:
            break
        pointer = stack[word]
    return found


def walked(i, found, case):
    yield f"outcome.{i}", "Success", case
    yield f"count.{i}", len(found), case
    for address in found:
        yield f"address.{i}", address, case


@expect
def walk_chain(rng, run):
    for i in range(4):
        stack, at = build_chain(rng)
        yield from walked(i, walk(stack, BASE + 8 * at[0], BASE, BASE + 8 * WORDS, 32), f"{len(at)} frames")


SPOILT = ["a frame pointer that is no multiple of 8", "a frame that is its own caller", "a caller below the first frame",
          "a frame that reaches over the stack's end", "a first frame below the stack", "a return address of 0",
          "no more room"]


@expect
def walk_spoilt(rng, run):
    for i in range(14):
        stack, at = build_chain(rng)
        victim = rng.below(len(at) - 1)
        low, high, room = BASE, BASE + 8 * WORDS, 32
        case = i % 7
        if case == 0:
            stack[at[victim]] += 4
        elif case == 1:
            stack[at[victim]] = BASE + 8 * at[victim]
        elif case == 2:
            stack[at[victim]] = BASE + 8 * at[0] - (8 if victim == 0 else 0)
        elif case == 3:
            stack[at[victim]] = high - 8
        elif case == 4:
            low = BASE + 8 * at[0] + 8
        elif case == 5:
            stack[at[victim] + 1] = 0
        else:
            room = victim
        yield from walked(i, walk(stack, BASE + 8 * at[0], low, high, room), SPOILT[case])
    yield from walked(14, [], "a frame pointer close to 2^64")
    yield from walked(15, [], "a stack of 8 bytes")


@expect
def symbol_search(rng, run):
    for i in range(6):
        starts = []
        count = i if i < 3 else 1 + rng.below(200)
        following = 1 + rng.below(1000)
        for _ in range(count):
            starts.append(following)
            following += 1 + rng.below(64)
        for query in range(8):
            address = rng.below(8000)
            if starts and query > 0:
                chosen = 0 if query < 3 else rng.below(len(starts))
                address = starts[chosen] + (rng.below(64) if query % 3 == 2 else query % 3) - 1
            before = sum(start <= address for start in starts)
            case = f"{address}, in {count} symbols" + (f" from {starts[0]} to {starts[-1]}" if starts else "")
            yield f"outcome.{i}", "Success" if before else "NotFound", case
            yield f"number.{i}", max(before - 1, 0), case


@expect
def symbol_speed(rng, run):
    for turn, size in enumerate((64, 4096)):
        starts = [1 + rng.below(1000)]
        while len(starts) < size:
            starts.append(starts[-1] + 1 + rng.below(64))
        rng.below(64)  # the step behind the last one
        yield f"hits.{turn}", 200
        yield f"begins.{turn}", starts[rng.below(size)]
    yield "times_longer.0", AtMost(8)


@expect
def backtrace_console(rng, run):
    order = [rng.below(3) for _ in range(7)][:6]
    yield "console.0", "Success"
    yield "returned.0", 0
    said = between(run.com1, "chain begins", "chain ends")
    lines = re.findall(r"^    ([0-9a-f]{16}) (.*?)\r?$", said, re.MULTILINE)
    yield Witness("addresses in the backtrace on COM1", True, len(lines) >= len(order) + 3)
    yield Witness("the outermost caller", "start_high", bare(lines[-1][1]))
    links = [name for name in (bare(name) for _, name in lines) if name.startswith("link_")]
    yield Witness("who called whom", [f"link_{('first', 'second', 'third')[link]}" for link in reversed(order)], links)
    for address, name in lines:
        # The last one of several is the function that the others were inlined into.
        done = subprocess.run([tree.tool("addr2line"), "-Cfie", str(run.elf), address], stdout=subprocess.PIPE, text=True,
                              check=True)
        yield Witness("a function of the backtrace, against addr2line", f"{address} {bare(done.stdout.splitlines()[-2])}",
                      f"{address} {bare(name)}")


def bare(name):
    """A function's name without namespace, arguments and what the compiler made of it."""
    return re.sub(r"\(anonymous namespace\)::", "", name).replace("strata::", "").split("(")[0].split(" ")[0]


# --- Exercise 1.10 --------------------------------------------------------------------------------------------------

@expect
def clock_arithmetic(rng, run):
    for i in range(24):
        per_second = 1 + rng.below(1 << 33 if i % 2 == 0 else 1000)
        number = rng.next()
        counts = number >> rng.below(64)
        if counts // per_second > 18 * SECOND:
            counts = per_second * 18 * SECOND + counts % per_second
        case = f"{counts} counts, {per_second} a second"
        yield f"outcome.{i}", "Success", case
        yield f"nanoseconds.{i}", counts * SECOND // per_second, case
    rng.next()
    yield "bad_rate.0", "InvalidArgument"
    yield "bad_rate.1", "InvalidArgument"


def draw_rate(rng):
    return 16 * (1_000_000 + rng.below(200_000_000))


def simulation(rng):
    """clock_test.cpp: Simulation. Returns the timer's rate, divided by 16, and how long calibration takes, in microseconds;
    simulated time has a stream of its own."""
    rate = draw_rate(rng) // 16
    paused = 900_000 + 150_000 + rng.next() % 300_000  # 0.9 ms as usual, then the CPU is taken away
    return rate, Between(paused // 1000, paused // 1000 + 10)


@expect
def clock_calibrate(rng, run):
    for i in range(4):
        yield f"outcome.{i}", "Success"
        rate, microseconds = simulation(rng)
        yield f"rate.{i}", Near(rate, 0.002), f"the simulated timer counts {rate} times a second"
        yield f"microseconds.{i}", microseconds, "how long it took: a pause of the CPU falls into it"
        yield f"masked.{i}", 1 << 16
        yield f"strays.{i}", 0
    yield "broken.0", "NotSupported"


@expect
def clock_start(rng, run):
    for i in range(4):
        rate, _ = simulation(rng)
        vector, frequency = 32 + rng.below(200), 1 + rng.below(5000)
        yield f"too_early.{i}", "NotSupported"
        yield f"outcome.{i}", "Success"
        yield f"vector.{i}", vector | 1 << 17
        yield f"vector_at_start.{i}", vector | 1 << 17
        yield f"divide.{i}", 3
        yield f"rate.{i}", Near(rate, 0.002)
        yield f"initial.{i}", Between(run.value(f"rate.{i}") // frequency, run.value(f"rate.{i}") // frequency + 1)
        yield f"zero.{i}", "InvalidArgument"
        yield f"too_fast.{i}", "InvalidArgument", "4294967295 times a second"
    yield "fast.0", "Success", "a timer that counts 4.4 to 8.4 thousand million times a second"
    yield "seldom.0", "Success", "the same, twice a second"
    yield "too_seldom.0", "InvalidArgument", "the same, once a second: more than 32 bits"


@expect
def clock_tick(rng, run):
    simulation(rng)
    yield "outcome.0", "Success"
    yield "started.0", "Success"
    count = 1 + rng.below(500)
    yield "ticks.0", count
    yield "served.0", count


@expect
def clock_reading(rng, run):
    simulation(rng)
    yield "before.0", 0
    yield "outcome.0", "Success"
    yield "started.0", "Success"
    passed = 0
    for i in range(40):
        passed += rng.below(300_000)
        if i % 8 == 7:
            slack = 100  # microseconds: each access to the devices takes time, too
            yield f"passed_us.{i}", Between(passed // 1000, passed // 1000 + slack)
            seen = run.value(f"passed_us.{i}")
            yield f"reading_us.{i}", Between(seen - 20, seen + 20)
        else:
            rng.below(4)
    yield "backwards.0", 0


@expect
def clock_runs(rng, run):
    wanted = 5 + rng.below(100)
    tick = 10_000  # microseconds
    yield "outcome.0", "Success"
    yield "ticks.0", wanted
    yield "microseconds.0", Near(run.value("reference.0"), 0.01)
    yield "reference.0", Between((wanted - 1) * tick * 0.99, wanted * tick * 1.01)
