"""MANIFEST: which files of a student's tree the course gave, with their hashes, and which are the student's.

`solutions/publish` writes it, `make update` compares two of them. The format is text:

    version v1.2
    given
    <sha256> <644|755> <path>
    yours
    <path>

Invariant: every path is relative to the top of the tree, stays inside it, and never points into build/, backup/, handin/
or .git/. A manifest that says otherwise is not read, so an update cannot reach a student's work through it.
"""
from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from tree import TreeError

NAME = "MANIFEST"
HEADER = "# What the course gave and what is yours, for `make update`. Not to be edited."
UNTOUCHABLE = ("build", "backup", "handin", ".git")
STUDENTS = ("AUTHORS", "answers.md")


@dataclass(frozen=True)
class Given:
    """A teacher-owned file."""

    digest: str
    executable: bool


@dataclass
class Manifest:
    """`given` by path; `yours` are the exercise files, AUTHORS and answers.md."""

    version: str
    given: dict[str, Given] = field(default_factory=dict)
    yours: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """The manifest of this tree. Raises TreeError if it has none or one that cannot be trusted."""
        where = folder / NAME
        try:
            lines = where.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            raise TreeError(f"{folder} has no {NAME}: it is not a student's tree made by `make handout-repo`") from None
        except UnicodeDecodeError:
            raise TreeError(f"{where} is not text") from None
        manifest, section = cls(""), ""
        for number, line in enumerate(lines, 1):
            if not line or line.startswith("#"):
                continue
            if line in ("given", "yours"):
                section = line
            elif not manifest._take(section, line):
                raise TreeError(f"{where}:{number}: not a line of a manifest, or a path that no update may touch")
        return manifest

    def _take(self, section: str, line: str) -> bool:
        """Take in one line; False if it is not allowed."""
        if not section:
            self.version = line[len("version "):]
            return line.startswith("version ")
        if section == "yours":
            self.yours.append(line)
            return _allowed(line)
        match = re.fullmatch(r"([0-9a-f]{64}) (644|755) (.+)", line)
        if not match or not _allowed(match.group(3)) or PurePosixPath(match.group(3)).name in STUDENTS:
            return False
        self.given[match.group(3)] = Given(match.group(1), match.group(2) == "755")
        return True

    def text(self) -> str:
        """What read() reads."""
        given = [f"{entry.digest} {755 if entry.executable else 644} {path}"
                 for path, entry in sorted(self.given.items())]
        return "\n".join([HEADER, f"version {self.version}", "given", *given, "yours", *sorted(self.yours)]) + "\n"


def digest(data: bytes) -> str:
    """The hash that a manifest lists."""
    return hashlib.sha256(data).hexdigest()


def _allowed(path: str) -> bool:
    parts = PurePosixPath(path).parts
    plain = bool(parts) and path == "/".join(parts) and ".." not in parts and path.isprintable()
    return plain and parts[0].lower() not in (*UNTOUCHABLE, NAME.lower())
