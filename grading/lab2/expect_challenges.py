"""What a right lab 2 reports: the host's half of the challenges."""
from grader.judging import AtMost, Between, Case, expect


# --- Challenge 2.13 -------------------------------------------------------------------------------------------------

PAGES, CPUS, STEPS = 8, 3, 500


class Cpu:
    """The spaces that have a PCID here, the one whose switch is the longest ago first, and the generation of their entries."""

    def __init__(self, pcids):
        self.pcids, self.known, self.space = pcids, {}, None

    def switch(self, space, generation):
        """May the TLB keep what it knows of the space?"""
        keep = self.known.pop(space, None) == generation
        if len(self.known) == self.pcids:
            del self.known[next(iter(self.known))]
        self.known[space], self.space = generation, space
        return keep


def life(rng, cpus, pcids, spaces, page, everything, gone):
    """my_pcid_test.cpp: live(). A space is (its place, how many have been there before)."""
    machine, alive, generations = [Cpu(pcids) for _ in range(cpus)], [(place, 0) for place in range(spaces)], {}
    for i in range(STEPS):
        at, place = rng.below(cpus), rng.below(spaces)
        what, _, _ = rng.below(16), rng.below(PAGES), rng.next()
        space = alive[place]
        at = next((n for n, other in enumerate(machine) if other.space == space), at)
        cpu, generation = machine[at], generations.get(space, 0)
        case = f"{pcids} PCIDs, CPU {at}, space {place}{f' (the {space[1] + 1}. one)' if space[1] else ''}"
        if what < page + everything:
            case += f", {'a page' if what < page else 'all'} changed, {'in use' if cpu.space == space else 'not in use'}"
            single, contexts = (AtMost(1), 0) if what < page else (0, int(cpu.space == space))
            generations[space] = generation + 1
            if cpu.known.get(space) == generation and (what < page or cpu.space == space):
                cpu.known[space] = generation + 1
                single = 1 if what < page else 0
            yield f"single.{i}", single, case
            yield f"contexts.{i}", contexts, case
            yield f"besides.{i}", 0, case
        elif what < page + everything + gone:
            if cpu.space != space:
                alive[place] = (place, space[1] + 1)
        else:
            keep = cpu.switch(space, generation)
            yield f"loads.{i}", 1, case
            yield f"root.{i}", place + 16 << 12, case
            yield f"pcid.{i}", Between(1, pcids), case
            yield f"keep.{i}", int(keep), case
            yield f"besides.{i}", 0, case
        if cpu.space is not None:
            yield f"stale.{i}", 0, case


def some_pcids(rng):
    return 2 + rng.below(4)


@expect
def pcid_keeps(rng, run):
    pcids = some_pcids(rng)
    yield from life(rng, 1, pcids, pcids, 0, 0, 0)


@expect
def pcid_runs_out(rng, run):
    pcids = some_pcids(rng)
    yield from life(rng, 1, pcids, pcids + 1 + rng.below(3), 0, 0, 0)


@expect
def pcid_page(rng, run):
    pcids = some_pcids(rng)
    yield from life(rng, 1, pcids, pcids, 6, 0, 0)


@expect
def pcid_all(rng, run):
    pcids = some_pcids(rng)
    yield from life(rng, 1, pcids, pcids, 0, 4, 0)


@expect
def pcid_gone(rng, run):
    pcids = some_pcids(rng)
    yield from life(rng, 1, pcids, pcids, 0, 0, 4)


@expect
def pcid_cpus(rng, run):
    spaces = 6 + rng.below(3)
    yield from life(rng, CPUS, spaces, spaces, 4, 1, 0)


@expect
def pcid_model(rng, run):
    spaces = 6 + rng.below(3)
    yield from life(rng, CPUS, spaces - rng.below(4), spaces, 4, 2, 1)


# --- Challenge 2.14 -------------------------------------------------------------------------------------------------

def right(number, whose):
    return f"complaint.{number}", "", Case(f"{whose} keeps every promise; no points for tests that complain about it")


@expect
def tests_right(rng, run):
    for number in range(2):
        yield right(number, "this allocator")


@expect
def tests_exercises(rng, run):
    yield right(0, "the allocator of 2.1 and 2.2")


class AnyWords:
    def __eq__(self, said):
        return isinstance(said, str) and said != ""

    def __str__(self):
        return "your words about what is broken"


@expect
def tests_last_frame(rng, run):
    yield "complaint.0", AnyWords()


tests_largest_first = tests_rest_lost = tests_never_joins = tests_joins_once = tests_last_frame
tests_neighbour = tests_twice = tests_stays_free = tests_last_frame
