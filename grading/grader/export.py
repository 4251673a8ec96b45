"""Results as files: JSON always; JUnit, CSV and HTML when asked for."""
from __future__ import annotations

import argparse
import csv
import io
from pathlib import Path
from typing import List
from xml.etree import ElementTree

import tree

from . import html
from .boots import ERROR, PASS
from .grading import LabResult
from .report import as_json, diagnosis, write_json


def write_all(labs: List[LabResult], options: argparse.Namespace) -> None:
    """Writes what the command line asks for; build/grade.json in any case."""
    default = tree.root() / "build" / "grade.json"
    _write(options.json or default, write_json(labs))
    if options.junit:
        _write(options.junit, as_junit(labs))
    if options.csv:
        _write(options.csv, as_csv(labs))
    if options.html:
        _write(options.html, html.page(as_json(labs)))


def as_junit(labs: List[LabResult]) -> str:
    """JUnit XML as GitLab, Jenkins and CodeGrade read it: a suite a lab, a case a test, points as properties."""
    root = ElementTree.Element("testsuites")
    for lab in labs:
        unwritten = [result for result in lab.challenges if result.test.exercise in lab.unwritten]
        broken = [result for result in lab.results if result.verdict.verdict == ERROR]
        failed = [result for result in lab.results if result not in unwritten and result.verdict.verdict not in (PASS, ERROR)]
        suite = ElementTree.SubElement(root, "testsuite", name=lab.catalog.lab.name, tests=str(len(lab.results)),
                                       failures=str(len(failed)), errors=str(len(broken)), skipped=str(len(unwritten)))
        for result in lab.results:
            case = ElementTree.SubElement(suite, "testcase", name=result.test.id,
                                          classname=f"{lab.catalog.lab.name}.exercise-{result.test.exercise.number}")
            properties = ElementTree.SubElement(case, "properties")
            kind = "challenge " if result in lab.challenges else ""
            for name, value in ((f"{kind}points", result.points), (f"{kind}max", result.test.points)):
                ElementTree.SubElement(properties, "property", name=name, value=str(value))
            if result in unwritten:
                ElementTree.SubElement(case, "skipped", message="a challenge that is not written")
            elif result.verdict.verdict != PASS:
                kind = "error" if result in broken else "failure"
                text = f"expected {result.verdict.expected}\nseen {result.verdict.seen}\n{diagnosis(result)}"
                ElementTree.SubElement(case, kind, message=_clean(result.verdict.seen), type=result.verdict.verdict
                                       ).text = _clean(text)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def as_csv(labs: List[LabResult]) -> str:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["test", "exercise", "points", "max", "verdict", "challenge"])
    for lab in labs:
        for result in lab.results:
            table.writerow([result.test.id, result.test.exercise.number, result.points, result.test.points,
                            result.verdict.verdict, "yes" if result.test.exercise.challenge else "no"])
    return text.getvalue()


def _clean(text: str) -> str:
    """XML has no control characters but tab and newline."""
    return "".join(char if char.isprintable() or char in "\n\t" else "?" for char in text)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    tree.write_file(path.resolve(), text.encode())
