"""What a right lab 2 reports: the host's half of the challenges."""
from grader.judging import Case, expect


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
