"""The generator of inputs, and the comparison of what was seen with what should have been."""
from __future__ import annotations

import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Iterator, List, Optional

import pytest

from support import LAB, ROOT, SEED

from grader import boots, protocol
from grader.catalog import Catalog
from grader.judging import Between, Difference, Run, Witness, expect, judge, load
from grader.rng import Random

SEEDS = [0, 1, 7, 0x8000000000000000, 0xFFFFFFFFFFFFFFFF]
NAMES = ["", "memory", "lab1.format_hex"]
PRINTS_A_TABLE = """
#include <cstdio>
#include "lib/random.hpp"
template <typename... Name> void row(uint64_t seed, Name... name) {
  strata::Random random(seed, name...);
  for (int i = 0; i < 20; ++i) std::printf("%llu ", static_cast<unsigned long long>(random.next()));
  for (uint64_t bound : {1ull, 2ull, 10ull, 1ull << 63}) std::printf("%llu ", static_cast<unsigned long long>(random.below(bound)));
  int cards[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  random.shuffle(cards);
  for (int card : cards) std::printf("%d ", card);
  std::printf("\\n");
}
int main() {
  for (uint64_t seed : {%s}) row(seed), row(seed, "memory"), row(seed, "lab1.format_hex");
}
"""


def test_generator_equals_the_guests(tmp_path: Path) -> None:
    """Not the same algorithm written down twice by one hand: the guest's header, compiled for the host."""
    source = tmp_path / "table.cpp"
    source.write_text(PRINTS_A_TABLE.replace("%s", ", ".join(f"{seed}ull" for seed in SEEDS)))
    subprocess.run(["g++", "-std=c++20", f"-I{ROOT / 'labs' / LAB}", str(source), "-o", str(tmp_path / "table")], check=True)
    table = subprocess.run([str(tmp_path / "table")], check=True, stdout=subprocess.PIPE, encoding="ascii").stdout.splitlines()
    rows = []
    for seed in SEEDS:
        for name in NAMES:
            random = Random(seed, name)
            numbers = [random.next() for _ in range(20)] + [random.below(bound) for bound in (1, 2, 10, 1 << 63)]
            cards = list(range(10))
            random.shuffle(cards)
            rows.append(" ".join(map(str, numbers + cards)) + " ")
    assert rows == table


# --- Judging ----------------------------------------------------------------------------------------------------------

RUN = Run(SEED, 256, "console\r\n", 10240)


@expect
def three_values(rng: Random, run: Run) -> Iterator:
    yield "number.0", rng.below(1000)
    yield "text.0", "a\nb"
    yield "number.1", run.memory_mib


RIGHT = [("number.0", Random(SEED, "lab9.three_values").below(1000)), ("text.0", "a\nb"), ("number.1", 256)]


def judged(seen: list, resources: Optional[list] = None) -> Optional[Difference]:
    return judge(three_values, "lab9.three_values", protocol.TestReport(seen=seen, resources=resources or [], done=True), RUN)


def test_right_observations() -> None:
    assert judged(RIGHT) is None


@pytest.mark.parametrize("at", range(3))
def test_first_difference_counts(at: int) -> None:
    """And names both sides; later ones do not matter."""
    seen = RIGHT[:at] + [(key, 77777) for key, _ in RIGHT[at:]]
    difference = judged(seen)
    key, value = RIGHT[at]
    assert difference.key == key.split(".")[0]
    assert difference.expected.startswith(f"{key} = ") and difference.seen == f"{key} = 77777 (0x12fd1)"
    assert (repr(value) if isinstance(value, str) else f"{value}") in difference.expected


def test_too_few_observations() -> None:
    assert judged(RIGHT[:2]) == Difference("number", "number.1 = 256 (0x100)", "nothing more was reported")
    assert judged([]).seen == "nothing more was reported"


@pytest.mark.parametrize("expected, seen, words", [
    (5, 12, ("5", "12 (0xc)")),
    (0x840000083, 0, ("0x840000083 (35433480323)", "0")),
    (Between(1063.2, 1067.9), 852857000, ("between 1064 (0x428) and 1067 (0x42b)", "852857000 (0x32d590a8)")),
])
def test_numbers_are_shown_alike(expected: object, seen: int, words: tuple) -> None:
    """Whatever is compared stands in one notation on both sides; long ones in hexadecimal first."""
    difference = judge(lambda rng, run: iter([("x.0", expected)]), "lab9.t", protocol.TestReport([("x.0", seen)]), RUN)
    assert (difference.expected, difference.seen) == tuple(f"x.0 = {text}" for text in words)


def test_a_trap_that_did_not_come_back_is_explained() -> None:
    report = protocol.TestReport([("ready.0", "Internal")], panics=[protocol.Panic("vector 13", 0x1000)])
    difference = judge(lambda rng, run: iter([("ready.0", "Success")]), "lab9.t", report, RUN)
    assert difference.seen.startswith("ready.0 = 'Internal', after the panic: vector 13, at 0x1000")


def test_too_many_observations() -> None:
    assert judged(RIGHT + [("ok.0", 1)]) == Difference("ok", "nothing more", "ok.0 = 1")
    assert judged(RIGHT + RIGHT[2:]).expected == "nothing more"


def test_another_order_or_key_is_wrong() -> None:
    assert judged(RIGHT[::-1]) and judged([RIGHT[1], RIGHT[0], RIGHT[2]])
    assert judged([("nummer.0", RIGHT[0][1]), *RIGHT[1:]]).seen.startswith("nummer.0 = ")


def test_text_is_no_number() -> None:
    assert judged([("number.0", str(RIGHT[0][1])), *RIGHT[1:]])
    assert judged([RIGHT[0], RIGHT[1], ("number.1", "256")])


def test_witness() -> None:
    """What the host saw itself is compared at its place in the order, without taking a line."""
    def expectation(rng: Random, run: Run) -> Iterator:
        yield "a.0", 1
        yield Witness("the console", "console\r\n", run.com1)
        yield Witness("the archive in bytes", 5, run.archive_size)
    assert judge(expectation, "t", protocol.TestReport(seen=[("a.0", 2)]), RUN).key == "a"
    assert judge(expectation, "t", protocol.TestReport(seen=[("a.0", 1)]), RUN) == Difference(
        "the archive in bytes", "the archive in bytes: 5", "10240 (0x2800)")


@pytest.mark.parametrize("rows, leaks", [
    ([], False),
    ([(1, 10, 5), (2, 12, 5), (3, 12, 5)], False),  # the first run may fill caches
    ([(1, 10, 5), (2, 10, 5), (3, 11, 5)], True),  # a frame
    ([(1, 10, 5), (2, 10, 5), (3, 10, 4)], True),  # an object given back twice
    ([(1, 10, 5), (2, 10, 5)], True),  # a run is missing
])
def test_leaks(rows: List[tuple], leaks: bool) -> None:
    difference = judged(RIGHT, rows)
    assert (difference is not None and difference.key == "leak") == leaks


def test_only_marked_functions_are_expectations(tmp_path: Path) -> None:
    (tmp_path / "expect.py").write_text("from grader.judging import expect\n\n@expect\ndef a(rng, run):\n    yield 'x.0', 1\n\n"
                                        "def helper(rng):\n    return 1\n")
    assert list(load(tmp_path / "expect.py", 4)) == ["lab4.a"]
    assert load(tmp_path / "nothing.py", 4) == {}


# --- The data of lab 1 -------------------------------------------------------------------------------------------------

def test_answers_depend_on_the_seed(recording: boots.Boot, catalog: Catalog) -> None:
    """A good run's answers, judged with 500 other seeds: no test may take them for right in more than one of fifty.
    Witnesses see for themselves and are left out."""
    fits: Counter = Counter()
    for seed in range(SEED + 1, SEED + 501):
        run = replace(recording.run, seed=seed, memory_mib=boots.memory_of(catalog, seed))
        for name, said in recording.report.tests.items():
            fits[name] += judge(catalog.tests[name].expectation, name, said, run) is None
    assert {name: count for name, count in fits.items() if count > 10} == {}


def test_every_exercise_has_tests_and_whole_ones_are_a_fifth(catalog: Catalog) -> None:
    whole = sum(test.points for test in catalog.tests.values() if test.mode == "whole")
    assert whole * 5 == catalog.max_points
    assert {test.exercise.number for test in catalog.tests.values()} == set(catalog.exercises)
    assert all(test.points > 0 and test.summary for test in catalog.tests.values())
