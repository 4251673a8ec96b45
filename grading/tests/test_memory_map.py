"""Pictures of memory: what they say, and that nothing in them hides anything else."""
from __future__ import annotations

import random
import re
import struct
from pathlib import Path
from typing import Dict, List, Tuple
from xml.etree import ElementTree

import pytest

from support import ROOT, SEED, grade, write_labs

import guest
import memory_map
from memory_map import IMAGE, PAGE, Area, Pages, Panel

MIB, GIB = 1 << 20, 1 << 30
LABELS = {"kernel_text_start": IMAGE + 0x101000, "kernel_rodata_start": IMAGE + 0x103000, "kernel_data_start": IMAGE + 0x104000,
          "boot_stack_guard": IMAGE + 0x105000, "boot_stack": IMAGE + 0x106000, "kernel_end": IMAGE + 0x108000}
RIGHTS = {0x101: "r-x", 0x102: "r-x", 0x103: "r--", 0x104: "rw-", 0x106: "rw-", 0x107: "rw-"}
Box = Tuple[float, float, float, float]  # left, top, right, bottom


def right_pages() -> Pages:
    image = {IMAGE + frame * PAGE: (frame * PAGE, PAGE, rights) for frame, rights in RIGHTS.items()}
    return {**image, **{memory_map.DIRECT_MAP + i * GIB: (i * GIB, GIB, "rw-") for i in range(4)}}


def wrong_pages() -> Pages:
    """Text may be written, the guard page is there, a page is missing, one lies elsewhere."""
    pages = right_pages()
    pages[IMAGE + 0x102000] = (0x102000, PAGE, "rwx")
    pages[IMAGE + 0x105000] = (0x105000, PAGE, "rw-")
    pages[IMAGE + 0x107000] = (0x207000, PAGE, "rw-")
    del pages[IMAGE + 0x103000]
    return pages


class Picture:
    """What can be seen of one."""

    def __init__(self, svg: str) -> None:
        self.root = ElementTree.fromstring(svg)
        self.paper, *self.boxes = [self._box(rect) for rect in self.root.iter("rect")]
        self.kinds = [rect.get("class") for rect in self.root.iter("rect")][1:]
        self.texts = [(self._place(text), text.text or "") for text in self.root.iter("text")]

    @staticmethod
    def _box(rect: ElementTree.Element) -> Box:
        x, y, width, height = (float(rect.get(name)) for name in ("x", "y", "width", "height"))
        return x, y, x + width, y + height

    @staticmethod
    def _place(text: ElementTree.Element) -> Box:
        """At 12 px a character is 7.2 px wide; 10 stand above the line, 3 below."""
        x, y, width = float(text.get("x")), float(text.get("y")), 7.2 * len(text.text or "")
        left = x - {"mid": width / 2, "end": width}.get(text.get("class"), 0)
        return left, y - 10, left + width, y + 3

    def inside(self, box: Box) -> str:
        return " / ".join(text for place, text in self.texts if contains(box, place))

    def said(self, *kinds: str) -> List[str]:
        """What stands in boxes of these colors, from above."""
        return [self.inside(box) for box, kind in zip(self.boxes, self.kinds) if kind in kinds]


def contains(outer: Box, inner: Box) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


def overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def mistakes(picture: Picture) -> List[str]:
    """Of the layout."""
    found = [f"{one} overlaps {other}" for boxes in (picture.boxes, [place for place, _ in picture.texts])
             for i, one in enumerate(boxes) for other in boxes[:i] if overlap(one, other)]
    found += [f"{text} leaves the paper" for place, text in picture.texts if not contains(picture.paper, place)]
    found += [f"{text} lies across a border" for place, text in picture.texts for box in picture.boxes
              if overlap(place, box) and not contains(box, place)]
    return found + [f"{box} says nothing" for box in picture.boxes if not picture.inside(box)]


def draw_walk(expected: Pages, seen: Pages) -> Picture:
    return Picture(memory_map.draw_walk(LABELS, expected, seen, {0x200000, 0x201000, 0x300000}))


def test_what_is_right_has_its_rights_and_no_mark():
    picture = draw_walk(right_pages(), right_pages())
    assert mistakes(picture) == [] and "wrong" not in picture.kinds
    text, constants, data, stacks = ("r-x text, 8 KiB / at 101000, pages of 4 KiB", "r-- constants, 4 KiB / at 103000, pages of 4 KiB",
                                     "rw- data, 4 KiB / at 104000, pages of 4 KiB", "rw- stacks, data, 8 KiB / at 106000, pages of 4 KiB")
    direct = "rw- direct map, 4 GiB / at 0, pages of 1 GiB"
    said = sorted([text, constants, data, stacks, direct] * 2)
    assert sorted(line for line in picture.said("blue", "gray", "green") if " / " in line) == said
    assert {"kernel image, 32 KiB", "page tables, 8 KiB", "page tables, 4 KiB"} <= set(picture.said("blue", "amber"))


def test_expected_stands_beside_seen():
    picture = draw_walk(right_pages(), wrong_pages())
    assert mistakes(picture) == []
    wrong = {box: picture.inside(box) for box, kind in zip(picture.boxes, picture.kinds) if kind == "wrong"}
    assert sorted(wrong.values()) == sorted([
        "\u2260 rwx text, 4 KiB / at 102000, pages of 4 KiB", "\u2260 nothing, 4 KiB",
        "\u2260 rw- guard page, 4 KiB / at 105000, pages of 4 KiB", "\u2260 rw- stacks, data, 4 KiB / at 207000, pages of 4 KiB"])
    beside = {text: [picture.inside(other) for other in picture.boxes
                     if other[0] < box[0] and overlap((0, box[1], 1, box[3]), (0, other[1], 1, other[3]))]
              for box, text in wrong.items()}
    assert beside["\u2260 nothing, 4 KiB"] == ["r-- constants, 4 KiB / at 103000, pages of 4 KiB"]
    assert beside["\u2260 rw- guard page, 4 KiB / at 105000, pages of 4 KiB"] == ["nothing, 4 KiB"]
    assert [text for _, text in picture.texts].count("ffffffff80105000") == 1, "both sides share their addresses"


def test_equal_areas_make_equal_pictures():
    backwards = dict(reversed(list(wrong_pages().items())))
    assert memory_map.draw_walk(LABELS, right_pages(), wrong_pages(), {PAGE, 2 * PAGE}) == \
        memory_map.draw_walk(LABELS, right_pages(), backwards, {2 * PAGE, PAGE})


def test_of_too_many_ranges_the_wrong_ones_are_drawn():
    """Every other page is right, each for itself; one of the last is not."""
    right = {i * PAGE: (i * 3 * PAGE, PAGE, "r--") for i in range(0, 400, 2)}
    seen = {**right, 350 * PAGE: (350 * 3 * PAGE, PAGE, "rw-")}
    panel = memory_map.compared("title", *(memory_map.areas(pages, lambda _: "") for pages in (right, seen)))
    expected, found = (column for _, column in panel.columns)
    assert len(found) == len(expected) == memory_map.MOST
    assert [area.start for area in found if area.wrong] == [350 * PAGE]
    assert {348 * PAGE, 352 * PAGE} <= {area.start for area in found} and "160 more ranges, 0 of them wrong" in panel.note
    everywhere = {va: (physical, PAGE, "rw-") for va, (physical, _, _) in right.items()}
    panel = memory_map.compared("title", *(memory_map.areas(pages, lambda _: "") for pages in (right, everywhere)))
    assert "160 more ranges, 160 of them wrong" in panel.note
    assert mistakes(Picture(memory_map.draw("all", [panel]))) == []


@pytest.mark.parametrize("seed", range(20))
def test_nothing_overlaps(seed):
    """Pages anywhere, on both sides, up to the end of the address space."""
    draw = random.Random(seed)

    def pages() -> Pages:
        found: Dict[int, Tuple[int, int, str]] = {(1 << 64) - PAGE: (0, PAGE, "rwx user")}
        for _ in range(draw.randrange(30)):
            va, physical = draw.randrange(64) * PAGE, draw.randrange(64) * PAGE
            for i in range(draw.randrange(1, 6)):
                found[va + i * PAGE] = (physical + i * PAGE, PAGE, draw.choice(["r--", "rw-", "r-x"]))
        return found

    assert mistakes(draw_walk(pages(), pages())) == []
    assert mistakes(draw_walk({}, pages())) == [] and mistakes(draw_walk(pages(), {})) == []


def test_long_names_are_cut_and_strange_ones_escaped():
    picture = Picture(memory_map.draw("a <b>", [Panel("t & u", [("h < i", [Area(0, 4096, "module <&> " + "long " * 20)])])]))
    assert mistakes(picture) == [] and picture.said("blue")[0].startswith("module <&> long") and picture.root.find("desc").text == "a <b>"


def test_it_is_readable_on_any_page():
    """All that is drawn lies on a paper with a color of its own, and every text is much darker than what is below it."""
    svg = memory_map.draw_walk(LABELS, right_pages(), wrong_pages(), set())
    picture = Picture(svg)
    assert all(contains(picture.paper, box) for box in picture.boxes)

    def light(color: str) -> float:
        parts = (int(color[i:i + 2], 16) / 255 for i in (1, 3, 5))
        return sum(share * (part / 12.92 if part <= 0.04 else ((part + 0.055) / 1.055) ** 2.4)
                   for share, part in zip((0.2126, 0.7152, 0.0722), parts))

    fills = dict(re.findall(r"\.map \.?(\w+) \{[^}]*fill: (#\w{6})", svg))
    assert set(picture.kinds) | {"paper", "text", "end"} <= set(fills)
    below = min(light(fills[kind]) for kind in {*fills} - {"text", "end"})
    assert (below + 0.05) / (light(fills["text"]) + 0.05) > 7 and (light(fills["paper"]) + 0.05) / (light(fills["end"]) + 0.05) > 4.5


def test_sizes():
    assert [memory_map.size_of(size) for size in (100, 4096, 639 << 10, 3 << 20, 1022 << 20, 1 << 30, 257920 << 10)] == [
        "100 bytes", "4 KiB", "639 KiB", "3 MiB", "1022 MiB", "1 GiB", "251.9 MiB"]


def test_rights_are_those_of_all_levels():
    """A root that allows all, below it a table that does not, and a page that only the kernel may use."""
    tables = {0x1000: {0: 0x2007, 511: 0x3005 | 1 << 63}, 0x2000: {1: 0x4000_0087}, 0x3000: {510: 0x8000_0083, 511: 0x5}}

    def read(table: int) -> bytes:
        return struct.pack("<512Q", *(tables.get(table, {}).get(i, 0) for i in range(512)))

    found = guest.walk(read, 0x1000)
    assert [(one.va, one.pa, one.size, one.rights, one.user) for one in found] == [
        (GIB, GIB, GIB, "rwx", True), (IMAGE, 0x8000_0000, GIB, "r--", False)]


@pytest.mark.slow
@pytest.mark.parametrize("lab, wrong, test, expected, seen", [
    (1, "1.4-guard-mapped", "paging_witness", "nothing, 4 KiB", r"\u2260 guard page, 4 KiB / at 12.000, pages of 4 KiB"),
    (2, "2.3-nx-lost", "kernel_witness", r"rw- data, \d+ KiB / .*", r"\u2260 rwx data, \d+ KiB / .*"),
])
def test_the_report_of_a_wrong_solution_has_the_picture(lab, wrong, test, expected, seen, tmp_path: Path):
    page = tmp_path / "grade.html"
    write_labs(tmp_path / "work/labs", ROOT / f"grading/mutants/lab{lab}/{wrong}.patch")
    graded = grade(tmp_path, "--lab", str(lab), "--test", test, "--seed", str(SEED), "--submission", str(tmp_path / "work"),
                   "--html", str(page))
    svg, = re.findall(r"<svg .*?</svg>\n", page.read_text(encoding="utf-8"), re.DOTALL)
    assert svg == graded.tests[test]["picture"] and "build/grade.html" in graded.output
    picture = Picture(svg)
    assert mistakes(picture) == [] and {"expected", "seen"} <= {text for _, text in picture.texts}
    wrong_box = next(box for box, kind in zip(picture.boxes, picture.kinds)
                     if kind == "wrong" and re.fullmatch(seen, picture.inside(box)))
    assert any(re.fullmatch(expected, picture.inside(box)) for box in picture.boxes if box[1::2] == wrong_box[1::2])
