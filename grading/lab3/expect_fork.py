"""What a right lab 3 reports: the host's half of the tests of exercise 3.9."""
from grader.judging import expect
from grader.rng import MASK

VMOS, PAGES = 4, 8
FRAME_WORDS, RAX = 22, 14


class Space:
    """What the test has drawn: for each Vmo whether it is shared, the permissions of its pages, and their first words (None: no
    frame)."""

    def __init__(self, rng):
        rng.below(1 << 20)
        self.shared, self.perms, self.words = [], [], []
        for _ in range(VMOS):
            self.shared.append(rng.below(3) == 0)
            bits, other, middle = rng.below(4), rng.below(4), rng.below(PAGES)
            self.perms.append([4 + (other if n == middle else bits) for n in range(PAGES)])
            filled = rng.next()
            words = [rng.next() for _ in range(PAGES)]
            self.words.append([word if filled >> n & 1 else None for n, word in enumerate(words)])

    def regions(self):
        """(Vmo, first page, pages, permissions)."""
        for vmo, perms in enumerate(self.perms):
            start = 0
            for n in range(1, PAGES + 1):
                if n == PAGES or perms[n] != perms[start]:
                    yield vmo, start, n - start, perms[start]
                    start = n


@expect
def fork_regions(rng, run):
    space = Space(rng)
    yield "outcome.0", "Success"
    last = None
    for i, (vmo, first, pages, perms) in enumerate(space.regions()):
        case = "inherited as it is" if space.shared[vmo] else "copied"
        yield f"start.{i}", vmo * PAGES + first, case
        yield f"pages.{i}", pages, case
        yield f"perms.{i}", perms, case
        yield f"first_page.{i}", first, case
        yield f"same_vmo.{i}", int(space.shared[vmo]), case
        yield f"as_before.{i}", int(vmo == last), case
        last = vmo


@expect
def fork_writes(rng, run):
    space = Space(rng)
    parent = [list(words) for words in space.words]
    child = [words if space.shared[i] else list(words) for i, words in enumerate(parent)]
    yield "outcome.0", "Success"
    yield "few_frames.0", 1
    for i in range(24):
        vmo, number, word = rng.below(VMOS), rng.below(PAGES), rng.next()
        child_writes = rng.below(2) == 1
        yield f"region.{i}", 1
        if parent[vmo][number] is None:
            continue
        (child if child_writes else parent)[vmo][number] = word
        case = f"the {'child' if child_writes else 'parent'} writes to what is {'shared' if space.shared[vmo] else 'copied'}"
        yield f"frame.{i}", "Success", case
        yield f"parent.{i}", parent[vmo][number], case
        yield f"child.{i}", child[vmo][number], case


@expect
def fork_space_memory(rng, run):
    yield "outcome.0", "Success"
    yield "failed_first.0", 1
    yield "lost.0", 0
    yield "regions.0", 1, "all of them are there"


class Parent:
    def __init__(self, rng):
        self.name = ["stone", "sand", "clay", "chalk"][rng.below(4)]
        Space(rng)
        self.pages, self.page_limit = rng.below(1000), 1000 + rng.below(1000)
        self.handles = {i: rng.below(16) for i in range(1, 71)}
        for _ in range(30):
            self.handles.pop(1 + rng.below(70), None)
        self.frame = [rng.next() for _ in range(FRAME_WORDS)]
        self.group = rng.next() & 0xFFFFFFFF

    def handles_sum(self):
        total = 0
        for handle, rights in sorted(self.handles.items()):
            total = (total * 31 + handle * 16 + rights) & MASK
        return total


@expect
def fork_whole(rng, run):
    yield "scheduler.0", "Success"
    parent = Parent(rng)
    xmm, fs_base = rng.next(), rng.next()
    yield "outcome.0", "Success"
    yield "found.0", 1
    yield "count.0", 1
    yield "its_child.0", 1
    yield "name.0", parent.name
    yield "group.0", parent.group
    yield "pages.0", parent.pages
    yield "page_limit.0", parent.page_limit
    yield "handles.0", parent.handles_sum()
    yield "threads.0", 1
    yield "ready.0", 1
    yield "process.0", 1
    for i, word in enumerate(parent.frame):
        yield f"frame.{i}", 0 if i == RAX else word
    yield "xmm3.0", xmm
    yield "fs_base.0", fs_base


@expect
def fork_rollback(rng, run):
    yield "scheduler.0", "Success"
    yield "outcome.0", "Success"
    yield "failed_first.0", 1
    yield "lost.0", 0
    yield "there.0", 0
    yield "held.0", 0
    yield "references.0", 0


@expect
def fork_full(rng, run):
    yield "scheduler.0", "Success"
    Parent(rng)
    yield "outcome.0", "TableFull"
    yield "children.0", 1
    yield "outcome.1", "Success"
