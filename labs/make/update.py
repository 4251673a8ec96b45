"""`make update`: bring a student's tree to a newer version of the course.

The MANIFESTs of both trees decide. Invariant: a file that either manifest calls the student's is never written if it
exists; a teacher-owned file that the student changed is copied to backup/ first. The new MANIFEST is written last, so
an update that was interrupted is finished by running it again.
"""
from __future__ import annotations

import os
import re
import shlex
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import archive
import tree
from manifest import NAME, Manifest, digest

SHOWN = 15  # names printed of a long list


@dataclass
class Report:
    """What an update did; paths from the top of the tree."""

    replaced: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    backups: dict[str, str] = field(default_factory=dict)  # changed by the student -> its copy
    old_skeletons: dict[str, str] = field(default_factory=dict)  # exercise file -> copy of its old skeleton
    notes: list[str] = field(default_factory=list)


def back_up(path: Path) -> Path:
    """Copy `path` to backup/<its place, without labs/>.<time> and return the copy."""
    place = re.sub("^labs/", "", tree.relative(path))
    stem = tree.root() / "backup" / f"{place}.{time.strftime('%Y%m%d-%H%M%S')}"
    copy, count = stem, 1
    while copy.exists():
        count += 1
        copy = stem.with_name(f"{stem.name}-{count}")
    tree.write_file(copy, path.read_bytes())
    return copy


def fetch(source: str, scratch: Path) -> Path:
    """The folder with the MANIFEST of `source`, a folder, an archive or something git can clone (into `scratch`)."""
    path = Path(source).expanduser()
    if path.is_dir() and (path / NAME).is_file():
        return path
    if path.is_file():
        archive.extract(path, scratch)
    elif (path / ".git").exists() or (path / "HEAD").is_file():
        _clone(path.resolve().as_uri(), scratch)
    elif path.is_dir():
        raise tree.TreeError(f"{source} has no {NAME}: give a tree made by `make handout-repo`")
    elif re.match(r"[a-z+]+://|[\w.-]+@[\w.-]+:", source):
        _clone(source, scratch)
    else:
        raise tree.TreeError(f"{source}: no such folder or archive, and not a git address (https://..., git@host:...)")
    found = [folder for folder in (scratch, *sorted(scratch.iterdir())) if (folder / NAME).is_file()]
    if len(found) != 1:
        raise tree.TreeError(f"{source} has no {NAME} at its top: it is not a version of the course for students")
    return found[0]


def _clone(address: str, scratch: Path) -> None:
    command = ["git", "-c", "core.autocrlf=false", "clone", "--quiet", "--depth", "1", "--", address, str(scratch)]
    try:
        done = subprocess.run(command, check=False)
    except FileNotFoundError:
        raise tree.TreeError("git is not installed; install it, or download an archive and give that") from None
    if done.returncode:
        raise tree.TreeError(f"git could not clone {address} (see above)")


def verify(source: Path, manifest: Manifest) -> None:
    """Refuse a source whose files are not those of its manifest: a broken download would break the tree."""
    wrong = [path for path, entry in manifest.given.items()
             if not (source / path).is_file() or digest((source / path).read_bytes()) != entry.digest]
    wrong += [path for path in manifest.yours if not (source / path).is_file()]
    if wrong:
        raise tree.TreeError(f"{len(wrong)} files are not as the {NAME} there says ({', '.join(wrong[:3])}): "
                             "the copy is damaged or was worked in; get a fresh one")


def apply(source: Path, here: Manifest, there: Manifest) -> Report:
    """Bring this tree from `here` to `there`, whose files are in `source`. Changes nothing that is the student's."""
    report, top = Report(), tree.root()
    for path in sorted(set(here.yours) & set(there.given)):
        if (top / path).exists():
            report.notes.append(f"{path} is given by the course now; yours is kept (delete it, update: takes theirs)")
            del there.given[path]
            there.yours.append(path)
    for path in sorted(set(here.given) - set(there.given) - set(there.yours)):
        if (top / path).exists():
            _save_if_changed(top / path, path, here, report)
            _remove(top / path)
            report.removed.append(path)
    for path in sorted(there.given):
        _take_given(source, path, here, there, report)
    for path in sorted(there.yours):
        if not (top / path).exists():
            tree.write_file(top / path, (source / path).read_bytes())
            report.added.append(path)
        elif path in here.given:
            report.notes.append(f"{path} is an exercise now; what you have there is kept")
    for path in sorted(set(here.yours) - set(there.yours) - set(there.given)):
        report.notes.append(f"{path} is no longer part of the course; yours is kept")
    tree.write_file(top / NAME, there.text().encode())
    return report


def _take_given(source: Path, path: str, here: Manifest, there: Manifest, report: Report) -> None:
    """Bring one teacher-owned file up to date."""
    target, entry = tree.root() / path, there.given[path]
    if target.exists() and digest(target.read_bytes()) == entry.digest:
        if os.access(target, os.X_OK) != entry.executable:
            target.chmod(0o755 if entry.executable else 0o644)
        return
    if target.exists():
        report.replaced.append(path)
        exercise = re.sub(r"^\.skeletons/", "labs/", path)
        if exercise in here.yours:
            report.old_skeletons[exercise] = tree.relative(back_up(target))
            if (tree.root() / exercise).exists() and (tree.root() / exercise).read_bytes() == target.read_bytes():
                report.notes.append(f"{exercise} is still the old skeleton; `make reset EX=...` takes the new one")
        else:
            _save_if_changed(target, path, here, report)
    else:
        report.added.append(path)
    tree.write_file(target, (source / path).read_bytes(), entry.executable)


def _save_if_changed(target: Path, path: str, here: Manifest, report: Report) -> None:
    """Back up a file that is not as the course gave it (or that the course never gave)."""
    if path not in here.given or digest(target.read_bytes()) != here.given[path].digest:
        report.backups[path] = tree.relative(back_up(target))


def _remove(path: Path) -> None:
    """Delete a file and the folders that this leaves empty."""
    path.unlink()
    for folder in path.parents:
        if folder == tree.root() or any(folder.iterdir()):
            return
        folder.rmdir()


def describe(report: Report, here: Manifest, there: Manifest) -> str:
    """The report in words."""
    lines = [f"updated from {here.version} to {there.version}"]
    headers = [path for path in report.replaced if path.endswith((".hpp", ".h"))]
    others = [path for path in report.replaced if path not in headers and not path.startswith(".skeletons/")]
    added = [path for path in report.added if not path.startswith(".skeletons/")]
    removed = [path for path in report.removed if not path.startswith(".skeletons/")]
    groups = (("headers that changed", headers), ("replaced", others), ("added", added), ("removed", removed))
    for title, paths in groups:
        if paths:
            lines += [f"{title}:", *(f"  {path}" for path in paths[:SHOWN])]
            if len(paths) > SHOWN:
                lines.append(f"  ... and {len(paths) - SHOWN} more")
    if report.backups:
        lines += ["you had changed files of the course; your copies:",
                  *(f"  {path} -> {copy}" for path, copy in report.backups.items())]
    for path, old in report.old_skeletons.items():
        new = re.sub("^labs/", ".skeletons/", path)
        lines += [f"the skeleton of {path} changed; your file is kept. What changed:",
                  f"  diff -u {shlex.quote(old)} {shlex.quote(new)}"]
    lines += [f"note: {note}" for note in report.notes]
    if len(lines) == 1:
        lines.append("nothing to do: all files of the course are up to date")
    return "\n".join(lines)


def update(source: str, scratch: Path) -> str:
    """Do it all; returns the report in words. `scratch` is an empty folder. Raises TreeError before any change."""
    if tree.has_solutions():
        raise tree.TreeError("this is the teacher's tree: take new versions with `git pull`")
    here = Manifest.read(tree.root())
    folder = fetch(source, scratch)
    there = Manifest.read(folder)
    verify(folder, there)
    return describe(apply(folder, here, there), here, there)
