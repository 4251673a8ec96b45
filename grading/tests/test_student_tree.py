"""The tree that students get: nothing leaks, its commands work without the network, handed-in work scores the same elsewhere."""
from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from test_build import copy_tree, make

TOP = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "labs" / "make"), str(TOP / "solutions"), str(TOP / "grading")]

import markers  # noqa: E402
import progress  # noqa: E402
import tree  # noqa: E402
from grader.catalog import read_catalog  # noqa: E402

EXERCISES = [exercise for exercise in tree.exercises() if exercise.lab.number == 1 and not exercise.challenge]
CHALLENGES = [exercise for exercise in tree.exercises() if exercise.lab.number == 1 and exercise.challenge]
FILES = [exercise.file for exercise in EXERCISES]


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> Path:
    target = tmp_path_factory.mktemp("published") / "student tree"
    make(TOP, "handout-repo", f"OUT={target}")
    return target


@pytest.fixture
def student(published, tmp_path) -> Path:
    """A student's own copy, built objects and all, so that each test starts from the published tree."""
    shutil.copytree(published, tmp_path / "mine", symlinks=True)
    return tmp_path / "mine"


def solve(student: Path, file: str) -> None:
    shutil.copyfile(TOP / "solutions/lab1-boot" / file, student / "labs/lab1-boot" / file)


def score(output: str) -> str:
    return re.findall(r"^Score: (.*)$", output, re.MULTILINE)[-1]


def offline(student: Path, *arguments: str) -> str:
    """make without any network, where the machine lets us take it away."""
    cut = ["unshare", "--net"] if subprocess.run(["unshare", "--net", "true"], check=False).returncode == 0 else []
    done = subprocess.run([*cut, "make", *arguments], cwd=student, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout


def solution_lines() -> set:
    """Lines of 25 characters and more that stand only in solution blocks."""
    given = "\n".join(path.read_text(errors="replace") for path in TOP.glob("labs/**/*") if path.is_file())
    lines = set()
    for path in TOP.glob("solutions/lab*/**/*.*"):
        for line in markers.split(path.read_text(), path.name).solution:
            if len(line.strip()) >= 25 and line.strip() not in given:
                lines.add(line.strip())
    return lines


@pytest.mark.slow
def test_nothing_of_a_solution_leaks(published):
    make(published, "kernel", "test-kernel")
    lines = solution_lines()
    assert len(lines) > 30
    for path in published.rglob("*"):
        if path.is_file() and ".git" not in path.parts:
            text = path.read_bytes().decode("latin-1")
            assert not [line for line in lines if line in text], path
    for name in ("solutions", "grading/mutants", "grading/hidden", "grading/tests", ".ci"):
        assert not (published / name).exists()


def test_pages_speak_only_of_what_is_there(published):
    """What is for instructors, in the README and in the handout, stays in their tree."""
    makefile = (published / "Makefile").read_text()
    commands = set(re.findall(r"^([a-z-]+):.*## (?!instructors:|developers:)", makefile, re.MULTILINE))
    assert not (published / "handout/instructors.md").exists()
    for page in [published / "README.md", *(published / "handout").glob("*.md")]:
        text = page.read_text()
        for target in re.findall(r"\]\(([^)#:]+)[)#]", text):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
        for command in re.findall(r"(?:`|^)make ([a-z-]+)\b", text, re.MULTILINE):
            assert command in commands, f"{page.name}: make {command}"


@pytest.mark.slow
def test_commands_work_offline(student):
    offline(student)
    assert "exercise 1.1" in offline(student, "next")
    assert score(offline(student, "grade")) == f"0/{100 * len(tree.labs())}"
    assert score(offline(student, "try", "EX=1.2")) == "0/10"
    output = offline(student, "handin", "LAB=1")
    assert score(output) == "0/100" and "AUTHORS names nobody" in output


def test_next_passes_over_tests_that_wait_for_later_exercises():
    """Whoever goes in order is always sent to the first exercise that is not written yet."""
    order = [exercise.number for exercise in EXERCISES]
    for count, following in enumerate(order):
        tests = [{"id": test.id, "exercise": test.exercise.number, "needs": test.needs,
                  "verdict": "pass" if set(test.needs) <= set(order[:count]) else "missing"}
                 for test in read_catalog(tree.lab(1)).tests.values() if not test.exercise.challenge]
        waiting = progress.waiting(tests, order)
        assert all(order.index(number) >= count for later in waiting.values() for number in later)
        failing = [test["exercise"] for test in tests if test["verdict"] != "pass" and test["id"] not in waiting]
        assert min(failing, key=order.index) == following
        if following == "1.6":
            assert waiting["lab1.double_fault_stack"] == ["1.6", "1.7"]


@pytest.mark.slow
def test_score_rises_exercise_by_exercise(student):
    """In their order; a test gives its points when all that it needs is there."""
    tests = [test for test in read_catalog(tree.lab(1)).tests.values() if not test.exercise.challenge]
    assert score(make(student, "grade", "LAB=1")) == "0/100"
    for count, exercise in enumerate(EXERCISES, 1):
        solve(student, exercise.file)
        solved = {other.number for other in EXERCISES[:count]}
        points = sum(test.points for test in tests if set(test.needs) <= solved)
        assert score(make(student, "grade", "LAB=1")) == f"{points}/100"
        following = f"exercise {EXERCISES[count].number}" if count < len(EXERCISES) else "exercise 2.1"
        if count in (1, len(EXERCISES)):
            assert following in make(student, "next")
    said = make(student, "next")
    assert "All exercises of lab 1 pass" in said and "challenge 1.11: Your own entry" in said
    solve(student, CHALLENGES[0].file)
    graded = make(student, "grade", "LAB=1")
    assert score(graded) == "100/100" and "\nChallenge points: 6/6\n" in graded
    assert "challenge" not in make(student, "next")


@pytest.mark.slow
def test_report_blames_the_exercise_that_is_wrong(student):
    """No reference is there to test exercises alone; a wrong 1.7 fails tests of others, and they say so."""
    for file in FILES:
        solve(student, file)
    patch = TOP / "grading/mutants/lab1/1.7-no-dummy-error-code.patch"
    subprocess.run(["patch", "--quiet", "--strip=1", f"--directory={student / 'labs'}", f"--input={patch}"], check=True)
    make(student, "grade", "LAB=1")
    tests, = [lab["tests"] for lab in json.loads((student / "build/grade.json").read_text())["labs"]]
    failing = [test for test in tests if test["verdict"] != "pass"]
    assert {test["exercise"] for test in failing} > {"1.7"} and {test["mode"] for test in tests} == {"whole"}
    for test in failing:
        prefix = "" if test["exercise"] == "1.7" else "exercise 1.7: "
        assert test["diagnosis"] == f"{prefix}pushes no dummy error code", test["id"]


@pytest.mark.slow
@pytest.mark.slow
def test_a_failure_is_replayed_as_the_report_says(student):
    """On the whole kernel, most of which is not written."""
    solve(student, "console/uart16550.cpp")
    solve(student, "lib/format.cpp")
    patch = TOP / "grading/mutants/lab1/1.2-minimum-overflows.patch"
    subprocess.run(["patch", "--quiet", "--strip=1", f"--directory={student / 'labs'}", f"--input={patch}"], check=True)
    report = make(student, "try", "EX=1.2")
    row = re.search(r"^ +replay +make (replay LAB=1 TEST=format_\w+ SEED=\d+)$", report, re.MULTILINE).group(1)
    seen = re.search(r"^ +seen +(text.*)$", report, re.MULTILINE).group(1)
    assert f"about to report {seen}" in make(student, *row.split(), "GDBFLAGS=-batch")
    assert "exercise 1.3 is not written yet" in make(student, *row.replace("replay", "gdb").split(), "GDBFLAGS=-batch")


@pytest.mark.slow
def test_handed_in_work_scores_the_same_in_a_pristine_tree(student):
    """Whatever else the student changed is not taken along."""
    solve(student, FILES[0])
    solve(student, FILES[1])
    (student / "AUTHORS").write_text("Ada Lovelace, ada@example.org\n")
    own = score(make(student, "handin", "LAB=1"))
    archive = student / "handin/lab1.tar.gz"
    first = archive.read_bytes()
    assert own == "20/100"
    for name in ("grading/lab1/expect.py", "labs/make/qemu.py", "labs/lab1-boot/report/report.cpp"):
        (student / name).write_text("broken")
    (student / "Makefile").write_text("grade:\n\t@echo 'Score: 100/100'\n")
    result = TOP / "build" / "handed-in.json"
    subprocess.run([str(TOP / "grading/grade"), "--lab", "1", "--submission", str(archive), "--json", str(result)],
                   check=True, stdout=subprocess.DEVNULL)
    grade = json.loads(result.read_text())
    assert f"{grade['score']}/{grade['max']}" == own
    whole = tarfile.open(student.parent / "everything.tar", "w")
    whole.add(student, "tree")
    whole.close()
    output = subprocess.run([str(TOP / "grading/grade"), "--lab", "1", "--submission",
                             str(student.parent / "everything.tar")], check=True, stdout=subprocess.PIPE, text=True).stdout
    assert score(output) == own and "Makefile" in output
    assert archive.read_bytes() == first


def test_reset_keeps_the_work(student):
    solve(student, FILES[1])
    mine = (student / "labs/lab1-boot/lib/format.cpp").read_bytes()
    make(student, "reset", "EX=1.2")
    kept = list((student / "backup").rglob("format.cpp*"))
    assert len(kept) == 1 and kept[0].read_bytes() == mine
    assert b"unimplemented" in (student / "labs/lab1-boot/lib/format.cpp").read_bytes()
    assert "nothing to do" in make(student, "reset", "EX=1.2")
    assert "known: 1.1, 1.2, 1.3" in make(student, "reset", "EX=4.4", fails=True)


@pytest.mark.slow
def test_update_takes_given_files_and_leaves_work_alone(student, tmp_path):
    newer = copy_tree(tmp_path / "newer")
    (newer / "labs/lab1-boot/lib/span.hpp").write_text((TOP / "labs/lab1-boot/lib/span.hpp").read_text() + "// newer\n")
    make(newer, "handout-repo", f"OUT={tmp_path / 'second'}")
    solve(student, FILES[0])
    mine = (student / "labs/lab1-boot" / FILES[0]).read_bytes()
    (student / "Makefile").write_text("# mine\n" + (student / "Makefile").read_text())
    output = make(student, "update", f"FROM={tmp_path / 'second'}")
    assert "lib/span.hpp" in output
    assert (student / "labs/lab1-boot/lib/span.hpp").read_text().endswith("// newer\n")
    assert (student / "labs/lab1-boot" / FILES[0]).read_bytes() == mine
    assert [path for path in (student / "backup").rglob("Makefile*") if path.read_text().startswith("# mine")]
    assert "MANIFEST" in make(student, "update", f"FROM={tmp_path}", fails=True)


@pytest.mark.slow
def test_prebuilt_objects_stand_in_for_the_reference(tmp_path):
    target = tmp_path / "late"
    make(TOP, "handout-repo", f"OUT={target}", "PREBUILT=1")
    assert not (target / "solutions").exists()
    assert score(make(target, "grade", "LAB=1", "SOLUTIONS=1")) == "100/100"
    assert score(make(target, "grade", "LAB=1")) == "0/100"
    assert "exercise 1.1" in make(target, "next") and "exercise 2.1" in make(target, "next", "SOLUTIONS=1")
    for line in solution_lines():
        assert not [path for path in (target / "prebuilt").rglob("*.o") if line.encode() in path.read_bytes()]


@pytest.mark.slow
def test_prebuilt_labs_stand_in_for_unwritten_ones(tmp_path):
    """What one sees who does lab 2 without lab 1 is the official score, and a failure is told as one of all that was written."""
    target, lab = tmp_path / "late", tree.lab(2)
    make(TOP, "handout-repo", f"OUT={target}", "PREBUILT=1")
    for file in lab.exercises:
        shutil.copy(TOP / "solutions" / lab.name / file, target / "labs" / lab.name / file)
    assert score(make(target, "handin", "LAB=2")) == "100/100"
    flush = target / "labs" / lab.name / "mm/unmap.cpp"
    flush.write_text(flush.read_text().replace("flush.add(", "if (va.value == 0) flush.add("))
    output = make(target, "grade", "LAB=2", "TEST=unmap_flush", "SEED=7")
    assert re.search(r"^FAIL +lab2\.unmap_flush ", output, re.MULTILINE) and "passes alone" not in output
    assert json.loads((target / "build/grade.json").read_text())["labs"][0]["tests"][0]["mode"] == "whole"


@pytest.mark.slow
def test_publish_refuses_to_overwrite_and_to_leak(tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").write_text("mine")
    make(TOP, "handout-repo", f"OUT={tmp_path / 'full'}", fails=True)
    assert (tmp_path / "full/file").read_text() == "mine"
    leaky = copy_tree(tmp_path / "leaky")
    line = sorted(solution_lines())[0]
    (leaky / "handout/lab1-boot.md").write_text(f"as an example:\n    {line}\n")
    assert "handout/lab1-boot.md" in make(leaky, "handout-repo", f"OUT={tmp_path / 'out'}", fails=True)


@pytest.mark.slow
def test_hidden_tests_are_picked_up(tmp_path):
    """An instructor's own test, in the form of grading/lab1/, in a folder that git ignores."""
    own = copy_tree(tmp_path / "own")
    hidden = own / "grading/hidden/lab1"
    hidden.mkdir(parents=True)
    (hidden / "secret_test.cpp").write_text("""
#include "lib/format.hpp"
#include "report/tests.hpp"
namespace strata {
namespace {
void secret(TestRun& run) {
  char text[8];
  run.seen("length", 0, format_unsigned(text, run.random().below(1000)).value_or(0));
}
[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {{"lab1.secret", secret}};
}  // namespace
}  // namespace strata
""")
    (hidden / "lab.ini").write_text("[test secret]\nexercise = 1.2\npoints = 3\nsummary = short numbers\n")
    (hidden / "needs").write_text("secret: 1.2\n")
    (hidden / "expect.py").write_text("from grader.judging import expect\n\n\n@expect\ndef secret(rng, run):\n"
                                      "    yield 'length.0', len(str(rng.below(1000)))\n")
    assert score(make(own, "grade", "LAB=1", "SOLUTIONS=all")) == "103/103"
    assert score(make(own, "grade", "TEST=secret")) == "0/3"


def test_tree_knows_its_exercises():
    assert [exercise.number for exercise in EXERCISES] == [f"1.{number}" for number in range(1, 11)]
    assert [exercise.number for exercise in CHALLENGES] == ["1.11"]
