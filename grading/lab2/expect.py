"""What a right lab 2 reports: the host's half of the tests of exercises 2.1 and 2.2."""
from grader.judging import expect
from grader.rng import MASK

FRAMES, ORDERS = 8192, 11


class Buddies:
    """The free blocks, as a set of (number, order)."""

    def __init__(self):
        self.blocks = set()

    def add(self, first, end):
        while first < end:
            order = max(order for order in range(ORDERS) if first % (1 << order) == 0 and first + (1 << order) <= end)
            self.blocks.add((first, order))
            first += 1 << order

    def allocate(self, order, chosen):
        """Takes `chosen` if a right allocator may have chosen it; returns it, or what to say of it."""
        large_enough = [found for _, found in self.blocks if found >= order]
        if not large_enough:
            return 0
        best = min(large_enough)
        inside = [block for block, found in self.blocks if found == best and block <= chosen < block + (1 << best)]
        if not inside or chosen % (1 << order):
            return f"a block of order {order}, out of a free one of order {best}"
        self.blocks.remove((inside[0], best))
        for lower in range(order, best):
            self.blocks.add(((chosen >> lower ^ 1) << lower, lower))
        return chosen

    def free(self, block, order):
        while order < ORDERS - 1 and (block ^ 1 << order, order) in self.blocks:
            self.blocks.remove((block ^ 1 << order, order))
            block &= ~(1 << order)
            order += 1
        self.blocks.add((block, order))

    @property
    def frames(self):
        return sum(1 << order for _, order in self.blocks)

    def observed(self, index):
        lists = 0
        for order in range(ORDERS):
            lists = (lists * 31 + sum(found == order for _, found in self.blocks)) & MASK
        yield f"free_frames.{index}", self.frames
        yield f"free_blocks.{index}", len(self.blocks)
        yield f"blocks.{index}", sum((block * 16 + order) * (block + 1) for block, order in self.blocks) & MASK
        yield f"lists.{index}", lists


@expect
def buddy_ranges(rng, run):
    model = Buddies()
    at = 1
    for i in range(12):
        at += rng.below(60)
        shift = 3 + rng.below(8)
        end = at + 1 + rng.below(1 << shift)
        if end > FRAMES:
            break
        model.add(at, end)
        yield f"outcome.{i}", "Success"
        yield from model.observed(i)
        at = end + 1


@expect
def buddy_bad_ranges(rng, run):
    first = 1 + rng.below(1000)
    end = first + 1 + rng.below(1000)
    ranges = [(first, end), (0, 1 + rng.below(100)), (4000, 4000), (4000, 3999), (FRAMES - 1, FRAMES + 1), (FRAMES - 8, FRAMES)]
    rng.shuffle(ranges)
    frames = 0
    for i, (first, end) in enumerate(ranges):
        good = 0 < first < end <= FRAMES
        frames += end - first if good else 0
        case = f"frames {first} to before {end} of {FRAMES}"
        yield f"outcome.{i}", "Success" if good else "InvalidArgument", case
        yield f"free_frames.{i}", frames, case


def with_some(rng):
    model = Buddies()
    first = 1 + rng.below(500)
    model.add(first, FRAMES - rng.below(500))
    return model


@expect
def buddy_allocate(rng, run):
    model = with_some(rng)
    yield "added.0", "Success"
    for i in range(24):
        order = rng.below(8)
        block = model.allocate(order, run.value(f"block.{i}"))
        yield f"outcome.{i}", "Success" if block else "OutOfMemory"
        yield f"block.{i}", block
        yield from model.observed(i)
        if block:
            yield f"references.{i}", 1
            yield f"order.{i}", order


@expect
def buddy_exhausted(rng, run):
    model = with_some(rng)
    order = 5 + rng.below(6)
    blocks = sum(1 << found - order for _, found in model.blocks if found >= order)
    left = model.frames - (blocks << order)
    yield "added.0", "Success"
    yield "blocks.0", blocks
    yield "outcome.0", "OutOfMemory"
    yield "left.0", left
    yield "smallest.0", "Success" if left else "OutOfMemory"
    yield "no_such_order.0", "InvalidArgument"
    yield "no_such_order.1", "InvalidArgument"


@expect
def buddy_merge(rng, run):
    model = with_some(rng)
    yield "added.0", "Success"
    held = [None] * 16
    for i in range(60):
        slot, order = rng.below(16), rng.below(9)
        if held[slot] is None:
            block = model.allocate(order, run.value(f"block.{i}"))
            held[slot] = (block, order) if block else None
            yield f"block.{i}", block
        else:
            model.free(*held[slot])
            held[slot] = None
            yield f"freed.{i}", "Success"
        yield from model.observed(i)
    index = 60
    for pair in filter(None, held):
        index += 1
        model.free(*pair)
        yield f"freed.{index}", "Success"
    yield from model.observed(index)


@expect
def buddy_edges(rng, run):
    model, blocks = Buddies(), []
    end, at = FRAMES - rng.below(64), 1
    while at < end:
        order = rng.below(ORDERS)
        while at % (1 << order) or end - at < 1 << order:
            order -= 1
        blocks.append((at, order))
        at += 1 << order
    for i in range(len(blocks), 1, -1):
        other = rng.below(i)
        blocks[i - 1], blocks[other] = blocks[other], blocks[i - 1]
    for i, block in enumerate(blocks):
        model.free(*block)
        yield f"freed.{i}", "Success", f"block {block[0]} of order {block[1]}"
        if i % 16 == 0:
            yield from model.observed(i)
    yield from model.observed(len(blocks))
    yield f"refused.{len(blocks)}", len(blocks)


@expect
def buddy_refuses(rng, run):
    model = with_some(rng)
    yield "added.0", "Success"
    yield "inner.0", "InvalidArgument"
    yield "free.0", "Success"
    yield "twice.0", "InvalidArgument"
    yield "outside.0", "InvalidArgument"
    yield "nobodys.0", "InvalidArgument"
    yield "other.0", "Success"
    yield from model.observed(0)


@expect
def buddy_model(rng, run):
    model, held, used, added = Buddies(), [0] * 48, {}, 1
    for i in range(480):
        what, begin = rng.below(16), added + rng.below(3)
        end, anything = begin + rng.below(900), rng.below(FRAMES + 8)
        order = rng.below(ORDERS + 1 if rng.below(4) == 0 else 5)
        slot = rng.below(48)
        if what < 2 and end <= FRAMES:
            yield f"added.{i}", "Success" if begin < end else "InvalidArgument", f"frames {begin} to before {end}"
            model.add(begin, end)
            added = end
        elif what < 4 or held[slot]:
            block = anything if what < 4 else held[slot]
            yield f"freed.{i}", "Success" if block in used else "InvalidArgument", f"block {block}"
            if block in used:
                model.free(block, used.pop(block))
            if what >= 4:
                held[slot] = 0
        else:
            block = model.allocate(order, run.value(f"block.{i}")) if order < ORDERS else 0
            refusal = "OutOfMemory" if order < ORDERS else "InvalidArgument"
            yield f"outcome.{i}", "Success" if block else refusal, f"a block of order {order}"
            yield f"block.{i}", block, f"a block of order {order}"
            if block:
                held[slot], used[block] = block, order
        if i % 8 == 0:
            yield from model.observed(i)
