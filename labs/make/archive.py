"""What other people packed: handed-in work and new versions of the course, as a folder, a tar or a zip archive.

A submission is hostile input: it may be broken, huge, full of links, or carry its own Makefile. Invariants: nothing is
written whose name was not chosen here or checked against `..` and `/`; links and devices are never followed or made;
work and memory are bounded whatever the archive claims. Not tarfile.extractall: its filters came after Python 3.9.
"""
from __future__ import annotations

import bz2
import gzip
import lzma
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Callable

import tree

MAX_FILE = 256 * 1024  # bytes of one handed-in file
MAX_ARCHIVE = 64 << 20  # bytes of the archive as it stands on disk
MAX_TOTAL = 256 << 20  # bytes of everything in it, unpacked
MAX_ENTRIES = 20_000
OWN_FOLDERS = {"build", "backup", "handin", ".git"}  # beside labs/ in a working tree; never looked at in a folder
ANSWERS, AUTHORS = "answers.md", "AUTHORS"

_BROKEN = (tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError,
           NotImplementedError, ValueError, OverflowError, struct.error, MemoryError)


class ArchiveError(tree.TreeError):
    """The archive is broken, too large, or not what was asked for; the text is for the person who packed it."""


@dataclass(frozen=True)
class Entry:
    """One name in a folder or archive. `read` works until the next entry is asked for."""

    parts: tuple[str, ...]  # of the name; () if it is absolute or has ".."
    shown: str  # the name, safe to print
    regular: bool
    size: int
    reader: Callable[[], bytes]

    def read(self) -> bytes:
        """The content. Raises ArchiveError if it is broken."""
        try:
            return self.reader()
        except _BROKEN as error:
            raise ArchiveError(f"{self.shown}: cannot be unpacked: {error}") from None


def entries(source: Path) -> Iterator[Entry]:
    """Every name in `source` but folders. Raises ArchiveError if it is broken or beyond the bounds above."""
    count = total = 0
    try:
        for entry in _open(source):
            count, total = count + 1, total + entry.size
            if count > MAX_ENTRIES or total > MAX_TOTAL:
                raise ArchiveError(f"{source.name}: more than {MAX_ENTRIES} files or {MAX_TOTAL >> 20} MiB; "
                                   "pack the labs only")
            yield entry
    except _BROKEN as error:
        raise ArchiveError(f"{source.name}: broken, or not a .tar, .tar.gz, .tar.xz or .zip archive: {error}") from None


def extract(source: Path, destination: Path) -> None:
    """Unpack a whole archive into the folder `destination`. Raises ArchiveError on anything unsafe in it."""
    for entry in entries(source):
        if not entry.regular or not entry.parts:
            raise ArchiveError(f"{source.name}: {entry.shown} is a link, a device, or leads out of the archive")
        try:
            tree.write_file(destination.joinpath(*entry.parts), entry.read())
        except (OSError, ValueError) as error:
            raise ArchiveError(f"{source.name}: {entry.shown}: {error}") from None


def take_submission(source: Path, destination: Path, labs: list[tree.Lab], last: int) -> list[str]:
    """Copy the exercise files of `labs` into destination/<lab>/<file>, and nothing else that is code.

    `source` is a folder or a tar or zip archive with labs/<lab>/<file> or <lab>/<file>, with or without one folder
    around it. AUTHORS and <lab>/answers.md are taken too. Returns notes in words: files that were refused (links, over
    MAX_FILE), given files that were changed and are ignored, files of labs up to the `last` that are missing (what is missing
    is *not* in destination: the caller must put the skeleton there, never the reference). Raises ArchiveError.
    """
    wanted = {(lab.name, *PurePosixPath(file).parts) for lab in labs for file in (*lab.exercises, ANSWERS)}
    top = _find_top([entry.parts for entry in entries(source)], wanted, source.name, labs)
    home = top[:-1] if top[-1:] == ("labs",) else top
    taken, refused, changed, extra = [], [], [], []
    for entry in entries(source):
        name = entry.parts[len(top):] if entry.parts[:len(top)] == top else ()
        if name not in wanted and entry.parts == (*home, AUTHORS):
            name = (AUTHORS,)
        if name in wanted or name == (AUTHORS,):
            if not entry.regular or entry.size > MAX_FILE:
                refused.append(f"refused: {entry.shown} is not a regular file of at most {MAX_FILE >> 10} KiB")
            else:
                if name in taken:
                    refused.append(f"note: {entry.shown} is there twice; the last one counts")
                tree.write_file(destination.joinpath(*name), entry.read())
                taken.append(name)
        elif top[-1:] == ("labs",) and entry.parts[:len(home)] == home:
            _compare(entry, entry.parts[len(home):], changed, extra)
    notes = refused + _listed("ignored, given files that were changed", changed)
    notes += _listed("ignored, not files of the labs", extra)
    for lab in (lab for lab in labs if lab.number <= last):
        missing = [file for file in lab.exercises if (lab.name, *PurePosixPath(file).parts) not in taken]
        notes += _listed(f"missing from {lab.name}", missing)
    return notes


def _find_top(names: list[tuple[str, ...]], wanted: set[tuple[str, ...]], archive: str,
              labs: list[tree.Lab]) -> tuple[str, ...]:
    """The folder inside the archive that holds the labs' folders. A whole tree (labs/) goes before loose labs."""
    tops = {name[:cut] for name in names for cut in range(min(3, len(name))) if name[cut:] in wanted}
    for fits in (lambda top: top == ("labs",), lambda top: top[1:] == ("labs",), lambda top: top == (),
                 lambda top: len(top) == 1):
        found = sorted(top for top in tops if fits(top))
        if len(found) > 1:
            copies = ", ".join(_printable("/".join(top)) for top in found[:4])
            raise ArchiveError(f"{archive}: the labs are there more than once ({copies}); hand in one of them")
        if found:
            return found[0]
    expected = next((f"labs/{lab.name}/{file}" for lab in labs for file in lab.exercises), "labs/<lab>/<file>")
    raise ArchiveError(f"{archive}: no exercise file in it; expected names such as {expected}, "
                       f"there are: {', '.join(_printable('/'.join(name)) for name in names[:4]) or 'none'}")


def _compare(entry: Entry, parts: tuple[str, ...], changed: list[str], extra: list[str]) -> None:
    """Remember a file of somebody's whole tree if it is not as in this one: `parts` is its path from the top."""
    if not parts or parts[0] in OWN_FOLDERS or "__pycache__" in parts or not "".join(parts).isprintable():
        return
    ours = tree.root().joinpath(*parts)
    if os.path.isfile(ours):  # False, not an error, for a name that no file can have
        size = ours.stat().st_size
        if not entry.regular or entry.size != size or (size <= MAX_FILE and entry.read() != ours.read_bytes()):
            changed.append(_printable("/".join(parts)))
    elif parts[0] == "labs" and parts[-1] != ANSWERS:
        extra.append(_printable("/".join(parts)))


def _listed(what: str, names: list[str]) -> list[str]:
    """At most one note, with the first names."""
    if not names:
        return []
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    return [f"{what} ({len(names)}): {', '.join(names[:4])}{more}"]


def _printable(name: str) -> str:
    """`name` without what a terminal would act on, and not too long."""
    return "".join(char if char.isprintable() else "?" for char in name[:120])


def _entry(name: str, regular: bool, size: int, reader: Callable[[], bytes]) -> Entry:
    path = PurePosixPath(name)
    unsafe = path.is_absolute() or ".." in path.parts or "\0" in name
    return Entry(() if unsafe else path.parts, _printable(name), regular, size, reader)


def _open(source: Path) -> Iterator[Entry]:
    if source.is_dir():
        return _folder(source)
    if not source.is_file():
        raise ArchiveError(f"{source}: there is no such file or folder")
    if source.stat().st_size > MAX_ARCHIVE:
        raise ArchiveError(f"{source.name}: over {MAX_ARCHIVE >> 20} MiB; leave out build/ and .git/")
    with open(source, "rb") as file:
        return _zip(source) if file.read(4) in (b"PK\3\4", b"PK\5\6") else _tar(source)


def _folder(source: Path) -> Iterator[Entry]:
    def read(path: str) -> bytes:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            return file.read(MAX_TOTAL)

    for folder, below, files in os.walk(source):
        below[:] = sorted(set(below) - OWN_FOLDERS if "labs" in below else below)
        for file in sorted(files):
            path = os.path.join(folder, file)
            info = os.lstat(path)
            yield _entry(os.path.relpath(path, source), stat.S_ISREG(info.st_mode), info.st_size,
                         lambda path=path: read(path))


def _zip(source: Path) -> Iterator[Entry]:
    def read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
        # ZipFile.read() unpacks everything before it looks at the size; the other methods have no bound at all.
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise NotImplementedError("packed with an unusual method; use plain zip")
        with archive.open(info) as file:
            return file.read(info.file_size)

    with zipfile.ZipFile(source) as archive:
        for info in archive.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            if not info.is_dir():
                # Some Windows programs write backslashes against the standard.
                yield _entry(info.filename.replace("\\", "/"), kind in (0, stat.S_IFREG), info.file_size,
                             lambda info=info: read(archive, info))


class _Bounded:
    """A stream that ends with an error after MAX_TOTAL bytes, so that no header can ask for more."""

    def __init__(self, stream) -> None:
        self.stream, self.left = stream, MAX_TOTAL + (MAX_ENTRIES + 2) * 1024  # contents and headers

    def read(self, size: int) -> bytes:
        data = self.stream.read(size)
        self.left -= len(data)
        if self.left < 0:
            raise ArchiveError(f"more than {MAX_TOTAL >> 20} MiB")
        return data


def _tar(source: Path) -> Iterator[Entry]:
    with open(source, "rb") as file:
        magic = file.read(6)
    openers = {b"\x1f\x8b": gzip.open, b"BZ": bz2.open, b"\xfd7": lzma.open}
    with openers.get(magic[:2], open)(source, "rb") as unbounded:
        stream = _Bounded(unbounded)
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                if not member.isdir():
                    yield _entry(member.name, member.isreg() and not member.issparse(), max(member.size, 0),
                                 lambda member=member: archive.extractfile(member).read())
        while stream.read(1 << 16):  # the checksum stands at the very end
            pass
