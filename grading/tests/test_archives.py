"""Archives that cannot be graded: a message that says what to do, status 2, and no score."""
from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from pathlib import Path
from typing import Callable, Dict

import pytest

from support import FORMAT, MULTIBOOT, grade, reference_files, write_archive


def truncated(path: Path) -> None:
    whole = write_archive(path, reference_files()).read_bytes()
    path.write_bytes(whole[:len(whole) // 2])


def damaged_inside(path: Path) -> None:
    whole = bytearray(write_archive(path, reference_files()).read_bytes())
    whole[len(whole) // 2] ^= 0xFF
    path.write_bytes(whole)


def empty_tar(path: Path) -> None:
    write_archive(path, {})


def other_files_only(path: Path) -> None:
    write_archive(path, {"essay.txt": b"On kernels", "code/lib/format.cpp": b""})


def damaged_zip(path: Path) -> None:
    path.write_bytes(b"PK\3\4" + b"\0" * 100)


def gzip_of_text(path: Path) -> None:
    path.write_bytes(gzip.compress(b"hello"))


BROKEN: Dict[str, Callable[[Path], object]] = {
    "truncated": truncated,
    "damaged_inside": damaged_inside,
    "not_an_archive": lambda path: path.write_text("#!/bin/sh\necho 30/30\n"),
    "empty_file": lambda path: path.write_bytes(b""),
    "empty_tar": empty_tar,
    "other_files_only": other_files_only,
    "damaged_zip": damaged_zip,
    "gzip_of_text": gzip_of_text,
    "not_there": lambda path: None,
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_archive(name: str, tmp_path: Path) -> None:
    archive = tmp_path / "handin.tar.gz"
    BROKEN[name](archive)
    graded = grade(tmp_path, "--lab", "1", "--submission", str(archive))
    assert graded.status == 2
    assert graded.errors.startswith("grade: ") and "handin.tar.gz" in graded.errors and graded.errors.count("\n") == 1
    assert "Traceback" not in graded.errors and "Score" not in graded.output and not graded.tests


def test_zip_is_as_good(tmp_path: Path) -> None:
    archive = tmp_path / "handin.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr(f"my-labs/{FORMAT}", reference_files()[FORMAT])
    assert grade(tmp_path, "--exercise", "1.2", "--submission", str(archive)).points("1.2", "isolated") == 8


def test_links_are_not_followed(tmp_path: Path) -> None:
    """A link to the solution counts as a missing file, and a name with `..` as no file at all."""
    archive = tmp_path / "handin.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        link = tarfile.TarInfo(f"handin/{FORMAT}")
        link.type, link.linkname = tarfile.SYMTYPE, "../../../../../solutions/lab1-boot/lib/format.cpp"
        packed.addfile(link)
        for name in ("../outside.txt", "/tmp/strata-outside.txt", f"handin/{MULTIBOOT}"):
            member, data = tarfile.TarInfo(name), reference_files()[MULTIBOOT]
            member.size = len(data)
            packed.addfile(member, io.BytesIO(data))
    graded = grade(tmp_path, "--exercise", "1.2", "--submission", str(archive))
    assert graded.points("1.2") == 0 and {row["verdict"] for row in graded.rows("1.2")} == {"missing"}
    assert "refused: handin/labs/lab1-boot/lib/format.cpp is not a regular file" in graded.output
    assert not Path("/tmp/strata-outside.txt").exists()
