"""The data files of a lab: what does not fit together is refused with a message that says where; waivers."""
from __future__ import annotations

import shutil
from pathlib import Path
from typing import Callable, Tuple

import pytest

from support import LAB, ROOT, grade

import tree
from grader.catalog import CatalogError, read_catalog

INI, NEEDS, EXPECT = "grading/lab1/lab.ini", "grading/lab1/needs", "grading/lab1/expect.py"


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """The data files alone, in a tree of their own that may be spoiled: copy(file, old, new)."""
    top = tmp_path / "a tree"
    expectations = [path.relative_to(ROOT).as_posix() for path in ROOT.glob("grading/lab1/expect*.py")]
    for name in (INI, NEEDS, *expectations, "grading/waivers", f"labs/{LAB}/lab.mk"):
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, top / name)
    monkeypatch.setattr(tree, "root", lambda: top)

    def spoil(file: str = INI, old: str = "", new: str = "") -> Path:
        text = (top / file).read_text(encoding="utf-8")
        assert old in text
        (top / file).write_text(text.replace(old, new, 1), encoding="utf-8")
        return top

    return spoil


def read() -> dict:
    """The points of each test that the lab's score is made of."""
    return {name.split(".")[1]: test.points for name, test in read_catalog(tree.lab(1)).tests.items()
            if not test.exercise.challenge}


def refusal() -> str:
    with pytest.raises((CatalogError, tree.TreeError)) as error:
        read_catalog(tree.lab(1))
    return str(error.value)


def test_the_copy_is_good(copy: Callable[..., Path]) -> None:
    copy()
    assert sum(read().values()) == 100


MISTAKES = {
    "no section headers": (INI, "[lab]", "lab", ["lab.ini", "no section headers"]),
    "section twice": (INI, "[test uart_line]", "[test uart_divisor]", ["lab.ini", "test uart_divisor", "already exists"]),
    "points missing": (INI, "points = 2\n", "", ["lab1/lab.ini [test uart_divisor]: points", "whole number"]),
    "points not a number": (INI, "points = 2", "points = two", ["[test uart_divisor]: points = two"]),
    "points negative": (INI, "points = 2", "points = -2", ["[test uart_divisor]: points = -2"]),
    "summary missing": (INI, "summary = init programs", "note = init programs", ["[test uart_divisor]: summary", "missing"]),
    "title missing": (INI, "title = Serial port\n", "", ["lab1/lab.ini [exercise 1.1]: title", "missing"]),
    "exercise unknown": (INI, "exercise = 1.1", "exercise = 1.99", ["[test uart_divisor]: exercise = 1.99 does not exist"]),
    "file no exercise": (INI, "file = console/uart16550.cpp", "file = console/console.hpp",
                         ["[exercise 1.1]", "console/console.hpp", "lab.mk"]),
    "mode unknown": (INI, "mode = whole\nsummary", "mode = all\nsummary", ["[test console_greeting]", "isolated, whole or host, not all"]),
    "challenge neither yes nor no": (INI, "challenge = yes", "challenge = maybe", ["[exercise 1.11]: challenge", "not maybe"]),
    "host test without bodies": (INI, "runs = uart_divisor", "walks = uart_divisor", ["[test uart_sanitized]: runs = ... is missing"]),
    "host test of unknown bodies": (INI, "runs = uart_divisor", "runs = uart_dividor",
                                    ["[test uart_sanitized]", "no @expect function of the name uart_dividor"]),
    "memory not a number": (INI, "memory_mib = 256", "memory_mib = many", ["[lab]: memory_mib = many"]),
    "test without expectation": (EXPECT, "def uart_line", "def uart_lime", ["[test uart_line]", "expect.py has no @expect"]),
    "expectation without test": (INI, "[test uart_line]\nexercise = 1.1\npoints = 1\n", "[notes]\n",
                                 ["speaks of lab1.uart_line", "lab.ini has no such test"]),
    "expect.py broken": (EXPECT, "@expect", "@expect(", ["expect.py: SyntaxError"]),
    "expect.py fails": (EXPECT, "import re", "import missing_module", ["expect.py: ModuleNotFoundError"]),
    "needs has no line": (NEEDS, "uart_line: 1.1\n", "", ["[test uart_line]", "needs has no line"]),
    "needs unknown exercise": (NEEDS, "uart_line: 1.1", "uart_line: 1.77", ["[test uart_line]", "exercise 1.77"]),
    "needs unknown test": (NEEDS, "uart_line: 1.1", "uart_line: 1.1\nuart_lines: 1.1", ["lab1.uart_lines"]),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake(name: str, copy: Callable[..., Path]) -> None:
    file, old, new, words = MISTAKES[name]
    copy(file, old, new)
    message = refusal()
    assert [word for word in words if word not in message] == [], message


@pytest.mark.parametrize("file, words", [(NEEDS, "needs is missing"), (INI, "lab.ini"), (f"labs/{LAB}/lab.mk", "there is no lab 1")])
def test_file_missing(file: str, words: str, copy: Callable[..., Path]) -> None:
    (copy() / file).unlink()
    assert words in refusal()


# --- Waivers and hidden tests ------------------------------------------------------------------------------------------

def test_expectation_of_a_body_that_no_test_runs(copy: Callable[..., Path]) -> None:
    """Bodies of host tests alone need not be tests of their own; others do."""
    copy(INI, " boot_fuzz\n", "\n")
    assert "speaks of lab1.boot_fuzz" in refusal()


def test_host_tests_do_not_run_what_is_dropped(copy: Callable[..., Path]) -> None:
    waive(copy, "lab1.uart_poll drop the simulated chip was wrong")
    bodies = [body for body, _ in read_catalog(tree.lab(1)).tests["lab1.uart_sanitized"].bodies]
    assert bodies == ["lab1.uart_divisor", "lab1.uart_line", "lab1.uart_bad_rate", "lab1.uart_newline"]


def waive(copy: Callable[..., Path], line: str) -> None:
    (copy() / "grading/waivers").write_text(f"# comment\n\n{line}\n")


def test_waivers_drop_and_reweight(copy: Callable[..., Path]) -> None:
    waive(copy, "lab1.uart_poll drop the simulated chip was wrong\nlab1.format_hex 0 too hard\nlab1.uart_line 5 easy")
    points = read()
    assert "uart_poll" not in points and points["format_hex"] == 0 and points["uart_line"] == 5
    catalog = read_catalog(tree.lab(1))
    assert catalog.max_points == 100 - 2 - 1 + 4
    assert catalog.waivers == ["lab1.uart_line: 5 points (easy)", "lab1.uart_poll: dropped (the simulated chip was wrong)",
                               "lab1.format_hex: 0 points (too hard)"]


@pytest.mark.parametrize("line", ["lab1.uart_poll drop", "lab1.uart_poll", "lab1.uart_poll half because", "uart_poll drop why",
                                  "lab1.uart_poll -1 why"])
def test_bad_waiver(line: str, copy: Callable[..., Path]) -> None:
    waive(copy, line)
    assert "waivers:3: expected `<test id> drop|<points> <reason>`" in refusal()


def test_waiver_of_no_test(copy: Callable[..., Path]) -> None:
    """A slip of the pen must not leave the broken test in force unnoticed."""
    waive(copy, "lab1.uart_pol drop it is broken")
    assert "there is no test lab1.uart_pol" in refusal()


def hidden(copy: Callable[..., Path], name: str) -> None:
    folder = copy() / "grading/hidden/lab1"
    folder.mkdir(parents=True)
    (folder / "lab.ini").write_text(f"[test {name}]\nexercise = 1.2\npoints = 3\nsummary = a secret\n")
    (folder / "needs").write_text(f"{name}: 1.2\n")
    (folder / "expect.py").write_text(f"from grader.judging import expect\n\n@expect\ndef {name}(rng, run):\n    yield 'x.0', 1\n")


def test_hidden_tests_join(copy: Callable[..., Path]) -> None:
    hidden(copy, "secret")
    assert read()["secret"] == 3


def test_hidden_test_takes_no_name(copy: Callable[..., Path]) -> None:
    hidden(copy, "format_hex")
    assert "there is already a test lab1.format_hex" in refusal()


# --- The command line ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("arguments, words", [
    (("--lab", "9"), "there is no lab 9; known: 1"),
    (("--exercise", "1.99"), "there is no exercise 1.99; known: 1.1, 1.2, 1.3"),
    (("--test", "format_hexx"), "no test is called format_hexx; there are: "),
    (("--solutions", "7"), 'SOLUTIONS="7": give lab numbers out of'),
])
def test_unknown_name(arguments: Tuple[str, str], words: str, tmp_path: Path) -> None:
    graded = grade(tmp_path, *arguments)
    assert graded.status == 2 and graded.errors.startswith(f"grade: {words}") and graded.errors.count("\n") == 1
    assert "Score" not in graded.output
