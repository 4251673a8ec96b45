#!/usr/bin/env python3
"""Keeps listings and tables in these pages equal to the sources, so that the pages read well anywhere and never go stale.

The fenced block below such a comment holds the lines of FILE from the first one with FROM to the next one with TO:

    <!-- source file="labs/lab1-boot/stage.cpp" from="start_lab1" to="}" -->

The table below such a comment has a row for each `NAME(number, name, ...)` of an X-macro file, with the comment above it:

    <!-- table file="labs/lab3-syscalls/abi/calls.def" -->

`handout/listings.py` writes both, `handout/listings.py --check` says which differ; conf.py checks them, too.
"""
from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Dict, List, Tuple

HERE = Path(__file__).resolve().parent
TOP = HERE.parent
MARK = re.compile(r"^<!-- (?P<kind>\w+) (?P<attributes>[^>]*?) ?-->\n(?P<fence>```\w*\n)(?P<body>.*?)^```$",
                  re.MULTILINE | re.DOTALL)
TABLE = re.compile(r"^<!-- table file=\"(?P<file>[^\"]*)\" -->\n\n(?P<body>(?:\|.*\n)*)", re.MULTILINE)
CALL = re.compile(r"(?P<text>(?:^// .*\n)+)CALL\((?P<number>\d+), (?P<name>\w+), (?P<parameters>\([^)]*\))", re.MULTILINE)


def attributes(match: re.Match) -> Dict[str, str]:
    """What the comment above a block says."""
    return dict(re.findall(r'(\w+)="([^"]*)"', match["attributes"]))


def cut(text: str, first: str, last: str) -> str:
    """Whole lines from the first one with `first` to the next one with `last`; ValueError if there are none."""
    lines = text.splitlines(keepends=True)
    start = next((i for i, line in enumerate(lines) if first in line), None)
    if start is None:
        raise ValueError(f"no line has {first!r}")
    end = next((i for i in range(start, len(lines)) if last in lines[i]), None)
    if end is None:
        raise ValueError(f"no line after {first!r} has {last!r}")
    return "".join(lines[start:end + 1])


def table(text: str) -> str:
    """Of the system calls in `text`, which is calls.def."""
    rows = ["| | call | |\n", "|---|---|---|\n"]
    for call in CALL.finditer(text):
        words = " ".join(line[3:] for line in call["text"].splitlines())
        rows.append(f"| {call['number']} | `{call['name']}{' '.join(call['parameters'].split())}` | {words} |\n")
    return "".join(rows)


def with_listings(page: Path) -> Tuple[str, List[str]]:
    """The page as it should be, and what is wrong with it as it is."""
    wrong: List[str] = []

    def listing(match: re.Match) -> str:
        if match["kind"] != "source":
            return match[0]
        asked = attributes(match)
        try:
            body = cut((TOP / asked["file"]).read_text(encoding="utf-8"), asked["from"], asked["to"])
        except (OSError, KeyError, ValueError) as error:
            wrong.append(f"{page.name}: listing of {asked.get('file')}: {error}")
            return match[0]
        if body != match["body"]:
            wrong.append(f"{page.name}: the listing of {asked['file']} is old: run handout/listings.py")
        return match[0].replace(match["fence"] + match["body"], match["fence"] + body)

    def calls(match: re.Match) -> str:
        body = table((TOP / match["file"]).read_text(encoding="utf-8"))
        if body != match["body"]:
            wrong.append(f"{page.name}: the table of {match['file']} is old: run handout/listings.py")
        return match[0][:len(match[0]) - len(match["body"])] + body

    return TABLE.sub(calls, MARK.sub(listing, page.read_text(encoding="utf-8"))), wrong


def complaints() -> List[str]:
    """What is wrong with the listings of all pages."""
    return [line for page in sorted(HERE.glob("*.md")) for line in with_listings(page)[1]]


def main() -> int:
    parser = argparse.ArgumentParser(description="Bring the listings in the handout up to date.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if a listing differs")
    if not parser.parse_args().check:
        for page in sorted(HERE.glob("*.md")):
            text = with_listings(page)[0]
            if text != page.read_text(encoding="utf-8"):
                page.write_text(text, encoding="utf-8")
                print(f"handout/{page.name}")
    wrong = complaints()
    print("".join(f"{line}\n" for line in wrong), end="", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
