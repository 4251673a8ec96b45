"""Kernels to grade: the build of labs/make/build.mk with an overlay of exercise files. Make is the only builder.

The objects that kernels share are built first, by one make; then kernels may be built side by side, because each writes
only into its own folder and its own overlay's objects.
"""
from __future__ import annotations

import fcntl
import hashlib
import os
import re
import resource
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Tuple

import tree


MOST_WARNINGS = 6  # that are told


class BuildError(Exception):
    """Something does not compile or link; the text is the compiler's."""


@dataclass(frozen=True)
class Recipe:
    """A choice of exercise files: the reference's for labs in `solutions` ("all", "none" or numbers), else the tree's own;
    the files in `take` ("<lab>/<file>") come from the folder `overlay`. `variant` names the folder for the result."""

    stage: int
    variant: str
    solutions: str
    overlay: str = ""
    take: Tuple[str, ...] = ()
    cmdline: str = ""  # what GRUB hands to the kernel


@dataclass(frozen=True)
class Kernel:
    """A bootable kernel with the tests linked in. Equal digests: equal kernels and programs."""

    iso: Path
    elf: Path
    digest: str
    archive_size: int
    recipe: Optional[Recipe] = None  # None: `iso` is the only image that there is

    def with_cmdline(self, cmdline: str) -> Kernel:
        """The same kernel, in an image in which GRUB hands it these words. Made when asked for; raises BuildError."""
        return build_kernel(replace(self.recipe, cmdline=cmdline)) if cmdline else self

    @cached_property
    def symbols(self) -> Dict[str, int]:
        """Addresses by linker name; of equal names the global one counts, which no exercise file can have chosen."""
        done = subprocess.run([tree.tool("nm"), str(self.elf)], stdout=subprocess.PIPE, text=True, check=True)
        rows = [line.split(" ", 2) for line in done.stdout.splitlines()]
        return {name: int(address, 16) for address, kind, name in sorted(rows, key=lambda row: row[1].isupper()) if address}


def sanitized() -> bool:
    """Does SAN=1 stand in the environment, for make as for us? Then kernels tell of undefined behaviour."""
    return bool(os.environ.get("SAN"))


def built() -> Path:
    """Where make puts what it makes (labs/make/build.mk)."""
    return tree.root() / "build" / ("san" if sanitized() else "")


def make(*arguments: str, jobs: int = 2) -> str:
    """Runs make on the tree's own rules, silently: what it prints is the compiler's. Raises BuildError."""
    command = ["make", "-s", "--no-print-directory", f"-j{jobs}", *arguments]
    # Of a make around us only its variables are wanted (CXX, OPT, SAN), and those stand in the environment themselves.
    environment = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    done = subprocess.run(command, cwd=tree.root(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
                          errors="replace", check=False, stdin=subprocess.DEVNULL, env=environment, preexec_fn=_set_limits)
    if done.returncode != 0:
        raise BuildError(_errors(done.stdout))
    return done.stdout


def _set_limits() -> None:
    """A source can keep a compiler busy for ever, or have it fill memory or disk."""
    for limit, most in ((resource.RLIMIT_CPU, 20), (resource.RLIMIT_AS, 2 << 30), (resource.RLIMIT_FSIZE, 256 << 20)):
        _, hard = resource.getrlimit(limit)
        resource.setrlimit(limit, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def build_shared(stage: int, with_reference: bool) -> None:
    """All objects of the stage that no overlay replaces. Raises BuildError."""
    make("objects" if with_reference else "given", f"STAGE={stage}", "SOLUTIONS=all" if with_reference else "SOLUTIONS=none")


def build_shared_host(stage: int, with_reference: bool) -> None:
    """The same for the host tests' program. Raises BuildError, also where there are no sanitizers."""
    make("host-objects" if with_reference else "host-given", f"STAGE={stage}", "SOLUTIONS=all" if with_reference else "SOLUTIONS=none")


def build_kernel(recipe: Recipe) -> Kernel:
    """The test kernel of a recipe. Raises BuildError."""
    out = _build("test-kernel", recipe)
    image = tree.image(out, "test", recipe.cmdline)
    kernel = image.with_suffix(".root") / "boot" / "kernel.elf"
    archive = (out / "archive.tar").read_bytes()
    return Kernel(image, out / "test.elf", hashlib.sha256(kernel.read_bytes() + archive).hexdigest(), len(archive), recipe)


def build_host_tests(recipe: Recipe) -> Path:
    """The program of a recipe's host tests. Raises BuildError."""
    return _build("host-tests", recipe) / "host-tests"


def _build(target: str, recipe: Recipe) -> Path:
    """Returns the folder in which the result is."""
    arguments = [f"STAGE={recipe.stage}", f"SOLUTIONS={recipe.solutions}", f"VARIANT={recipe.variant}",
                 f"CMDLINE={recipe.cmdline}"]
    if recipe.take:
        arguments += [f"OVERLAY={recipe.overlay}", "TAKE=" + " ".join(recipe.take)]
    make(target, *arguments, jobs=1)
    return built() / f"stage{recipe.stage}" / recipe.variant


def is_program(path: str) -> bool:
    """Is this exercise file ("<lab>/<file>") a program of ring 3, and no part of the kernel?"""
    name, _, file = path.partition("/")
    return any(lab.name == name and file in lab.programs for lab in tree.labs())


def object_of(overlay: str, path: str, for_host: bool = False) -> Path:
    """Where make puts the object of an exercise file ("<lab>/<file>") that stands below `overlay`: the kernel's or the
    program's, or the one for the host tests."""
    folder = tree.root() / "build" / "host" if for_host else built() / ("user" if is_program(path) else "obj")
    return folder / overlay / f"{path}.o"


def warnings_of(source: Path, path: str, stage: int) -> str:
    """What the compiler warns of in an exercise file ("<lab>/<file>") that compiles; it is compiled once more, elsewhere."""
    folder = "build/warnings"
    tree.write_file(tree.root() / folder / path, source.read_bytes())
    output = make(str(object_of(folder, path).relative_to(tree.root())), f"STAGE={stage}", jobs=1).replace(f"{folder}/", "labs/")
    lines = [line for line in output.splitlines() if " warning: " in line]
    more = [f"and {len(lines) - MOST_WARNINGS} more"] if len(lines) > MOST_WARNINGS else []
    return "\n".join(lines[:MOST_WARNINGS] + more)


@contextmanager
def build_lock() -> Iterator[None]:
    """One grader at a time in a tree; a second one waits."""
    folder = tree.root() / "build"
    folder.mkdir(exist_ok=True)
    with open(folder / ".lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _errors(output: str) -> str:
    """The lines of a build's output that say what is wrong, without make's own."""
    lines: List[str] = [line for line in output.splitlines() if not line.startswith("make")]
    errors = [line for line in lines if re.search("error|undefined reference|multiple definition|limit exceeded", line, re.I)]
    return "\n".join((errors or lines)[:12])
