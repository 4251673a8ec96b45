"""What a right lab 3 reports: the host's half of the tests of exercise 3.10."""
from grader.judging import Case, expect

MOST = 12


class Tree:
    """Processes by number from 0 on; those in `parent` are published. None is the kernel."""

    def __init__(self, init=None):
        self.parent, self.zombies, self.init = {}, set(), init

    def children(self, which):
        return [it for it, parent in self.parent.items() if parent == which]

    def reap(self, which):
        del self.parent[which]

    def end(self, which):
        self.zombies.add(which)
        for child in self.children(which):
            self.parent[child] = self.init
            if self.init is None and child in self.zombies:
                self.reap(child)
        if self.parent[which] is None:
            self.reap(which)

    def say(self):
        for i in range(MOST):
            there = i in self.parent
            yield f"published.{i}", int(there)
            if there:
                yield f"zombie.{i}", int(i in self.zombies)
                yield f"parent.{i}", 0 if self.parent[i] is None else self.parent[i] + 1
                yield f"children.{i}", sum(1 << (child + 1) for child in self.children(i))
                yield f"references.{i}", 2


def draw_tree(rng):
    tree = Tree()
    tree.parent[0] = None
    for i in range(1, MOST):
        tree.parent[i] = rng.below(i)
    return tree


@expect
def exit_orphans(rng, run):
    tree = draw_tree(rng)
    tree.init = 0
    for _ in range(6):
        which = 1 + rng.below(MOST - 1)
        if which not in tree.zombies:
            tree.end(which)
            yield from tree.say()


@expect
def exit_kernel(rng, run):
    tree = draw_tree(rng)
    youngests_parent = tree.parent[MOST - 1]
    for i in range(8):
        drawn = rng.below(MOST)
        which = {0: MOST - 1, 1: youngests_parent, 3: 0}.get(i, drawn)
        if which not in tree.zombies:
            tree.end(which)
            yield from tree.say()
            yield f"count.{i}", MOST - len(tree.parent)


@expect
def wait_finds(rng, run):
    tree = Tree()
    tree.parent[0] = None
    for i in range(1, MOST):
        tree.parent[i] = i - 1 if rng.below(3) == 0 else 0
        if rng.below(3) == 0:
            tree.zombies.add(i)
    words = ["pid 0", "pid -2", "minus a child's number", "a number with more than 32 bits", "a number that no process has"]
    for i, case in enumerate(words):
        yield f"strange.{i}", "InvalidArgument" if i < 3 else "NotFound", Case(case)
    for i in range(30):
        who = rng.below(3)
        pid = rng.below(MOST)
        kind = rng.below(4)
        strange = rng.below(5) if kind == 1 else None
        if strange is not None and strange < 3:
            yield f"outcome.{i}", "InvalidArgument", Case(words[strange])
            continue
        candidates = [] if strange is not None else [it for it in tree.children(who) if kind == 0 or it == pid]
        zombies = [it for it in candidates if it in tree.zombies]
        case = "any child" if kind == 0 else words[strange] if strange is not None else \
            "a child" if candidates else "somebody else's child"
        yield f"outcome.{i}", "Success" if zombies else "Again" if candidates else "NotFound", Case(case)
        if zombies:
            yield f"found.{i}", zombies[0] + 1, Case(case)


@expect
def wait_reaps(rng, run):
    tree = draw_tree(rng)
    for i in range(MOST - 1, 0, -1):
        if rng.below(2) == 0 or tree.children(i):
            continue
        tree.reap(i)
        yield f"count.{i}", MOST - len(tree.parent)
    yield from tree.say()


def woken(key, i, wakes, call):
    yield f"{key}.{i}", int(wakes)
    yield f"rax.{i}", call if wakes else 0
    yield f"back.{i}", 2 if wakes else 0


@expect
def exit_wakes(rng, run):
    yield "scheduler.0", "Success"
    call = rng.next()
    yield from woken("first", 0, True, call)
    yield from woken("second", 0, True, call + 1 & (1 << 64) - 1)
    yield from woken("its_own", 0, False, call)
    yield from woken("init", 0, False, call)
    yield from woken("init", 1, True, call)


@expect
def exit_heir(rng, run):
    yield "scheduler.0", "Success"
    for i in range(6):
        zombie, call = rng.below(2) == 0, rng.next()
        yield from woken("init", i, zombie, call)
        yield from woken("another", i, zombie, call + 1 & (1 << 64) - 1)
