"""Reading the report: transcripts in, what stands out. Whatever the guest writes, nothing raises and nothing is guessed."""
from __future__ import annotations

import pytest

from grader.protocol import Panic, Report, parse, parse_value

NONCE = "00112233445566ff"
GOOD = """
entered
test lab1.a
seen x.0 0x1f
seen text.0 "one\\x0atwo"
done lab1.a
test lab1.b
seen x.0 0x0
resources 1 10 20
resources 2 11 20
done lab1.b
end 10
"""


def numbered(text: str, nonce: str = NONCE) -> list:
    return [f"{nonce} {number} {line}" for number, line in enumerate(text.strip().splitlines())]


def read(lines: list) -> Report:
    return parse("".join(f"{line}\n" for line in lines).encode("latin-1"), NONCE)


def finished(report: Report) -> list:
    return [name for name, test in report.tests.items() if test.done]


def test_good_report() -> None:
    report = read(numbered(GOOD))
    assert report.entered and report.complete and not report.broken and report.open_test is None and report.panic is None
    assert report.tests["lab1.a"].seen == [("x.0", 31), ("text.0", "one\ntwo")]
    assert report.tests["lab1.b"].resources == [(1, 10, 20), (2, 11, 20)]
    assert finished(report) == ["lab1.a", "lab1.b"]


def test_stray_output_disturbs_nothing() -> None:
    """Noise between the lines, a line without a nonce, another run's nonce, carriage returns."""
    lines = numbered(GOOD)
    noisy = ["\0\xff\x1b[2J", "ok 1 - everything"]
    for line in lines:
        noisy += [f"{line}\r", line.replace(NONCE, "ffeeddccbbaa9988"), line.split(" ", 1)[1], line[:9], ""]
    assert read(noisy) == read(lines)


@pytest.mark.parametrize("at", range(1, 11))
def test_repeated_line(at: int) -> None:
    """What was complete before it stands; what it touches does not."""
    lines = numbered(GOOD)
    report = read(lines[:at + 1] + lines[at:])
    assert report.broken and f"report line {at} came where line {at + 1} belongs" in report.broken
    assert finished(report) == ([], ["lab1.a"], ["lab1.a", "lab1.b"])[(at >= 4) + (at >= 9)]


@pytest.mark.parametrize("at", range(0, 10))
def test_swapped_lines(at: int) -> None:
    lines = numbered(GOOD)
    lines[at], lines[at + 1] = lines[at + 1], lines[at]
    report = read(lines)
    assert report.broken and not report.complete
    assert finished(report) == ([], ["lab1.a"], ["lab1.a", "lab1.b"])[(at >= 5) + (at >= 10)]


@pytest.mark.parametrize("at", range(0, 10))
def test_dropped_line(at: int) -> None:
    lines = numbered(GOOD)
    report = read(lines[:at] + lines[at + 1:])
    assert report.broken and not report.complete
    assert finished(report) == ([], ["lab1.a"])[at >= 5]


@pytest.mark.parametrize("cut", range(1, 11))
def test_cut_off(cut: int) -> None:
    """The machine ended in the middle: no break, but nothing is closed."""
    report = read(numbered(GOOD)[:cut])
    assert not report.broken and not report.complete
    assert report.open_test == {2: "lab1.a", 3: "lab1.a", 4: "lab1.a", 6: "lab1.b", 7: "lab1.b", 8: "lab1.b",
                                9: "lab1.b"}.get(cut)


def test_half_a_line_is_none() -> None:
    """A value that was cut off on its way must not count."""
    text = "\n".join(numbered(GOOD)[:3]).encode()
    assert parse(text[:-1], NONCE).tests["lab1.a"].seen in ([], [("x.0", 1)])
    assert not parse(text[:-1], NONCE).tests["lab1.a"].done


@pytest.mark.parametrize("bad", [
    "entered\nentered",  # twice
    "test lab1.a",  # before `entered`
    "entered\nseen x.0 0x1",  # outside a test
    "entered\ndone lab1.a",
    "entered\ntest lab1.a\ndone lab1.b",  # another one's end
    "entered\ntest lab1.a\ntest lab1.b",  # inside one another
    "entered\ntest lab1.a\ndone lab1.a\ntest lab1.a",  # a second chance
    "entered\nend 5",  # a wrong count
    "entered\nend",
    "entered\ntest lab1.a\nend 2",  # in the middle of a test
    "entered\npass lab1.a",  # a verdict
    "entered\ntest lab1.a\nseen x.0 true",
    "entered\ntest lab1.a\nseen x.0",
    "entered\ntest lab1.a\nresources many",
    "entered\npanic no quotes",
    "entered\nundefined no quotes",
    "entered\nend 1\ntest lab1.a",  # after the end
])
def test_senseless_line(bad: str) -> None:
    report = read(numbered(bad))
    assert report.broken and not report.complete and finished(report) in ([], ["lab1.a"])


@pytest.mark.parametrize("text", [
    b"", b"\0" * 1000, bytes(range(256)) * 50, NONCE.encode() * 1000, f"{NONCE} ".encode(), f"{NONCE} x entered\n".encode(),
    f"{NONCE} -1 entered\n".encode(), f"{NONCE} \xb2 entered\n".encode("latin-1"), b"\n" * 10_000,
])
def test_garbage(text: bytes) -> None:
    report = parse(text, NONCE)
    assert not report.entered and not report.tests and not report.complete


def test_huge_numbers() -> None:
    """Must not keep the host busy."""
    nines = "9" * 300_000
    assert read([f"{NONCE} {nines} entered"]).broken
    assert read([*numbered("entered"), f"{NONCE} 1 end {nines}"]).broken
    assert read([*numbered("entered\ntest lab1.a"), f"{NONCE} 2 resources {nines} 1 1"]).broken


def test_missing_and_panic() -> None:
    before = read(numbered('entered\nmissing 1.1 Uart16550::init\npanic "no memory" 0x0'))
    assert before.missing == ["1.1 Uart16550::init"] and before.panic == Panic("no memory")
    inside = read(numbered("entered\ntest lab1.a\nmissing 1.2 format_hex\ndone lab1.a"))
    assert inside.tests["lab1.a"].missing == ["1.2 format_hex"] and inside.missing == []


def test_undefined_behaviour() -> None:
    """Belongs to the test where it happened, or to none."""
    report = read(numbered('''
entered
undefined "a.cpp:1:2: shift"
test lab1.a
undefined "a.cpp:1:2: shift"
undefined "a.cpp:1:22: \\x22overflow\\x22: 1 + 2"
done lab1.a
undefined "b.cpp:7:1: null pointer"
end 7'''))
    assert report.complete and report.undefined == ["a.cpp:1:2: shift", "b.cpp:7:1: null pointer"]
    assert report.tests["lab1.a"].undefined == ["a.cpp:1:2: shift", 'a.cpp:1:22: "overflow": 1 + 2']


def test_a_panic_is_the_end_unless_the_kernel_goes_on() -> None:
    lines = 'entered\ntest lab1.a\npanic "bad" 0x1f\nmissing 1.8 explain_fault'
    assert read(numbered(lines)).panic == Panic("bad", 0x1f)
    survived = read(numbered(f"{lines}\nseen ready.0 0x1"))
    assert survived.panic is None and survived.tests["lab1.a"].panics == [Panic("bad", 0x1f)]


@pytest.mark.parametrize("text, value", [
    ("0x0", 0), ("0xffffffffffffffff", (1 << 64) - 1), ('""', ""), ('"a\\x22b"', 'a"b'), ('"\\x5cx41"', "\\x41"), ('"\\xff"', "\xff"),
])
def test_values(text: str, value: object) -> None:
    assert parse_value(text) == value
