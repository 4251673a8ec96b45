"""Memory as ranges of addresses: merged from pages, compared, and drawn as SVG.

Invariants: the areas of a column ascend and do not overlap; equal areas make equal pictures, to the byte.
"""
from __future__ import annotations

from html import escape
from typing import Callable, Dict, Iterator, List, Mapping, NamedTuple, Optional, Set, Tuple

DIRECT_MAP, IMAGE = 0xFFFFFFC000000000, 0xFFFFFFFF80000000
IMAGE_START, PAGE = 1 << 20, 4096
# Linker label -> what begins there.
PARTS = {"kernel_text_start": "text", "kernel_rodata_start": "constants", "kernel_data_start": "data",
         "boot_stack_guard": "guard page", "boot_stack": "stacks, data", "kernel_end": ""}
MOST = 40  # ranges of a comparison that are drawn
NOTHING = "nothing"

MARGIN, AXIS, COLUMN, SPACE, TOP = 20, 134, 232, 16, 74
LINE, PADDING, GAP = 15, 8, 18
CHARACTERS = (COLUMN - 12) * 10 // 72  # of 12 px that fit into a column
# The paper has its own color, so that a dark page around it changes nothing.
STYLE = """
    .map .paper { fill: #fcfbf8; stroke: #b9b6ae }
    .map text { font: 12px monospace; fill: #22252a }
    .map .title { font-weight: bold }
    .map .mid { text-anchor: middle }
    .map .end { text-anchor: end; fill: #50555e }
    .map .blue { fill: #cfe3f7; stroke: #2f6ea8 }
    .map .green { fill: #d5ecd0; stroke: #4a8a3f }
    .map .amber { fill: #fbe6b8; stroke: #a8791d }
    .map .gray { fill: #e8e7e3; stroke: #85837c }
    .map .none { fill: #ffffff; stroke: #85837c; stroke-dasharray: 5 4 }
    .map .wrong { fill: #f7d4cf; stroke: #b1493b; stroke-width: 2 }
"""
# By permissions, else by the first word of the name.
COLORS = {"r-x": "blue", "r--": "gray", "rw-": "green", "rwx": "amber", "free": "green", "kernel": "blue", "module": "blue",
          "boot": "blue", "frame": "blue", "used": "amber", "page": "amber", NOTHING: "none"}


class Area(NamedTuple):
    """Addresses that are alike. `physical` is where a mapping begins in physical memory, `page` how large its pages are."""

    start: int
    end: int  # first address behind it
    name: str = ""
    rights: str = ""
    physical: Optional[int] = None
    page: int = 0
    wrong: bool = False

    def lines(self) -> List[str]:
        """In words, for a box of the picture."""
        words = filter(None, ("\N{NOT EQUAL TO}" if self.wrong else "", self.rights, self.name))
        return [f"{' '.join(words)}, {size_of(self.end - self.start)}"] + (
            [f"at {self.physical:x}, pages of {size_of(self.page)}"] if self.physical is not None else [])


Pages = Dict[int, Tuple[int, int, str]]  # virtual address -> physical address, size, rights
Column = Tuple[str, List[Area]]  # with its heading


class Panel(NamedTuple):
    """One axis of addresses, and columns beside it."""

    title: str
    columns: List[Column]
    note: str = ""


def size_of(size: int) -> str:
    """`64 KiB`, `251.9 MiB`."""
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if size >= unit:
            return f"{size / unit:.{1 if size % unit else 0}f} {name}"
    return f"{size} bytes"


def kernel_part(labels: Mapping[str, int], va: int) -> str:
    """Which part of the kernel lies at an address; `labels` are the linker's."""
    if DIRECT_MAP <= va < IMAGE:
        return "direct map"
    return max(((labels[label], name) for label, name in PARTS.items() if labels[label] <= va), default=(0, ""))[1]


def areas(pages: Pages, name: Callable[[int], str]) -> List[Area]:
    """Pages that follow each other in both memories and are alike are one area."""
    found: List[Area] = []
    for va, (physical, size, rights) in sorted(pages.items()):
        area = Area(va, va + size, name(va), rights, physical, size)
        last = found[-1] if found else None
        if last and last.end == va and _from(last, va)._replace(end=area.end) == area:
            found[-1] = last._replace(end=area.end)
        else:
            found.append(area)
    return found


def compared(title: str, expected: List[Area], seen: List[Area]) -> Panel:
    """Expected beside seen, cut where they begin or cease to differ. Of more than MOST ranges those are left out first that do
    not differ and have no neighbour that does."""
    edges = sorted({edge for area in expected + seen for edge in (area.start, area.end)})
    rows = []
    for right, found in zip(_pieces(expected, edges), _pieces(seen, edges)):
        if right or found:
            nothing = (right or found)._replace(name=NOTHING, rights="", physical=None, page=0)
            rows.append((right or nothing, (found or nothing)._replace(wrong=_likeness(right) != _likeness(found))))
    wrong = [found.wrong for _, found in rows]
    near = [any(wrong[max(0, i - 1):i + 2]) for i in range(len(rows))]
    shown = sorted(sorted(range(len(rows)), key=lambda i: (not wrong[i], not near[i], i))[:MOST])
    columns = [(heading, _joined([rows[i][side] for i in shown])) for side, heading in enumerate(("expected", "seen"))]
    left, left_wrong = len(rows) - len(shown), sum(wrong) - sum(wrong[i] for i in shown)
    return Panel(title, columns, f"and {left} more ranges, {left_wrong} of them wrong" if left else "")


def _from(area: Area, start: int) -> Area:
    """What is left of an area from an address on."""
    physical = None if area.physical is None else area.physical + start - area.start
    return area._replace(start=start, physical=physical)


def _pieces(column: List[Area], edges: List[int]) -> Iterator[Optional[Area]]:
    """What a column has between each two neighbouring edges, among which are its own."""
    rest = iter(column)
    area = next(rest, None)
    for start, end in zip(edges, edges[1:]):
        while area and area.end <= start:
            area = next(rest, None)
        yield _from(area, start)._replace(end=end) if area and area.start <= start else None


def _likeness(area: Optional[Area]) -> Optional[tuple]:
    return area and (area.rights, area.physical, area.page)


def _joined(pieces: List[Area]) -> List[Area]:
    """Neighbours that are one in all but name are one again."""
    found: List[Area] = []
    for piece in pieces:
        if found and found[-1].end == piece.start and _from(found[-1], piece.start)._replace(end=piece.end) == piece:
            found[-1] = found[-1]._replace(end=piece.end)
        else:
            found.append(piece)
    return found


def draw_walk(labels: Mapping[str, int], expected: Pages, seen: Pages, tables: Set[int]) -> str:
    """What page tables should map and do map, and where in physical memory they and the kernel's image lie."""
    virtual = (areas(pages, lambda va: kernel_part(labels, va)) for pages in (expected, seen))
    owners = dict.fromkeys(range(IMAGE_START, labels["kernel_end"] - IMAGE, PAGE), "kernel image")
    owners.update(dict.fromkeys(tables, "page tables"))
    physical = areas({frame: (frame, PAGE, "") for frame in owners}, owners.__getitem__)
    return draw("What the page tables map, high addresses on top: left as it should be, right as the host found it", [
        compared("Virtual memory, walked from CR3", *virtual),
        Panel("Physical memory by owner", [("seen", [area._replace(physical=None) for area in physical[:MOST]])])])


def draw(description: str, panels: List[Panel], attributes: str = "") -> str:
    """The picture, high addresses on top. A file of its own needs `attributes` to say that it is SVG."""
    body: List[str] = []
    x, height = MARGIN, 0
    for panel in panels:
        body.append(f'  <text class="title" x="{x}" y="{MARGIN + 12}">{escape(panel.title)}</text>')
        drawn, bottom = _panel(panel, x)
        body += drawn
        x += AXIS + len(panel.columns) * (COLUMN + SPACE) + SPACE
        height = max(height, bottom)
    width, height = x - 2 * SPACE + MARGIN, height + MARGIN
    return "\n".join([
        f'<svg class="map" {attributes}viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">',
        f"  <title>{escape('; '.join(panel.title for panel in panels))}</title>", f"  <desc>{escape(description)}</desc>", f"  <style>{STYLE}  </style>",
        f'  <rect class="paper" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8"/>', *body, "</svg>\n"])


def _panel(panel: Panel, x: int) -> Tuple[List[str], int]:
    """One panel from `x` on, and where it ends."""
    every = [area for _, column in panel.columns for area in column]
    row = PADDING + LINE * max((len(area.lines()) for area in every), default=1)
    edges = sorted({edge for area in every for edge in (area.start, area.end)}, reverse=True)
    starts = {area.start: area.end for area in sorted(every, key=lambda area: area.end)}
    place, y, covered = {}, TOP, 0
    for edge in reversed(edges):  # heights from below: is anything between this edge and the next one?
        covered = max(covered, starts.get(edge, 0))
        place[edge] = row if covered > edge else GAP
    for edge in edges:
        y += 0 if edge == edges[0] else place[edge]
        place[edge] = y
    lines = []
    for edge in edges:
        lines.append(f'  <text class="end" x="{x + AXIS - 8}" y="{place[edge] + 4}">{edge:x}</text>')
    for number, (heading, column) in enumerate(panel.columns):
        left = x + AXIS + number * (COLUMN + SPACE)
        lines.append(f'  <text class="mid" x="{left + COLUMN // 2}" y="{TOP - 14}">{escape(heading)}</text>')
        for area in column:
            lines += _box(area, left, place[area.end], place[area.start])
    if panel.note:
        y += LINE + PADDING
        lines.append(f'  <text x="{x}" y="{y}">{escape(panel.note)}</text>')
    return lines, y


def _cut(line: str) -> str:
    return line if len(line) <= CHARACTERS else line[:CHARACTERS - 3] + "..."


def _box(area: Area, left: int, top: int, bottom: int) -> List[str]:
    color = "wrong" if area.wrong else COLORS.get(area.rights) or COLORS.get(area.name.split(" ")[0].rstrip(","), "gray")
    words = area.lines()
    first = (top + bottom - LINE * len(words)) // 2 + 11
    return [f'  <rect class="{color}" x="{left}" y="{top}" width="{COLUMN}" height="{bottom - top}"/>'] + [
        f'  <text class="mid" x="{left + COLUMN // 2}" y="{first + LINE * i}">{escape(_cut(line))}</text>'
        for i, line in enumerate(words)]
