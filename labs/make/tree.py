"""The tree of labs as the Python tools see it: where it is, which labs it has, which file each exercise is.

Two kinds of file are read, both written for people: labs/<lab>/lab.mk (three GNU make lists) says which files a
lab has, grading/lab<n>/lab.ini says which of them is which exercise. Invariant: a file that an exercise names is
in its lab's EXERCISES list, so nothing else is ever taken from a student. Everything that goes wrong is a TreeError
whose text says what to do.
"""
from __future__ import annotations

import configparser
import os
import platform
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

LISTS = ("SOURCES", "EXERCISES", "PROGRAMS")


class TreeError(Exception):
    """Something is not as the tools need it; the text is for the user."""


@dataclass(frozen=True)
class Lab:
    """One lab. The three lists hold paths relative to `folder`, in the order of lab.mk."""

    number: int
    name: str  # "lab1-boot"
    folder: Path
    sources: tuple[str, ...]
    exercises: tuple[str, ...]
    programs: tuple[str, ...]


@dataclass(frozen=True)
class Exercise:
    """One exercise as grading/lab<n>/lab.ini describes it. `file` is relative to the lab's folder."""

    number: str  # "1.10"
    lab: Lab
    title: str
    file: str
    functions: tuple[str, ...]
    page: str  # "handout/lab1-boot.md#exercise-11"
    challenge: bool  # for those who want more; the lab's points do not depend on it

    @property
    def path(self) -> Path:
        """The student's file."""
        return self.lab.folder / self.file


def root() -> Path:
    """Top of the checkout that this module belongs to."""
    return Path(__file__).resolve().parents[2]


def has_solutions() -> bool:
    """True in the teacher's tree, False in the one that students get."""
    return (root() / "solutions" / "derive").is_file()


def tool(name: str) -> str:
    """A program of binutils for x86-64 ("nm"), as build.mk calls it too."""
    return name if platform.machine() in ("x86_64", "amd64", "AMD64") else f"x86_64-linux-gnu-{name}"


def image(folder: Path, kernel: str, cmdline: str) -> Path:
    """The boot image of a kernel ("kernel", "test") with this command line, named as build.mk names it."""
    words = "-" + cmdline.translate(str.maketrans("=/ ", "+@,")) if cmdline else ""
    return folder / f"{kernel}{words}.iso"


def labs() -> list[Lab]:
    """All labs of the tree, by number. Raises TreeError if a lab.mk cannot be read."""
    found: dict[int, Lab] = {}
    for makefile in sorted(root().glob("labs/lab*-*/lab.mk")):
        name = makefile.parent.name
        match = re.fullmatch(r"lab([1-9][0-9]*)-[a-z0-9-]+", name)
        if not match:
            raise TreeError(f"labs/{name}: a lab's folder is called lab<number>-<word>")
        number = int(match.group(1))
        if number in found:
            raise TreeError(f"labs/{name} and labs/{found[number].name} are both lab {number}: rename one")
        lists = _read_lists(makefile)
        found[number] = Lab(number, name, makefile.parent, *(tuple(lists[key]) for key in LISTS))
    return [found[number] for number in sorted(found)]


def lab(number: int | str) -> Lab:
    """The lab of this number. Raises TreeError, which lists the known ones."""
    known = labs()
    for one in known:
        if str(one.number) == str(number):
            return one
    raise TreeError(f"there is no lab {number!s}; known: {', '.join(str(one.number) for one in known) or 'none'}")


def exercises() -> list[Exercise]:
    """All exercises of all labs in their order (1.2 before 1.10)."""
    return [exercise for one in labs() for exercise in _read_exercises(one)]


def exercise(number: str) -> Exercise:
    """The exercise of this number, such as "1.2". Raises TreeError, which lists the known ones."""
    known = exercises()
    for one in known:
        if one.number == number:
            return one
    raise TreeError(f"there is no exercise {number}; known: {', '.join(one.number for one in known) or 'none'}")


def exercise_file(number: str) -> Path:
    """The student's file of this exercise; errors as exercise()."""
    return exercise(number).path


def skeleton(one: Lab, file: str) -> bytes:
    """An exercise file as it is handed out: derived in the teacher's tree, a copy in the student's. Raises TreeError."""
    if has_solutions():
        sys.path.append(str(root() / "solutions"))
        import markers
        solution = root() / "solutions" / one.name / file
        try:
            return markers.split_file(solution, relative(solution)).skeleton.encode()
        except (OSError, markers.MarkerError) as error:
            raise TreeError(str(error)) from None
    path = root() / ".skeletons" / one.name / file
    if not path.is_file():
        raise TreeError(f"{relative(path)} is missing; `make update FROM=...` brings it back")
    return path.read_bytes()


def relative(path: Path) -> str:
    """`path` as people type it, from the top of the tree."""
    return path.relative_to(root()).as_posix()


def write_file(path: Path, data: bytes, executable: bool | None = None) -> None:
    """Replace `path` as a whole: a reader sees the old file or the new one, never half of it.

    `executable` None keeps what the file was (a new one is not executable).
    """
    if executable is None:
        executable = path.exists() and os.access(path, os.X_OK)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, scratch = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(scratch, 0o755 if executable else 0o644)
        os.replace(scratch, path)
    except BaseException:
        os.unlink(scratch)
        raise


def _read_lists(makefile: Path) -> dict[str, list[str]]:
    """The lists of a lab.mk: `NAME := a b \\` with continuation lines, `+=` and comments."""
    lists: dict[str, list[str]] = {key: [] for key in LISTS}
    joined, start = "", 1
    for number, line in enumerate(makefile.read_text(encoding="utf-8").splitlines() + [""], 1):
        joined += line.split("#", 1)[0].rstrip()
        if joined.endswith("\\"):
            joined = joined[:-1] + " "
            continue
        where = f"{relative(makefile)}:{start}"
        match = re.fullmatch(r"\s*([A-Z]+)\s*(:=|\+=|=)(.*)", joined)
        if match and match.group(1) in lists:
            words = match.group(3).split()
            for word in words:
                _check_name(word, where)
            lists[match.group(1)] = (lists[match.group(1)] if match.group(2) == "+=" else []) + words
        elif joined.strip():
            raise TreeError(f"{where}: expected one of {', '.join(LISTS)} and `:=` with a plain list of files")
        joined, start = "", number + 1
    return lists


def _check_name(name: str, where: str) -> None:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not re.fullmatch(r"[A-Za-z0-9_./+-]+", name):
        raise TreeError(f"{where}: {name!r} is not the name of a file inside the lab")


def _read_exercises(one: Lab) -> list[Exercise]:
    ini = root() / "grading" / f"lab{one.number}" / "lab.ini"
    where = relative(ini)
    parser = configparser.ConfigParser(interpolation=None)
    try:
        with open(ini, encoding="utf-8") as file:
            parser.read_file(file)
    except FileNotFoundError:
        raise TreeError(f"{where} is missing: it says which exercises {one.name} has") from None
    except configparser.Error as error:
        raise TreeError(f"{where}: {error}") from None
    found = []
    for section in parser.sections():
        kind, _, number = section.partition(" ")
        if kind != "exercise":
            continue
        if not re.fullmatch(rf"{one.number}\.[1-9][0-9]*", number):
            raise TreeError(f"{where}: [{section}] is not a number of lab {one.number}, such as {one.number}.1")
        entry = parser[section]
        file = entry.get("file", "")
        if file not in one.exercises:
            raise TreeError(f"{where}: [{section}] file = {file!r} is not in EXERCISES of labs/{one.name}/lab.mk")
        functions = tuple(word.strip() for word in re.split(r"[,\n]", entry.get("functions", "")) if word.strip())
        found.append(Exercise(number, one, entry.get("title", ""), file, functions, entry.get("page", ""),
                              entry.get("challenge") == "yes"))
    return sorted(found, key=lambda exercise: int(exercise.number.split(".")[1]))
