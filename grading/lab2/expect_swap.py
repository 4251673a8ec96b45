"""What a right lab 2 reports: the host's half of the tests of challenge 2.12."""
from grader.judging import expect


@expect
def swap_entry(rng, run):
    for i in range(12):
        number = rng.next()
        slot = number >> 32 + rng.below(32) & 0xFFFFFFFF
        slot = {0: 0, 1: 0xFFFFFFFE}.get(i, slot)
        yield f"present.{i}", 0, f"slot {slot}"
        yield f"empty.{i}", 0, f"slot {slot}"
        yield f"slot.{i}", slot, f"slot {slot}"


class Page:
    """`known`: the TLB has it, as a dirty one if it is `known_dirty`; then the CPU does not set bits in the entry any more."""

    def __init__(self):
        self.value, self.accessed, self.dirty, self.has_slot = 0, False, False, False
        self.known, self.known_dirty = False, False

    def use(self, write):
        if not self.known or write and not self.known_dirty:
            self.accessed, self.dirty = True, self.dirty or write
            self.known, self.known_dirty = True, self.dirty


class Swap:
    """Pages by their number; `places` are those that are in."""

    def __init__(self, places, slots):
        self.places, self.slots = [None] * places, slots
        self.pages, self.hand, self.writes, self.reads = {}, 0, 0, 0

    @property
    def used_slots(self):
        return sum(page.has_slot for page in self.pages.values())

    def make_room(self, has_frames):
        """The number of a place that is free then, or an error."""
        if None in self.places:
            return self.places.index(None) if has_frames else "OutOfMemory"
        while self.pages[self.places[self.hand]].accessed:
            self.pages[self.places[self.hand]].accessed = False
            self.hand = (self.hand + 1) % len(self.places)
        going, place = self.pages[self.places[self.hand]], self.hand
        if not going.has_slot and self.used_slots == self.slots:
            return "TableFull"
        self.writes += going.dirty or not going.has_slot
        going.has_slot, going.dirty, going.known = True, False, False
        self.hand = (self.hand + 1) % len(self.places)
        return place

    def use(self, number, write, has_frames):
        if number not in self.places:
            place = self.make_room(has_frames)
            if isinstance(place, str):
                return place
            self.reads += number in self.pages
            self.places[place] = number
        self.pages.setdefault(number, Page()).use(write)
        return "Success"

    def forget(self, number):
        if number not in self.pages:
            return "NotFound"
        del self.pages[number]
        self.places = [None if held == number else held for held in self.places]
        return "Success"


def lives(rng, steps, few_slots=False, few_frames=False, forget=False, looks=()):
    for start in range(0, 3000, 1000):
        pages, places, slots = 10 + rng.below(4), 3 + rng.below(4), 1 + rng.below(3)
        rng.below(1000)
        rng.below(1 << 30)
        swap = Swap(places, slots if few_slots else 16)
        for i in range(start, start + steps):
            what, number = rng.below(8), rng.below(pages)
            if rng.below(2) == 0:
                number %= 3
            has_frames = rng.below(4) > 0 or not few_frames
            if rng.below(2) == 0:
                for page in swap.pages.values():
                    page.known = False
            if forget and what == 7:
                outcome, case = swap.forget(number), f"page {number} is forgotten"
            else:
                outcome, case = swap.use(number, what < 3, has_frames), f"page {number} is {'written' if what < 3 else 'read'}"
                if outcome == "Success":
                    if "contents" in looks:
                        yield f"contents.{i}", swap.pages[number].value, case
                    if what < 3:
                        swap.pages[number].value = i + 1
            case += f", {places} places"
            yield f"outcome.{i}", outcome, case
            yield from observed(swap, i, looks, case)
        if "room" in looks:
            for i in range(start + steps, start + steps + pages):
                yield f"again.{i}", "NotFound"
            yield f"frames.{start + steps}", 0
            yield f"slots.{start + steps}", 0
            if not few_slots and not few_frames:  # else some were made for a page that could not come
                yield f"tables.{start + steps}", 1


def observed(swap, i, looks, case):
    if "contents" in looks:
        yield f"stale.{i}", 0, case
        yield f"too_early.{i}", 0, case
    if "who" in looks:
        yield f"in.{i}", sum(1 << number for number in swap.places if number is not None), case
    if "traffic" in looks:
        yield f"writes.{i}", swap.writes, case
        yield f"reads.{i}", swap.reads, case
    if "room" in looks:
        yield f"frames.{i}", sum(number is not None for number in swap.places), case
        yield f"slots.{i}", swap.used_slots, case
        yield f"misused.{i}", 0, case


@expect
def swap_contents(rng, run):
    yield from lives(rng, 60, looks=("contents",))


@expect
def swap_clock(rng, run):
    yield from lives(rng, 60, looks=("who",))


@expect
def swap_dirty(rng, run):
    yield from lives(rng, 60, looks=("traffic",))


@expect
def swap_full(rng, run):
    yield from lives(rng, 60, few_slots=True, forget=True, looks=("contents", "who"))


@expect
def swap_forget(rng, run):
    yield from lives(rng, 60, forget=True, looks=("room",))


@expect
def swap_model(rng, run):
    for few_slots in (True, False):
        yield from lives(rng, 80, few_slots, True, True, ("contents", "who", "traffic", "room"))
