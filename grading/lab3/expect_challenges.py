"""What a right lab 3 reports: the host's half of the challenges."""
from grader.judging import Case, expect


# --- Challenge 3.11 -------------------------------------------------------------------------------------------------

class Anything:
    """But that all is well."""

    def __eq__(self, said):
        return isinstance(said, str) and said not in ("", "nothing")

    def __str__(self):
        return "anything but 'nothing'"


@expect
def hunt_register(rng, run):
    rng.below(6), rng.next()
    for broken in [1, 0] if rng.below(2) else [0, 1]:
        yield f"ran.{broken}", "Success"
        yield f"says.{broken}", Anything() if broken else "nothing", Case("the broken kernel" if broken else "the kernel as it is")


hunt_selectors = hunt_range = hunt_page = hunt_stack = hunt_direction = hunt_register
