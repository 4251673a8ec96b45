"""The handout: listings equal the sources, transcripts equal real runs, the site is whole, its examples work."""
from __future__ import annotations

import configparser
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Dict, List, Set
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import pytest

from test_build import copy_tree, make

TOP = Path(__file__).resolve().parents[2]
SITE = TOP / "build" / "handout" / "html"
PAGES = sorted((TOP / "handout").glob("*.md"))
sys.path[:0] = [str(TOP / "handout")]

import handout_runs  # noqa: E402
import listings  # noqa: E402


class Page(HTMLParser):
    """What a page links to, what can be linked to in it, and what the browser would fetch."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: List[str] = []
        self.anchors: Set[str] = set()
        self.loads: List[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list) -> None:
        found = dict(attrs)
        self.anchors |= {found[name] for name in ("id", "name") if found.get(name)}
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        if tag in ("script", "img", "source", "iframe") and found.get("src"):
            self.loads.append(found["src"])
        if tag == "link" and found.get("rel") in ("stylesheet", "preload", "icon", "shortcut icon"):
            self.loads.append(found["href"])


def test_listings_are_those_of_the_sources():
    assert listings.complaints() == []


def test_every_call_is_explained():
    text = (TOP / "labs/lab3-syscalls/abi/calls.def").read_text()
    assert listings.table(text).count("\n") - 2 == len(re.findall(r"^CALL\(", text, re.M))


def test_listings_notice_a_change(tmp_path):
    page = tmp_path / "page.md"
    text = '<!-- source file="labs/lab1-boot/stage.cpp" from="start_lab1" to="}" -->\n```cpp\n{}```\n'
    page.write_text(text.replace("{}", "old\n"))
    new, wrong = listings.with_listings(page)
    assert wrong and "step(" in new
    page.write_text(new)
    assert listings.with_listings(page) == (new, [])
    page.write_text(text.replace("start_lab1", "no such line").replace("{}", ""))
    assert "no such line" in listings.with_listings(page)[1][0]


def test_every_transcript_has_a_recipe_and_a_place():
    placed = [listings.attributes(match)["name"] for page in PAGES for match in listings.MARK.finditer(page.read_text())
              if match["kind"] == "transcript"]
    placed += [name for page in PAGES for name in handout_runs.pictures(page.read_text())]
    assert sorted(placed) == sorted(handout_runs.recipes())


def test_commands_exist():
    known = set(re.findall(r"^([a-z-]+):.*## ", (TOP / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        text = page.read_text()
        blocks = "".join(re.findall(r"^```\w*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
        for command in re.findall(r"`make ([a-z-]+)\b", text) + re.findall(r"^make ([a-z-]+)\b", blocks, re.MULTILINE):
            assert command in known, f"{page.name}: make {command}"


def test_debugger_commands_exist():
    sources = "".join(path.read_text() for path in (TOP / "labs" / "gdb").rglob("*.py"))
    known = set(re.findall(r"Usage: strata ([a-z-]+)", sources))
    for page in PAGES:
        for command in re.findall(r"`strata ([a-z-]+)", page.read_text()):
            assert command in known, f"{page.name}: strata {command}"


def test_pages_read_well_without_sphinx():
    """No directives or roles: GitHub and an editor show the same text."""
    for page in PAGES:
        assert not re.search(r"^(```|:::)\{|\{[a-z]+\}`", page.read_text(), re.MULTILINE), page.name


@pytest.mark.parametrize("picture", sorted((TOP / "handout" / "pictures").glob("*.svg")), ids=lambda path: path.name)
def test_pictures(picture):
    root = ElementTree.parse(picture).getroot()
    names = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert "title" in names and "desc" in names and "text" in names and "image" not in names
    assert picture.read_text().count("\n") < 200
    assert any(f"pictures/{picture.name}" in page.read_text() for page in PAGES)


@pytest.fixture(scope="module")
def site() -> Dict[Path, Page]:
    """The site's pages, made anew as `make handout` would; Sphinx's warnings are errors there."""
    make(TOP, "handout")
    return {path: Page(path) for path in SITE.glob("*.html")}


@pytest.mark.slow
def test_site_is_whole(site):
    assert {path.stem for path in site} >= {page.stem for page in PAGES} | {"search", "genindex"}
    for path, page in site.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            assert target.is_file(), f"{path.name}: {link}"
            if parts.fragment and target in site:
                assert unquote(parts.fragment) in site[target].anchors, f"{path.name}: {link}"


@pytest.mark.slow
def test_site_needs_no_network(site):
    for path, page in site.items():
        for source in page.loads:
            parts = urlsplit(source)
            assert not parts.scheme and not parts.netloc, f"{path.name}: {source}"
            assert (path.parent / unquote(parts.path)).is_file(), f"{path.name}: {source}"
    for style in SITE.rglob("*.css"):
        assert not re.search(r"(url\(|@import)\s*['\"]?(https?:)?//", style.read_text(errors="replace")), style.name


@pytest.mark.slow
def test_site_can_be_searched(site):
    index = (SITE / "searchindex.js").read_text()
    assert all(word in index for word in ("divisor", "iretq", "waiver"))


@pytest.mark.slow
def test_every_report_leads_to_a_place(site):
    for ini in (TOP / "grading").glob("lab*/lab.ini"):
        parser = configparser.ConfigParser(interpolation=None)
        parser.read(ini)
        for section in filter(lambda name: name.startswith("exercise "), parser.sections()):
            page, _, anchor = parser[section]["page"].partition("#")
            assert anchor in site[SITE / f"{Path(page).stem}.html"].anchors, parser[section]["page"]


@pytest.mark.slow
def test_students_can_make_the_site(tmp_path):
    make(TOP, "handout-repo", f"OUT={tmp_path / 'student'}")
    make(tmp_path / "student", "handout")
    assert (tmp_path / "student" / "build" / "handout" / "html" / "index.html").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_transcripts_are_those_of_real_runs(page):
    assert handout_runs.check(page, write=False, only="") == []


@pytest.mark.slow
def test_the_hidden_test_of_the_instructors_page_works(tmp_path):
    """The files stand in the page, each below a sentence with its path; what a host test adds to some comes later."""
    tree = copy_tree(tmp_path / "tree")
    page = (TOP / "handout" / "instructors.md").read_text()
    files = re.findall(r"`(grading/hidden/lab1/[\w.]+)`[^`]*?(?:`[^`]+`[^`]*?)*?\n\n```\w*\n(.*?)^```$", page,
                       re.MULTILINE | re.DOTALL)
    assert [Path(name).name for name, _ in files] == ["columns_test.cpp", "expect.py", "lab.ini", "needs", "lab.ini", "needs",
                                                      "host.mk"]
    for name, text in files:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        with open(tree / name, "a", encoding="utf-8") as file:
            file.write(text)
    results = tmp_path / "grade.json"
    for test, solutions, verdict in ((test, *row) for test in ("format_columns", "columns_sanitized")
                                     for row in (("all", "pass"), ("none", "missing"))):
        subprocess.run([tree / "grading" / "grade", "--lab", "1", "--test", test, "--solutions", solutions,
                        "--json", results], check=True, stdout=subprocess.DEVNULL)
        tests = json.loads(results.read_text())["labs"][0]["tests"]
        assert [test["verdict"] for test in tests] == [verdict]
