"""`strata frames`, `strata regions` and `strata map`: against what the kernel itself says, and on kernels that are not finished or
broken."""
from __future__ import annotations

import re
import subprocess
from typing import Iterator, List, Tuple
from xml.etree import ElementTree

import pytest

from gdb_session import DEFAULT_BUILD, ROOT, Gdb
from test_build import copy_tree

pytestmark = pytest.mark.slow

ROW = re.compile(r"^  ([0-9a-f]{12,16}) - ([0-9a-f]{12,16}) +([\d.]+ \w+)  (.*)$", re.M)
CHAIN = "strata::current_space->regions_.root_"


@pytest.fixture(scope="module", params=["", "OPT=-O0"], ids=["optimised", "O0"])
def finished(request, tmp_path_factory) -> Iterator[Gdb]:
    """The reference, after the clone that [COW] tells of. Tests change nothing but variables, and put them back."""
    folder = copy_tree(tmp_path_factory.mktemp("gdb") / "tree") if request.param else ROOT
    build = ("STAGE=2", "SOLUTIONS=all", *request.param.split())
    subprocess.run([*DEFAULT_BUILD, "make", "-s", "kernel", *build], cwd=folder, check=True)  # may take longer than an answer
    with Gdb(*DEFAULT_BUILD, "make", "gdb", *build, cwd=folder) as gdb:
        for command in ("tbreak Vmo::clone", "continue", "finish"):
            gdb.ask(command)
        yield gdb


def rows(text: str) -> List[Tuple[int, int, str]]:
    return [(int(row[1], 16), int(row[2], 16), row[4]) for row in ROW.finditer(text)]


def hidden(gdb: Gdb, name: str) -> int:
    """A variable of frames.cpp."""
    return gdb.number(f"'strata::(anonymous namespace)::{name}'")


def test_frames_add_up(finished):
    text = finished.ask("strata frames")
    every = rows(text)
    assert every == sorted(every) and all(one[1] <= other[0] for one, other in zip(every, every[1:]))
    total, free = (int(number) for number in re.search(r"allocator's (\d+) frames (\d+) are free", text).groups())
    lists = "'strata::(anonymous namespace)::buddy'.lists_"
    assert total == hidden(finished, "total")
    assert free == hidden(finished, "unopened_frames") + sum(finished.number(f"{lists}[{i}].length << {i}") for i in range(11))
    own = [one for one in every if one[2].startswith(("free", "used", "page tables"))]
    assert sum(end - start for start, end, _ in own) == total * 4096 and "BROKEN" not in text and "LOST" not in text
    places = {name: (start, end) for start, end, name in every}
    assert places["kernel image"][1] == finished.number("&::kernel_end") - 0xFFFFFFFF80000000
    assert places["frame table"][1] - places["frame table"][0] == 1 << 20  # 16 bytes for each frame of 256 MiB
    for address, owner in ((finished.number("strata::current_space->tables_.root_.value"), "page tables"),
                           (finished.number("strata::current_space") - 0xFFFFFFC000000000, "used")):
        assert [name for start, end, name in every if start <= address < end] == [owner]
    assert places["low memory"] == (0, 0x9FC00)
    console = finished.ask("strata console 100")
    module = re.search(r"\[MODULE\] (\w+) - (\w+) archive", console)
    assert places["module archive"] == (int(module[1], 16), int(module[2], 16) + 4095 & ~4095)
    for start, end in re.findall(r"\[MEMORY\] (\w+) - (\w+) reserved", console):
        assert (int(start, 16), int(end, 16), "reserved") in every


def test_regions_are_those_of_the_tree_and_of_the_tables(finished):
    text = finished.ask("strata regions")
    region, *kernel = rows(text)
    assert region[:2] == (0x400000, 0x410000)
    assert re.fullmatch(r"rw-  anonymous Vmo at 0x\w+, pages 0 to 15 of 16; 16 mapped r--", region[2])
    assert f"Vmo at {finished.number(f'{CHAIN}->vmo.object_'):#x}," in region[2]
    parts = [(finished.number(f"&::{first}"), finished.number(f"&::{end}"), rights) for first, end, rights in [
        ("kernel_text_start", "kernel_text_end", "r-x  text"), ("kernel_rodata_start", "kernel_rodata_end", "r--  constants"),
        ("kernel_data_start", "boot_stack_guard", "rw-  data"), ("boot_stack", "kernel_end", "rw-  stacks, data")]]
    assert kernel[0][:2] == (0xFFFFFFC000000000, 0xFFFFFFC100000000) and kernel[0][2].startswith("rw-  direct map, at 0,")
    assert [(start, end) for start, end, _ in kernel[1:]] == [(start, end + 4095 & ~4095) for start, end, _ in parts]
    assert all(seen[2].startswith(f"{wanted[2]}, at ") for seen, wanted in zip(kernel[1:], parts))
    assert "BROKEN" not in text


def test_the_picture_has_both(finished, tmp_path):
    path = tmp_path / "memory.svg"
    assert str(path) in finished.ask(f"strata map {path}")
    texts = [text.text for text in ElementTree.parse(path).getroot().iter("{http://www.w3.org/2000/svg}text")]
    assert {"regions", "page tables", "rw- anonymous Vmo, 64 KiB", "frame table, 1 MiB"} <= set(texts)
    assert any(text.startswith("r-x text") for text in texts) and any(text.startswith("free, unopened") for text in texts)
    assert "cannot be written" in finished.ask("strata map /nowhere/memory.svg")


@pytest.mark.parametrize("place, value, command, wanted", [
    (f"{CHAIN}->left", CHAIN, "regions", "is reached twice"),
    (f"{CHAIN}->right", "(strata::Region*)0x10", "regions", "leads to 0x10, where nothing can be read"),
    (f"{CHAIN}->vmo.object_", "(strata::Vmo*)0x10", "regions", "rw-  BROKEN Vmo at 0x10"),
    (f"{CHAIN}->end.value", "0x3ff000", "regions", "BROKEN: the region at 0x400000 ends at 0x3ff000"),
    (f"{CHAIN}->end.value", "0x40f000", "regions", "is mapped r--, and no region is there"),
    ("strata::current_space->tables_.root_.value", "0x1000", "regions", "BROKEN: its tables begin at 0x1000"),
    ("'strata::(anonymous namespace)::buddy'.lists_[10].length", "7", "frames", "BROKEN: order 10: the table of frames has 0 free "
                                                                                "blocks, the list has 7"),
    ("'strata::(anonymous namespace)::buddy'.frames_.data_", "(strata::Frame*)0x1000", "frames", "nothing can be read at 0x"),
    ("'strata::(anonymous namespace)::memory'.size_", "1000000000000", "frames", "frames"),
])
def test_broken_structures_give_a_sentence(finished, place, value, command, wanted):
    before = finished.ask(f"output/x {place}")
    finished.ask(f"set var {place} = {value}")
    shown = finished.ask(f"strata {command}")
    finished.ask(f"set var {place} = {before}")
    assert wanted in shown and "Traceback" not in shown and "Error" not in shown
    after = finished.ask(f"strata {command}")
    assert "BROKEN" not in after and rows(after)


def test_tables_that_allow_more_than_the_region():
    with Gdb(*DEFAULT_BUILD, "make", "gdb", "STAGE=2") as gdb:
        for command in ("tbreak Vmo::clone", "continue"):
            gdb.ask(command)
        assert "16 mapped rw-" in gdb.ask("strata regions")
        gdb.ask(f"set var {CHAIN}->perms.write = 0")
        assert "is mapped rw-, and its region allows r--" in gdb.ask("strata regions")


def test_before_there_is_anything_to_see():
    with Gdb(*DEFAULT_BUILD, "make", "gdb", "STAGE=2") as gdb:
        for command in ("frames", "regions", "map"):
            assert gdb.ask(f"strata {command}").startswith("paging is off")
        gdb.ask("tbreak start_high")
        gdb.ask("continue")
        assert "direct map" in gdb.ask("strata regions"), "in assembler code C++ names are still known"
        gdb.ask("tbreak kernel_main")
        gdb.ask("continue")
        assert "start_frames() has not run, or has failed" in gdb.ask("strata frames")
        assert "no address space is in use" in gdb.ask("strata regions")
        gdb.ask("continue")
        assert "the allocator's" in gdb.ask("strata frames"), "the run is over, and memory still there"


@pytest.mark.parametrize("variables, frames", [
    ("STAGE=1 SOLUTIONS=all", "it is of a stage before lab 2"), ("STAGE=2 SOLUTIONS=1", "LOST: in no block"),
])
def test_kernels_without_lab_2(variables, frames):
    with Gdb(*DEFAULT_BUILD, "make", "gdb", *variables.split()) as gdb:
        gdb.ask("continue")
        assert frames in gdb.ask("strata frames")
        regions = gdb.ask("strata regions")
        assert "no address space is in use" in regions and "direct map" in regions
        assert ("it is of a stage" in gdb.ask("strata map")) == ("STAGE=1" in variables)
