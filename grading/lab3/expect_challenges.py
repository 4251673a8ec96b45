"""What a right lab 3 reports: the host's half of the challenges."""
from grader.judging import Case, expect


# --- Challenge 3.11 -------------------------------------------------------------------------------------------------

class Anything:
    """But that all is well."""

    def __eq__(self, said):
        return isinstance(said, str) and said not in ("", "nothing")

    def __str__(self):
        return "anything but 'nothing'"


def hunts(rng, broken):
    rng.next()
    before = rng.below(len(broken) + 1)
    for number in [*range(1, before + 1), 0, *range(before + 1, len(broken) + 1)]:
        yield f"ran.{number}", "Success"
        yield f"says.{number}", Anything() if number else "nothing", Case(broken[number - 1] if number else "the kernel as it is")


@expect
def hunt_register(rng, run):
    yield from hunts(rng, [f"the kernel that loses {name}" for name in ("rbx", "rbp", "r12", "r13", "r14", "r15")])


@expect
def hunt_selectors(rng, run):
    yield from hunts(rng, ["the broken kernel"])


hunt_range = hunt_page = hunt_stack = hunt_direction = hunt_selectors
