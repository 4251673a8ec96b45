"""Given code and the reference in GoogleTest programs of their own, under ASan and UBSan: against the standard library's maps."""
from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Sequence

import pytest

from support import ROOT

pytestmark = pytest.mark.slow
HOST = "grading/tests/host"
LAB2 = "labs/lab2-paging/mm"
LAB3 = "labs/lab3-syscalls"
REFERENCE = "solutions/lab2-paging/mm"


def run(folder: Path, *sources: str, before: Sequence[str] = ()) -> None:
    """`before`: folders of headers that take the place of the labs' own."""
    program = folder / "test"
    headers = [f"-I{ROOT}/{path}" for path in (*before, "labs/lab1-boot", "labs/lab2-paging", LAB3)]
    subprocess.run(["g++", "-std=c++2b", "-g", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined",
                    "-fno-sanitize-recover=all", *headers, *(f"{ROOT}/{source}" for source in sources), "-o", str(program),
                    "-lgtest", "-lgtest_main"], check=True)
    done = subprocess.run([str(program)], check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout


def test_vocabulary(tmp_path: Path) -> None:
    """The library of lab 1."""
    run(tmp_path, f"{HOST}/vocabulary_test.cpp")


def test_region_tree(tmp_path: Path) -> None:
    run(tmp_path, f"{HOST}/region_tree_test.cpp", f"{LAB2}/region_tree.cpp")


@pytest.mark.parametrize("other", [False, True], ids=["x86", "other-format"])
def test_page_tables(tmp_path: Path, other: bool) -> None:
    """Nothing above the entries knows their bits, nor how many levels there are and how large the pages."""
    files = [f"{REFERENCE}/{name}.cpp" for name in ("cursor_walk", "map", "unmap", "protect", "flush")]
    files += [f"{LAB2}/{name}.cpp" for name in ("cursor", "page_tables", "tlb_flush")]
    entries = f"{HOST}/other_format/entry.cpp" if other else f"{REFERENCE}/x86/entry.cpp"
    run(tmp_path, f"{HOST}/page_tables_test.cpp", entries, *files, before=[f"{HOST}/other_format"] if other else [])


def test_files_from_outside(tmp_path: Path) -> None:
    """ELF files, the boot archive, and ACPI's list of CPUs."""
    run(tmp_path, f"{HOST}/files_test.cpp", *(f"{LAB3}/{name}.cpp" for name in ("process/archive", "process/elf", "smp/madt")))
