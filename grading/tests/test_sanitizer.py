"""SAN=1: undefined behaviour is named with its place, in the test where it happens, and nowhere else."""
from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Dict, Iterator, List

import pytest

from conftest import RULES
from support import FORMAT, LAB, ROOT, SEED, SERIAL, Graded, grade, reference_files, write_archive
from test_build import compiled, copy_tree, make
from test_objects import findings

from grader import boots, building
from grader.catalog import Catalog

SOURCE = "grading/tests/kernels/lab1/undefined.cpp"
CLEAN = "SAN=1: no undefined behaviour was seen. "

# What each test of that kernel does.
KINDS: Dict[str, str] = {
    "add": "signed integer overflow: 2147483647 + 1 in 'int'",
    "subtract": "signed integer overflow: -9223372036854775808 - 1 in 'long",
    "multiply": "signed integer overflow: 2147483647 * 32 in 'int'",
    "negate": "signed integer overflow: -(-2147483648) in 'int'",
    "divide": "signed integer overflow: -2147483648 / -1 in 'int'",
    "divide by zero": "division by zero: 1 / 0 in 'int'",
    "shift": "shift out of range: 1 by 32 in 'int'",
    "shift back": "shift out of range: 1 by -1 in 'int'",
    "shift long": "shift out of range: 9223372036854775808 by 64 in '",
    "index": "index out of bounds: 4 in 'int",
    "negative index": "index out of bounds: -1 in 'int",
    "bool": "invalid value: 2 in '",
    "null": "null pointer: load of 'const int'",
    "misaligned": "misaligned pointer: load of 'const int' at 0xffffffff8",
    "pointer": "pointer overflow: from 0xffffffff8",
    "null argument": "null pointer: argument 1 must not be null",
    "null result": "null pointer: the function must not return one",
    "zeros": "leading or trailing zeros of 0",
    "length": "length of an array is not positive: 0",
    "unreachable": "unreachable code was reached",
    "no result": "a function ended without its result",
    "many times": "signed integer overflow: 2147483647 + 1 in 'int'",
}
CLANG_ONLY = {"promise": "misaligned pointer: 0xffffffff8"}
IN_A_FUNCTION = {"null": "number", "misaligned": "number"}  # the same place in two tests


@pytest.fixture(scope="module", autouse=True)
def sanitized() -> Iterator[None]:
    """For the builds of this process and of those that it starts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAN", "1")
        yield


@pytest.fixture(scope="module")
def kernel() -> building.Kernel:
    with building.build_lock():
        building.make("-f", RULES, "undefined")
    folder = ROOT / "build" / "san" / "tests" / "kernels"
    return building.Kernel(folder / "undefined.iso", folder / "undefined.elf", "undefined", 0)


@pytest.fixture(scope="module")
def graded(kernel: building.Kernel, catalog: Catalog) -> boots.Boot:
    """The kernel's run for a grader."""
    return boots.boot(kernel, catalog, ["lab1.uart_line"], SEED)


def line_of(name: str) -> int:
    """Where the test of this name, or the place that is marked by it, stands in the source."""
    lines = (ROOT / SOURCE).read_text().splitlines()
    marked = [number for number, line in enumerate(lines, 1) if line.endswith(f'// "{name}"')]
    begun = [number for number, line in enumerate(lines, 1) if f'{{"{name}",' in line]
    return (marked or begun)[0]


def assert_named(report: object, kinds: Dict[str, str]) -> None:
    for name, kind in kinds.items():
        finding, = report.tests[name].undefined
        place = re.escape(f"{SOURCE}:{line_of(IN_A_FUNCTION.get(name, name))}") + r":[1-9]\d*: "
        assert re.match(place + re.escape(kind), finding), (name, finding)


def test_every_kind_is_named_in_its_test(graded: boots.Boot) -> None:
    assert graded.report.complete
    assert_named(graded.report, KINDS)
    assert graded.report.tests["nothing"].undefined == []
    assert len(graded.report.tests["two in a line"].undefined) == 2


def test_what_no_test_did_is_apart(graded: boots.Boot) -> None:
    finding, = graded.report.undefined
    assert finding.startswith(f"{SOURCE}:{line_of('before the console')}:")


def test_no_test_can_see_it_on_the_console(graded: boots.Boot) -> None:
    console = graded.outcome.com1.decode()
    assert "[TIMER] up" in console and "PANIC: #DE" in console
    assert [line for line in console.splitlines() if line.startswith("undefined behaviour")] == []


def test_a_person_sees_it(kernel: building.Kernel) -> None:
    """On the console; what came before there was one is told at the end, and only that."""
    done = subprocess.run(["labs/make/run", str(kernel.iso)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, encoding="utf-8", check=True)
    console = done.stdout.replace("\r", "").splitlines()
    for name, kind in KINDS.items():
        place = f"undefined behaviour: {SOURCE}:{line_of(IN_A_FUNCTION.get(name, name))}:"
        assert sum(line.startswith(place) and kind in line for line in console) == 1, name
    remarks = [line for line in done.stderr.splitlines() if "undefined behaviour" in line]
    assert len(remarks) == 1 and f"{SOURCE}:{line_of('before the console')}:" in remarks[0]


def test_both_builds_stand_side_by_side(kernel: building.Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither makes the other compile anything again."""
    monkeypatch.delenv("SAN")
    wanted = ("objects", "SOLUTIONS=all", "STAGE=1")
    make(ROOT, "-j2", *wanted)
    assert not compiled(make(ROOT, "-f", RULES, "undefined", "SAN=1"))
    assert not compiled(make(ROOT, *wanted))


def test_object_check_knows_the_handlers(kernel: building.Kernel, catalog: Catalog) -> None:
    """And nothing else that looks like them."""
    text = reference_files()[FORMAT]
    assert findings("sanitized", text, catalog) == []
    name = "__ubsan_on_report"
    call = f'extern "C" void {name}(); [[gnu::used]] static void call() {{ {name}(); }}'
    found, = findings("sanitized", text + call.encode(), catalog)
    assert found.startswith(f"uses {name}, which is not among this exercise's tools")


def submit(scratch: Path, changes: Dict[str, List[bytes]], *arguments: str) -> Graded:
    """The reference with one text replaced in some files."""
    files = reference_files()
    for file, (old, new) in changes.items():
        assert old in files[file]
        files[file] = files[file].replace(old, new, 1)
    return grade(scratch, "--seed", str(SEED), "--submission", str(write_archive(scratch / "a.tar.gz", files)), *arguments)


@pytest.mark.slow
def test_findings_are_told_and_cost_nothing(tmp_path: Path) -> None:
    """One finding shows in a test, the other one already when the kernel boots. What they cost, host tests take without SAN=1, too."""
    negates = [b"value < 0 ? 0 - bits : bits", b"value < 0 ? static_cast<uint64_t>(-value) : bits"]
    shifts = [b"void Uart16550::put(char byte) {", b"void Uart16550::put(char byte) {\n  (void)(1 << (byte | 32));"]
    graded = submit(tmp_path, {FORMAT: negates, SERIAL: shifts}, "--lab", "1")
    assert [name for name, row in graded.tests.items() if row["verdict"] != "pass"] == ["uart_sanitized", "format_sanitized"]
    finding, = graded.tests["format_limits"]["undefined"]
    assert re.fullmatch(rf"labs/{LAB}/lib/format\.cpp:\d+:\d+: signed integer overflow: -\(-9223372036854775808\) in '.*'", finding)
    assert re.search(rf"^PASS +lab1\.format_limits .*\n +undefined +{re.escape(finding)}$", graded.output, re.MULTILINE)
    assert graded.tests["format_decimal"]["undefined"] == [] and graded.tests["uart_poll"]["undefined"] != []
    notes = graded.json["labs"][0]["notes"]
    assert any(note.startswith(f"undefined behaviour outside of tests: {SERIAL}:") for note in notes)
    assert notes[-1].startswith("SAN=1: places with undefined behaviour: 2. It costs no points")


@pytest.mark.slow
def test_null_pointer_is_told_with_the_crash(tmp_path: Path) -> None:
    null = [b"do {\n    digits", b"do {\n    if (magnitude == 922337) *static_cast<volatile char*>(nullptr) = 0;\n    digits"]
    row = submit(tmp_path, {FORMAT: null}, "--test", "format_limits").tests["format_limits"]
    assert row["verdict"] == "crash" and "#PF page fault" in row["seen"]
    assert len(row["undefined"]) == 1 and "null pointer: store to 'volatile char'" in row["undefined"][0]


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_the_course_is_clean(compiler: str, tmp_path: Path) -> None:
    """Given code, tests and solutions."""
    tree = copy_tree(tmp_path / "tree")
    graded = grade(tmp_path, "--lab", "1", "--seed", str(SEED), "--submission", str(tree / "solutions"), root=tree,
                   CXX=compiler, WERROR="1")
    assert graded.output.splitlines()[-1] == "Score: 100/100"
    assert [row["undefined"] for row in graded.tests.values() if row["undefined"]] == []
    note, = graded.json["labs"][0]["notes"]
    assert note.startswith(CLEAN)


@pytest.mark.slow
def test_every_kind_is_named_by_clang(tmp_path: Path, catalog: Catalog) -> None:
    tree = copy_tree(tmp_path / "tree")
    make(tree, "-j2", "-f", RULES, "undefined", "CXX=clang++")
    image = tree / "build" / "san" / "tests" / "kernels" / "undefined.iso"
    done = boots.boot(building.Kernel(image, image.with_suffix(".elf"), "", 0), catalog, ["lab1.uart_line"], SEED)
    assert_named(done.report, {**KINDS, **CLANG_ONLY})


@pytest.mark.slow
def test_the_debugger_stops_at_findings(kernel: building.Kernel, tmp_path: Path) -> None:
    """As the handout says."""
    for path in (kernel.iso, kernel.elf):
        shutil.copyfile(path, tmp_path / f"kernel{path.suffix}")
    commands = ("break report::undefined", "continue", "continue", "backtrace")
    done = subprocess.run(["labs/gdb/debug", str(tmp_path), "--", "-batch", *(word for one in commands for word in ("-ex", one))],
                          cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
                          check=False)
    place = re.escape(f"{SOURCE}:{line_of('add')}")
    assert re.search(rf"__ubsan_handle_add_overflow[^#]*\n#\d .*{place}\n", done.stdout), done.stdout
