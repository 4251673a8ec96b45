"""Results as text, JSON, JUnit, CSV and HTML, also when a kernel put everything into them that a format does not like."""
from __future__ import annotations

import csv
import io
import json
import re
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import List, Optional, Tuple
from xml.etree import ElementTree

import pytest

from support import ROOT, SEED, grade, reference_files, write_folder

from grader import export, html, report
from grader.boots import CRASH, ERROR, FAIL, MISSING, PASS, Verdict
from grader.catalog import Catalog
from grader.grading import LabResult, TestResult as Row
from grader.work import Work

NASTY = "<b>&amp;\"'</b> ]]> \0\x01\x1b[31m\x7f\x9b \ud7ff\ufffe\uffff \u202e\N{SNOWMAN}\r\n]]>"

FINDING = "labs/lab1-boot/lib/format.cpp:40:12: shift out of range: 1 by 64 in 'long'"


@pytest.fixture
def result(catalog: Catalog) -> LabResult:
    """One of each verdict, the rest passed."""
    verdicts = [Verdict(FAIL, NASTY, NASTY, "key", console=NASTY, undefined=(NASTY, FINDING)), Verdict(CRASH, "an end", "a crash"),
                Verdict(MISSING, "written code", "1.1 f is not written yet", missing="1.1 f"), Verdict(ERROR, "a run", "no QEMU")]
    rows = []
    for test in catalog.tests.values():
        verdict = verdicts.pop(0) if verdicts else Verdict(PASS)
        rows.append(Row(test, verdict, test.mode, test.points if verdict.verdict == PASS else 0))
    rows[0].likely = [NASTY]
    rows[4].verdict = replace(rows[4].verdict, undefined=(FINDING, FINDING))
    rows[-1].culprit = "1.2"
    return LabResult(catalog, SEED, rows, True, [f"a note {NASTY}"])


def test_json_has_the_promised_form(result: LabResult) -> None:
    contents = json.loads(report.write_json([result]))
    assert set(contents) >= {"score", "max", "labs"}
    assert contents["score"] == result.score == 100 - sum(row.test.points for row in result.results[:4]) and contents["max"] == 100
    lab, = contents["labs"]
    assert set(lab) >= {"lab", "score", "max", "tests"} and lab["lab"] == 1 and lab["score"] == contents["score"]
    for row in lab["tests"]:
        assert set(row) >= {"id", "exercise", "points", "max", "verdict", "expected", "seen", "diagnosis"}
        assert isinstance(row["points"], int) and isinstance(row["max"], int) and 0 <= row["points"] <= row["max"]
        assert row["verdict"] in ("pass", "fail", "crash", "hang", "missing", "error (host)")
        assert row["points"] == 0 or row["verdict"] == "pass"
        assert all(isinstance(row[key], str) for key in ("id", "exercise", "expected", "seen", "diagnosis"))
    assert sum(row["points"] for row in lab["tests"]) == lab["score"]
    assert sum(row["max"] for row in lab["tests"]) == lab["max"]
    apart = lab["challenges"]
    assert (apart["score"], apart["max"], apart["unwritten"]) == (6, 6, [])
    assert [row["exercise"] for row in apart["tests"]] == ["1.11"] * 3 and not {"1.11"} & {row["exercise"] for row in lab["tests"]}
    assert lab["tests"][0]["seen"] == NASTY
    assert [row["undefined"] for row in lab["tests"]][:5] == [[NASTY, FINDING], [], [], [], [FINDING, FINDING]]


def test_an_unwritten_challenge_is_one_line(result: LabResult) -> None:
    for row in result.challenges:
        row.verdict, row.points = Verdict(MISSING, "written code", "1.11 f is not written yet", missing="1.11 f"), 0
    text = report.as_text(result)
    assert [line for line in text.splitlines() if "1.11" in line] == [
        "Challenge 1.11 is not written, and need not be: Your own entry, handout/lab1-boot.md#challenge-111"]
    assert "Challenge points" not in text and "entry_boots" not in text
    assert report.as_json([result])["labs"][0]["challenges"]["unwritten"] == ["1.11"]
    suite, = ElementTree.fromstring(export.as_junit([result]).encode())
    assert (suite.get("failures"), suite.get("skipped")) == ("3", "3") and len(suite.findall("testcase/skipped")) == 3
    page = Page(html.page(report.as_json([result])))
    assert page.text.count("1.11") == 1


def test_points_of_a_challenge_are_counted_apart(result: LabResult) -> None:
    score = result.score
    result.challenges[0].verdict, result.challenges[0].points = Verdict(FAIL, "a stack", "none", "rsp"), 0
    assert result.score == score
    assert report.as_text(result).splitlines()[-2:] == ["Challenge points: 4/6", f"Lab 1: {score}/100"]
    assert "4/6, apart" in Page(html.page(report.as_json([result]))).text


def test_junit_is_well_formed(result: LabResult) -> None:
    root = ElementTree.fromstring(export.as_junit([result]).encode())
    suite, = root
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == (str(len(result.results)), "3", "1")
    cases = suite.findall("testcase")
    assert [case.get("name") for case in cases] == [row.test.id for row in result.results]
    assert [len(case.findall("failure")) for case in cases[:5]] == [1, 1, 1, 0, 0] and cases[3].find("error") is not None
    points = [root.findall(f".//property[@name='{name}']") for name in ("points", "challenge points")]
    assert [sum(int(one.get("value")) for one in all_of_them) for all_of_them in points] == [result.score, 6]
    assert "a crash" in cases[1].find("failure").text and "<b>" in cases[0].find("failure").text


def test_csv(result: LabResult) -> None:
    rows = list(csv.reader(io.StringIO(export.as_csv([result]))))
    assert rows[0] == ["test", "exercise", "points", "max", "verdict", "challenge"] and len(rows) == 1 + len(result.results)
    assert rows[1] == ["lab1.uart_divisor", "1.1", "0", "2", "fail", "no"]
    assert rows[-1] == ["lab1.entry_tables", "1.11", "2", "2", "pass", "yes"]


class Page(HTMLParser):
    """Collects the elements and what they refer to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: List[str] = []
        self.links: List[Tuple[str, Optional[str]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: List[Tuple[str, Optional[str]]]) -> None:
        self.tags.append(tag)
        self.links += [(key, value) for key, value in attrs if key in ("src", "href", "action", "background", "data")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_needs_nothing_else(result: LabResult) -> None:
    text = html.page(report.as_json([result]))
    page = Page(text)
    assert not set(page.tags) & {"script", "link", "img", "iframe", "object", "embed", "b"}
    assert [value for _, value in page.links if value and not value.startswith("#")] == []
    assert not re.search(r"https?://|url\(|@import", text)
    assert all(char.isprintable() or char == "\n" for char in text)
    assert page.text.count(FINDING) == 3
    assert "<b>&amp;" in page.text and f"{result.score}/100" in page.text


def test_a_picture_is_in_the_page_and_nowhere_else(result: LabResult) -> None:
    drawn = "<svg><title>expected beside seen</title></svg>"
    result.results[0].verdict = replace(result.results[0].verdict, picture=drawn)
    assert html.page(report.as_json([result])).count(drawn) == 1
    text = report.as_text(result)
    assert "<svg" not in text and text.count("      picture   expected beside seen: in the HTML report") == 1
    assert "svg" not in export.as_junit([result]) and "svg" not in export.as_csv([result])


def test_text(result: LabResult) -> None:
    """What a terminal would act on is made visible; lines stay short; each failure says where to go on."""
    text = report.as_text(result)
    assert all(char.isprintable() or char == "\n" for char in text)
    assert max(len(line) for line in text.splitlines() if line.startswith("      ") and " make " not in line) <= report.WIDTH
    head, = [line for line in text.splitlines() if "lab1.uart_line " in line]
    assert re.fullmatch(r"CRASH +lab1\.uart_line +0/1 +exercise 1\.1 +labs/lab1-boot/console/uart16550\.cpp: .*", head)
    assert all(f"make {goal} LAB=1 TEST=uart_line SEED=7" in text for goal in ("grade", "gdb", "replay"))
    assert "handout/lab1-boot.md#exercise-11" in text
    assert text.count(f"      undefined {FINDING}") == 3
    assert "your exercise 1.2 breaks it" in text and text.endswith(f"Lab 1: {result.score}/100")


def test_what_to_type_means_the_same_work(result: LabResult, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPT", "-O0")
    monkeypatch.delenv("CXX", raising=False)
    for work, grading, debugging in [
            (Work(), "", " SOLUTIONS=none"), (Work(solutions=(1,)), " SOLUTIONS=1", " SOLUTIONS=1"),
            (Work(submission="/a b.tgz"), " SUBMISSION='/a b.tgz'", " SUBMISSION='/a b.tgz'"),
            (Work(submission=f"{ROOT}/handin/lab1.tar.gz"), *[" SUBMISSION=handin/lab1.tar.gz"] * 2)]:
        rows = report.commands(result.results[0], replace(result, work=work))
        common = "LAB=1 TEST=uart_divisor SEED=7"
        assert rows == {"rerun": f"make grade {common}{grading} OPT=-O0", "debug": f"make gdb {common}{debugging} OPT=-O0",
                        "replay": f"make replay {common}{debugging} OPT=-O0"}
    assert list(report.commands(result.results[3], result)) == ["rerun"]  # nothing to see in an error of the host


def test_one_end_of_all_tests_is_told_once(result: LabResult) -> None:
    """For each exercise: a kernel that does not get through its boot is one failure, not one a test."""
    for row in result.results:
        row.verdict, row.points = Verdict(CRASH, "an end", "during boot: a triple fault", began=False), 0
    text = report.as_text(result)
    exercises = {row.test.exercise.number for row in result.results}
    assert text.count("a triple fault") == len(exercises)
    assert text.count("the same: the boot was over before") == len(result.results) - len(exercises)
    result.results[1].verdict = replace(result.results[1].verdict, seen="during boot: another")
    assert report.as_text(result).count("during boot: ") == len(exercises) + 1


@pytest.mark.slow
def test_files_are_written_where_asked(tmp_path: Path, reference: object) -> None:
    folder = write_folder(tmp_path / "work", reference_files())
    names = {kind: tmp_path / "new folder" / f"grade.{kind}" for kind in ("junit", "html", "csv")}
    graded = grade(tmp_path, "--lab", "1", "--submission", str(folder), *(word for kind, path in names.items()
                                                                         for word in (f"--{kind}", str(path))))
    assert graded.status == 0 and all(path.stat().st_size > 500 for path in names.values())
    ElementTree.parse(names["junit"])
    assert graded.json["versions"]["qemu"].startswith("QEMU emulator")


@pytest.mark.slow
def test_strict(tmp_path: Path, reference: object) -> None:
    """Only then does a low score make the exit status 1; the last line is the score either way."""
    for solutions, score, status in (("all", "1/1", 0), ("none", "0/1", 1)):
        strict = grade(tmp_path, "--test", "format_hex", "--solutions", solutions, "--strict")
        assert (strict.status, strict.output.splitlines()[-1]) == (status, f"Score: {score}")


def test_host_without_qemu(tmp_path: Path, reference: object) -> None:
    """Not the student's fault, and said so."""
    graded = grade(tmp_path, "--test", "format_hex", "--solutions", "all", QEMU="/nonexistent/qemu")
    row = graded.tests["format_hex"]
    assert (row["verdict"], row["points"]) == ("error (host)", 0)
    assert "/nonexistent/qemu: not found; `make doctor` says how" in row["seen"]


def test_help_is_short_and_complete() -> None:
    text = subprocess.run([str(ROOT / "grading/grade"), "--help"], check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout
    assert all(f"--{word}" in text for word in ("jobs", "seed", "json", "junit", "html", "csv", "strict", "lab", "exercise",
                                                "test", "submission", "solutions"))
