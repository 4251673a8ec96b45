"""What a right lab 2 reports: the host's half of the tests of challenge 2.11."""
from grader.judging import AtMost, Between, expect

FRAME, BOOKKEEPING, MOST = 4096, 512, 800


class Shape:
    """slab_objects.hpp: draw_shape()."""

    def __init__(self, rng):
        most = 2 << rng.below(10)
        self.bytes = min(16 + rng.below(most), 1024)
        self.alignment = 8 << rng.below(6)
        self.stride = -(-self.bytes // self.alignment) * self.alignment
        self.words = f"objects of {self.bytes} bytes, aligned to {self.alignment}"

    @property
    def fits(self):
        """How many objects a slab may have."""
        return Between((FRAME - BOOKKEEPING) // self.stride, FRAME // self.stride)


def observed(index, case):
    yield f"misplaced.{index}", 0, case
    yield f"spoilt.{index}", 0, case
    yield f"frames.{index}", 0, case


@expect
def slab_objects(rng, run):
    for i in range(6):
        shape = Shape(rng)
        count = taken = 2 * FRAME // shape.stride + 3
        for n in range(taken // 2):
            rng.below(count)
            count -= n % 2
            taken += 1 - n % 2
        for left in range(count, 0, -1):
            rng.below(left)
        yield f"taken.{i}", taken, shape.words
        yield f"given.{i}", taken, shape.words
        yield from observed(i, shape.words)


@expect
def slab_frames(rng, run):
    for i in range(4):
        shape = Shape(rng)
        fit = run.value(f"per_slab.{i}")
        yield f"per_slab.{i}", shape.fits, shape.words
        yield f"measured.{i}", 0, shape.words
        yield f"full.{i}", 3, shape.words
        rng.below(3 * fit)
        yield f"given.{i}", "Success", shape.words
        yield f"taken.{i}", "Success", shape.words
        yield f"again.{i}", 3, shape.words
        rng.below(3 * fit)
        yield f"emptied.{i}", fit, shape.words
        yield f"back.{i}", 2, shape.words
        yield f"taken_new.{i}", "Success", shape.words
        yield f"new.{i}", 3, shape.words
        yield from observed(i, shape.words)


@expect
def slab_refuses(rng, run):
    for i in range(6):
        shape = Shape(rng)
        rng.below(3)
        rng.below(shape.bytes - 1)
        rng.below(3)
        rng.below(3)
        for what in ("inner", "header", "others"):
            yield f"{what}.{i}", "InvalidArgument", shape.words
        yield f"given.{i}", "Success", shape.words
        yield f"twice.{i}", "InvalidArgument", shape.words
        yield f"taken.{i}", "Success", shape.words
        yield f"after.{i}", "Success", shape.words
        yield f"left.{i}", 7, shape.words
        yield from observed(i, shape.words)


@expect
def slab_out_of_memory(rng, run):
    for i in range(4):
        shape = Shape(rng)
        yield f"first.{i}", "OutOfMemory", shape.words
        yield f"full.{i}", "OutOfMemory", shape.words
        yield f"given.{i}", "Success", shape.words
        yield f"room.{i}", "Success", shape.words
        yield f"again.{i}", "Success", shape.words
        yield f"slabs.{i}", 2, shape.words
        yield from observed(i, shape.words)


@expect
def slab_speed(rng, run):
    for i, words in enumerate(("objects in 200 slabs", "a slab of which most is free", "a slab of which most is not free")):
        yield f"times_longer.{i}", AtMost(3), words
    yield "done.0", 4 * 600


class Cache:
    """Which slab each object is in, in the order of Objects::held_; slabs are numbered as they come."""

    def __init__(self, shape, fit):
        self.shape, self.fit, self.held, self.slabs = shape, fit, [], 0

    @property
    def has_room(self):
        return any(self.held.count(slab) < self.fit for slab in self.held)

    def neighbours(self):
        """For each slab that a new object may be in, what the test says of it; of a new slab when no other has room."""
        return {self.held.index(slab): slab for slab in self.held if self.held.count(slab) < self.fit} or {len(self.held): None}

    def take(self, neighbour):
        slab = self.neighbours()[neighbour]
        if slab is None:
            self.slabs += 1
            slab = self.slabs
        self.held.append(slab)

    def give(self, index):
        self.held[index] = self.held[-1]
        self.held.pop()


@expect
def slab_model(rng, run):
    shapes = [Shape(rng) for _ in range(3)]
    for i, shape in enumerate(shapes):
        yield f"per_slab.{i}", shape.fits, shape.words
    caches = [Cache(shape, run.value(f"per_slab.{i}")) for i, shape in enumerate(shapes)]
    for i in range(240):
        cache = caches[rng.below(3)]
        what, number, count = rng.below(8), rng.next(), 1 + rng.below(24)
        allowed, case = rng.below(4) > 0, cache.shape.words
        if what == 0 and cache.held:
            yield f"inner.{i}", "InvalidArgument", case
            yield f"others.{i}", "InvalidArgument", case
        elif what < (5 if i // 40 % 2 == 0 else 3):
            for n in range(32 * i, 32 * i + min(count, 300 - len(cache.held))):
                fails = not allowed and not cache.has_room
                yield f"outcome.{n}", "OutOfMemory" if fails else "Success", case
                if not fails:
                    seen, right = run.value(f"neighbour.{n}"), cache.neighbours()
                    yield f"neighbour.{n}", seen if seen in right else min(right), case
                    cache.take(seen)
        else:
            for n in range(min(count, len(cache.held))):
                yield f"given.{32 * i + n}", "Success", case
                cache.give((number + n) % len(cache.held))
        yield f"frames.{i}", sum(len(set(cache.held)) for cache in caches), case
    yield "wrong.240", 0
    yield "frames.240", 0
