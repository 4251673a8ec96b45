"""Whose exercise files are graded or debugged, and which kernels follow from that."""
from __future__ import annotations

import shlex
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Dict, Iterable, List, Optional, Tuple

import tree
from archive import take_submission

from .building import Recipe
from .catalog import HOST, WHOLE, Exercise, Test

UNPACKED = "build/submission"


@dataclass(frozen=True)
class Work:
    """`overlay` is a folder below the tree's top that holds <lab>/<file> ("labs": the tree's own); labs in `solutions` count
    as the reference's. `name` keeps the kernels of several works apart. `submission` is the archive or folder that the
    overlay was taken from. Skeletons stand for the exercises in `refused`."""

    overlay: str = "labs"
    solutions: Tuple[int, ...] = ()
    name: str = "graded"
    submission: str = ""
    refused: Tuple[str, ...] = ()

    def whole(self, stage: int, exercises: List[Exercise]) -> Recipe:
        """All files are the work's."""
        return self._recipe(stage, "whole", self._solved(), exercises)

    def isolated(self, stage: int, variant: str, exercises: List[Exercise]) -> Recipe:
        """Only the files of these exercises are the work's."""
        return self._recipe(stage, variant, "all", exercises)

    def on_reference(self, stage: int, exercises: List[Exercise]) -> Recipe:
        """All files of the stage's last lab are the work's; earlier labs are the reference's, if that is here."""
        earlier = [exercise for exercise in exercises if exercise.lab < stage and exercise.lab not in self.solutions]
        if not earlier or not can_isolate(earlier):
            return self.whole(stage, exercises)
        return self.isolated(stage, "on-reference", [exercise for exercise in exercises if exercise.lab == stage])

    def recipe_for(self, test: Test, exercises: List[Exercise]) -> Recipe:
        """The kernel, or the host tests' program, whose run of this test counts if it fails. `exercises` are those of its lab
        and the earlier ones."""
        if test.mode != WHOLE and can_isolate(exercises):
            return self.isolated(test.exercise.lab, test.exercise.number, [test.exercise])
        return (self.whole if test.mode == HOST else self.on_reference)(test.exercise.lab, exercises)

    def without(self, refused: Iterable[str], exercises: List[Exercise]) -> Work:
        """A copy in which skeletons stand for the refused exercises: one mistake must not cost the others their points."""
        overlay, numbers = f"build/repaired/{self.name}", tuple(refused)
        for exercise in exercises:
            if exercise.lab not in self.solutions:
                file = exercise.path.partition("/")[2]
                tree.write_file(tree.root() / overlay / exercise.path,
                                tree.skeleton(tree.lab(exercise.lab), file) if exercise.number in numbers else
                                (tree.root() / self.overlay / exercise.path).read_bytes())
        return replace(self, overlay=overlay, refused=numbers)

    def same(self, recorded: Dict[str, Any]) -> bool:
        """Is it the one that as_json() tells of? Not looking at what was refused."""
        return recorded["submission"] == self.submission and tuple(recorded["solutions"]) == self.solutions

    def as_json(self) -> Dict[str, Any]:
        return {"submission": self.submission, "solutions": list(self.solutions), "refused": list(self.refused)}

    def variables(self, default: str) -> str:
        """What make's command line needs to mean this work, with a space before it; `default` is what no SOLUTIONS means."""
        words = [f"SOLUTIONS={shlex.quote(self._solved())}"] if self._solved() != default else []
        if self.submission:
            path = Path(self.submission)
            inside = tree.root() in path.parents
            words.append(f"SUBMISSION={shlex.quote(tree.relative(path) if inside else self.submission)}")
        return "".join(f" {word}" for word in words)

    def _solved(self) -> str:
        return " ".join(map(str, self.solutions)) or "none"

    def _recipe(self, stage: int, variant: str, solutions: str, exercises: List[Exercise]) -> Recipe:
        take = tuple(exercise.path for exercise in exercises if exercise.lab not in self.solutions)
        return Recipe(stage, f"{self.name}/{variant}", solutions, self.overlay, take) if take else \
            Recipe(stage, "reference", "all")


def can_isolate(exercises: List[Exercise], prebuilt: str = "prebuilt") -> bool:
    """Is there a reference to test each of these exercises on, as a source or as an object?"""
    root = tree.root()
    return all((root / "solutions" / exercise.path).is_file() or (root / prebuilt / f"{exercise.path}.o").is_file()
               for exercise in exercises)


def take(solutions: str, submission: Optional[Path], last: int) -> Tuple[Work, List[str]]:
    """The work that a command line means, and notes on the submission, which is unpacked; what it lacks are the skeletons, and
    labs after the `last` may lack everything.
    The caller holds building.build_lock(). Raises tree.TreeError."""
    numbers = solved_labs(solutions)
    if not submission:
        return Work(solutions=numbers), []
    folder, labs = tree.root() / UNPACKED, tree.labs()
    shutil.rmtree(folder, ignore_errors=True)
    notes = take_submission(submission, folder, labs, last)
    for lab in labs:
        for file in lab.exercises:
            if not (folder / lab.name / file).exists():
                tree.write_file(folder / lab.name / file, tree.skeleton(lab, file))
    return Work(UNPACKED, numbers, "submission", str(submission.resolve())), notes


def solved_labs(text: str) -> Tuple[int, ...]:
    """SOLUTIONS: lab numbers, "all" or "none". Raises tree.TreeError."""
    known = [lab.number for lab in tree.labs()]
    if text.strip() == "all":
        return tuple(known)
    words = [word for word in text.split() if word != "none"]
    if any(not word.isdigit() or int(word) not in known for word in words):
        raise tree.TreeError(f'SOLUTIONS="{text}": give lab numbers out of {known}, or all')
    return tuple(int(word) for word in words)
