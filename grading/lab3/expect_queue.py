"""What a right lab 3 reports: the host's half of the tests of exercise 3.8."""
from grader.judging import Case, expect

COUNT, PRIORITIES, QUANTUM = 24, 64, 2
NOBODY = 99
NONE = 40  # the number of threads in queue_model_test.cpp, and what it says of a CPU where none of them runs


def draw_priorities(rng):
    priorities = []
    for _ in range(COUNT):
        some = [0, 7, 31, 32, 63, rng.below(PRIORITIES)]
        priorities.append(some[rng.below(6)])
    return priorities


class Queue:
    """Numbers in the order in which they run, of priorities that may change while they are not in it."""

    def __init__(self, priorities):
        self.priorities, self.waiting = priorities, []

    def add(self, it, first=False):
        at = sum(self.priorities[other] > self.priorities[it] or (not first and self.priorities[other] == self.priorities[it])
                 for other in self.waiting)
        self.waiting.insert(at, it)

    def take(self):
        return self.waiting.pop(0) if self.waiting else NOBODY

    @property
    def highest(self):
        return self.priorities[self.waiting[0]] if self.waiting else -1

    def take_all(self, i):
        while True:
            taken = self.take()
            yield f"taken.{i}", taken
            yield f"size.{i}", len(self.waiting)
            if taken == NOBODY:
                break
        yield f"empty.{i}", 1


@expect
def queue_order(rng, run):
    queue = Queue(draw_priorities(rng))
    yield "nobody.0", NOBODY
    for i in range(80):
        it = rng.below(COUNT)
        if it not in queue.waiting:
            queue.add(it)
        elif rng.below(2) == 0:
            yield f"taken.{i}", queue.take()
    yield "size.80", len(queue.waiting)
    yield from queue.take_all(80)


@expect
def queue_remove(rng, run):
    queue = Queue(draw_priorities(rng))
    for i in range(3):
        for it in range(COUNT):
            queue.add(it)
        removals = COUNT if i == 2 else rng.below(COUNT)
        for n in range(removals):
            it = n if i == 2 else rng.below(COUNT)
            if it in queue.waiting:
                queue.waiting.remove(it)
            yield f"size.{i}", len(queue.waiting)
        yield from queue.take_all(i)


@expect
def queue_first(rng, run):
    queue = Queue(draw_priorities(rng))
    left = []
    for it in range(COUNT):
        ticks = rng.below(QUANTUM + 1)
        first = rng.below(2) != 0
        queue.add(it, first)
        left.append((ticks if first else QUANTUM, Case("pushed aside" if first else "with a new quantum")))
    for i, (ticks, case) in enumerate(left):
        yield f"ticks_left.{i}", ticks, case
    yield from queue.take_all(0)


@expect
def queue_preempt(rng, run):
    for i in range(12):
        priorities = draw_priorities(rng)
        queue = Queue(priorities)
        added = rng.below(4)
        for n in range(added):
            queue.add(n)
        running = priorities[rng.below(4)]
        case = Case("nobody waits" if not added else "the highest that waits is " + (
            "higher" if queue.highest > running else "equal" if queue.highest == running else "lower"))
        yield f"preempt.{i}", int(queue.highest > running), case
        yield f"size.{i}", added
        yield f"ticks_left.{i}", 1


@expect
def queue_tick(rng, run):
    queue = Queue(draw_priorities(rng))
    running, left = 32, rng.below(QUANTUM + 1)
    for i in range(120):
        if rng.below(3) == 0:
            it = rng.below(COUNT)
            priority = [31, 31, 32, 32, 32, 33][rng.below(6)]
            if it not in queue.waiting:
                queue.priorities[it] = priority
                queue.add(it)
        if rng.below(3) == 0:
            queue.take()
        who = "nobody" if not queue.waiting else "higher" if queue.highest > running else \
            "equal" if queue.highest == running else "lower"
        case = Case(f"{left} ticks were left, the highest that waits: {who}")
        left -= left > 0
        way = queue.highest > running or (left == 0 and queue.highest == running)
        if not way and left == 0:
            left = QUANTUM
        yield f"way.{i}", int(way), case
        yield f"ticks_left.{i}", left, case
        yield f"size.{i}", len(queue.waiting), case
        if rng.below(6) == 0:
            left = QUANTUM


class Cpu:
    """A queue, and who runs: its number and how many ticks it has left."""

    def __init__(self, priorities):
        self.queue, self.running, self.left = Queue(priorities), NONE, 0

    def next(self, ticks):
        it = self.queue.take()
        self.running = NONE if it == NOBODY else it
        self.left = 0 if it == NOBODY else ticks[it]

    def say(self, index, case):
        yield f"running.{index}", self.running, case
        yield f"ticks_left.{index}", self.left, case
        yield f"size.{index}", len(self.queue.waiting), case
        yield f"empty.{index}", int(not self.queue.waiting), case


def pass_time(cpu, priorities, ticks, index):
    """Of the one that runs."""
    queue, now = cpu.queue, cpu.running
    higher = queue.highest > priorities[now]
    left = max(cpu.left - 1, 0)
    way = higher or (left == 0 and queue.highest == priorities[now])
    case = f"{cpu.left} ticks were left, priority {priorities[now]}, the highest that waits: {queue.highest}"
    cpu.left = left if way or left else QUANTUM
    yield f"aside.{index}", int(higher), case
    yield f"way.{index}", int(way), case
    yield f"left.{index}", cpu.left, case
    if way:
        ticks[now] = cpu.left or QUANTUM
        queue.add(now, first=cpu.left > 0)
        cpu.next(ticks)


@expect
def queue_model(rng, run):
    priorities, ticks = [0] * NONE, [0] * NONE
    cpus = [Cpu(priorities), Cpu(priorities)]
    for i in range(400):
        what, which, number = rng.below(8), rng.below(NONE), rng.below(2)
        priority = rng.below(PRIORITIES) if rng.below(2) else 30 + rng.below(4)
        cpu, home = cpus[number], next((it for it in cpus if which in it.queue.waiting), None)
        case = f"step {i}"
        if what < 3 and not home and which not in (cpus[0].running, cpus[1].running):
            priorities[which], ticks[which] = priority, QUANTUM
            cpu.queue.add(which)
            case = f"{which} with priority {priority} wakes up on CPU {number}"
        elif what == 3 and home:
            home.queue.waiting.remove(which)
            case = f"{which} is taken away"
        elif what == 4:
            cpu.next(ticks)
            case = f"the next one on CPU {number}"
        elif cpu.running != NONE:
            yield from pass_time(cpu, priorities, ticks, i)
            case = f"time passes on CPU {number}"
        for it in cpus:
            yield from it.say(i, case)
