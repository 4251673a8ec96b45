"""What must hold for the sources themselves: derived files, data that must agree, layout, sizes."""
from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "grading"), str(TOP / "labs" / "make")]

import tree  # noqa: E402
from grader.catalog import WHOLE, read_catalog  # noqa: E402


def run(*command: str) -> subprocess.CompletedProcess:
    return subprocess.run(command, cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                          stdin=subprocess.DEVNULL)


def tracked(*patterns: str) -> list:
    names = run("git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns).stdout.split("\n")
    return [name for name in names if name and (TOP / name).is_file()]


def test_skeletons_are_derived():
    done = run("solutions/derive", "--check")
    assert done.returncode == 0, done.stdout


def test_clang_format():
    derived = {f"labs/{lab.name}/{file}" for lab in tree.labs() for file in lab.exercises}
    sources = set(tracked("labs/*.cpp", "labs/*.hpp", "solutions/*.cpp", "grading/*.cpp", "grading/*.hpp")) - derived
    done = run("clang-format", "--dry-run", "-Werror", *sources)
    assert done.returncode == 0, done.stdout[:3000]


@pytest.mark.slow
def test_clang_tidy():
    done = run("make", "-s", "-f", "grading/tests/tidy.mk", "-j2", "--keep-going")
    assert done.returncode == 0, done.stdout[:6000]


def scripts(*interpreters: str) -> list:
    """The files whose first line names one of these."""
    first_lines = {name: (TOP / name).read_bytes()[:64].split(b"\n")[0].decode(errors="replace") for name in tracked()}
    return [name for name, line in first_lines.items() if re.fullmatch(rf"#!.*[/ ]({'|'.join(interpreters)})", line)]


def test_shellcheck():
    names = scripts("sh", "bash")
    assert "labs/make/tools" in names
    done = run("shellcheck", *names)
    assert done.returncode == 0, done.stdout


def test_pyflakes():
    names = {*scripts("python3"), *tracked("*.py")}
    assert {"grading/grade", "labs/make/qemu.py"} <= names
    done = run("/usr/bin/python3", "-m", "pyflakes", *names)
    assert done.returncode == 0, done.stdout


def test_sizes():
    done = run("labs/make/stats")
    assert done.returncode == 0, done.stdout
    for name in tracked("*.py", "*.cpp", "*.hpp", "*.S", "*.mk", "grading/grade", "labs/make/*", "solutions/*"):
        assert (TOP / name).read_text(errors="replace").count("\n") <= 400, name


def test_nothing_is_left_unfinished():
    for name in tracked("labs", "solutions", "grading", "handout", "Makefile"):
        if "grading/tests/" not in name:
            assert not re.search(r"\b(TODO|FIXME|XXX|HACK)\b", (TOP / name).read_text(errors="replace")), name


def test_x86_stays_in_its_folders():
    for name in tracked("labs/lab*.cpp", "labs/lab*.hpp", "solutions/lab*.cpp"):
        if "/x86/" not in name:
            assert not re.search(r"\basm\b(?! volatile\(\"\"\))|__builtin_ia32", (TOP / name).read_text()), name


def test_every_lab_file_is_listed():
    """A source that no lab.mk names would be compiled by nobody."""
    for lab in tree.labs():
        on_disk = {path.relative_to(lab.folder).as_posix() for path in lab.folder.rglob("*")
                   if path.suffix in (".cpp", ".S")}
        assert on_disk == set(lab.sources) | set(lab.programs)
        assert set(lab.exercises) <= on_disk


@pytest.mark.parametrize("lab", tree.labs(), ids=lambda lab: lab.name)
def test_catalog_agrees_with_its_surroundings(lab):
    catalog = read_catalog(lab)
    assert {exercise.path for exercise in catalog.exercises.values()} == {f"{lab.name}/{file}" for file in lab.exercises}
    numbers = set(catalog.exercises)
    for test in catalog.tests.values():
        assert test.exercise.number in test.needs and set(test.needs) <= numbers, test.id
    whole = sum(test.points for test in catalog.tests.values() if test.mode == WHOLE)
    assert whole * 5 == catalog.max_points, "a fifth of a lab is for the whole kernel"
    there = set()
    for source in (TOP / "grading" / f"lab{lab.number}").rglob("*_test.cpp"):
        there |= set(re.findall(rf'{{"(lab{lab.number}\.\w+)"', source.read_text()))
    tests = {test.id for test in catalog.kernel_tests} | {body for test in catalog.tests.values() for body, _ in test.bodies}
    assert there == tests


@pytest.mark.parametrize("lab", tree.labs(), ids=lambda lab: lab.name)
def test_every_pure_exercise_has_a_host_test(lab):
    """The grader looks at the host objects of exercises that have one; host.mk links them."""
    makefile = (TOP / f"grading/lab{lab.number}/host.mk").read_text().split("HOST_SOURCES")[0]
    assert {exercise.path for exercise in read_catalog(lab).pure} == {
        f"{lab.name}/{file}" for file in re.findall(r"^  (\S+\.cpp)", makefile, re.MULTILINE)}


def test_every_anchor_of_a_report_exists():
    for exercise in tree.exercises():
        page, _, anchor = exercise.page.partition("#")
        assert f'id="{anchor}"' in (TOP / page).read_text(), exercise.page


def test_links_in_markdown_lead_somewhere():
    for name in tracked("*.md"):
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", (TOP / name).read_text()):
            if "://" not in target:
                assert (TOP / name).parent.joinpath(target).exists(), f"{name}: {target}"


def test_readme_and_help_name_the_same_commands():
    makefile = set(re.findall(r"^([a-z-]+):.*## ", (TOP / "Makefile").read_text(), re.MULTILINE))
    for name in ("README.md", "CONTRIBUTING.md", "handout/lab1-boot.md"):
        for command in re.findall(r"(?:`|^)make ([a-z-]+)\b", (TOP / name).read_text(), re.MULTILINE):
            assert command in makefile, f"{name}: make {command}"
    shown = run("make", "help").stdout
    assert all(f"make {command}" in shown for command in makefile)


def test_abi_numbers_do_not_change():
    """Calls may go from RESERVED to CALL; nothing else may happen to what stands in the golden file."""
    folder = TOP / "labs/lab3-syscalls/abi"
    found = [f"call {number} {name}\n" for number, name in re.findall(
        r"^(?:CALL|RESERVED)\((\d+), (\w+)", (folder / "calls.def").read_text(), re.MULTILINE)]
    for kind in ("right", "object"):
        found += [f"{kind} {number} {name}\n" for name, number in re.findall(
            rf"^{kind.upper()}\((\w+), (\d+)", (folder / f"{kind}s.def").read_text(), re.MULTILINE)]
    assert "".join(found) == (Path(__file__).parent / "abi.golden").read_text()


def test_error_numbers_do_not_change():
    golden = (Path(__file__).parent / "errors.golden").read_text()
    found = re.findall(r"^ERROR\((\w+), (-?\d+),", (TOP / "labs/lab1-boot/lib/errors.def").read_text(), re.MULTILINE)
    assert "".join(f"{name} {number}\n" for name, number in found) == golden
