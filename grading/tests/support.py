"""What the grader's tests share: running a kernel or the command and timing it, and submissions made from the reference."""
from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Optional

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "grading"), str(ROOT / "labs" / "make")]
sys.dont_write_bytecode = True

import qemu  # noqa: E402
import tree  # noqa: E402
from grader import boots, building  # noqa: E402
from grader.catalog import Catalog, Test  # noqa: E402

SEED = 7
LAB = "lab1-boot"
SERIAL, FORMAT, MULTIBOOT = (f"labs/{LAB}/{file}" for file in ("console/uart16550.cpp", "lib/format.cpp", "boot/multiboot2.cpp"))
CHALLENGES = [f"labs/{exercise.lab.name}/{exercise.file}" for exercise in tree.exercises() if exercise.challenge]
SECONDS = 10  # that grading a rogue may take


class Stopwatch:
    """Times the block inside. `loaded`: others kept the host's cores busy, so `wall` tells little and `cpu` counts."""

    def __enter__(self) -> Stopwatch:
        self._start = self._now()
        return self

    def __exit__(self, *_: Any) -> None:
        self.wall, self.cpu, everybody = (end - start for start, end in zip(self._start, self._now()))
        self.loaded = everybody - self.cpu > self.wall / 4

    @property
    def seconds(self) -> float:
        return min(self.wall, self.cpu) if self.loaded else self.wall

    @staticmethod
    def _now() -> List[float]:
        with open("/proc/stat", encoding="ascii") as file:
            user, nice, system, _, _, irq, softirq, steal = map(int, file.readline().split()[1:9])
        busy = (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")
        return [time.monotonic(), sum(os.times()[:4]), busy]


@dataclass
class Trial:
    """What became of a kernel's tests."""

    verdicts: Dict[str, boots.Verdict]  # by the test's name without its lab
    seconds: float

    @property
    def kinds(self) -> List[str]:
        return sorted({verdict.verdict for verdict in self.verdicts.values()})

    @property
    def seen(self) -> str:
        """What was seen in the first test."""
        return next(iter(self.verdicts.values())).seen

    def names(self, kind: str) -> List[str]:
        return [name for name, verdict in self.verdicts.items() if verdict.verdict == kind]


def replayable(catalog: Catalog) -> List[Test]:
    """What a recording can show at all: no witness can be replayed, and this one's addresses are another kernel's."""
    return [test for test in with_one_image(catalog) if not test.witness and test.id != "lab1.backtrace_console"]


def with_one_image(catalog: Catalog) -> List[Test]:
    """What a kernel can run that has no image for a command line."""
    return [test for test in catalog.kernel_tests if not test.cmdline]


def try_kernel(kernel: building.Kernel, catalog: Catalog, seed: int = SEED, tests: Optional[List[Test]] = None) -> Trial:
    """Runs a kernel as the grader does. Two threads may do this at once, with different kernels."""
    before = CPU_SECONDS[kernel.iso]
    with Stopwatch() as watch:
        every = catalog.kernel_tests if kernel.recipe else with_one_image(catalog)
        verdicts = boots.run_tests(kernel, catalog, tests or every, seed)
    seconds = CPU_SECONDS[kernel.iso] - before if watch.loaded else watch.wall
    return Trial({key.split(".")[1]: verdict for key, verdict in verdicts.items()}, seconds)


CPU_SECONDS: Dict[Path, float] = defaultdict(float)  # that QEMU spent on each image
run_qemu = qemu.run


def run_and_count(config: qemu.Config, *arguments: Any) -> qemu.Outcome:
    outcome = run_qemu(config, *arguments)
    CPU_SECONDS[config.iso] += outcome.cpu_seconds
    return outcome


qemu.run = run_and_count


@dataclass
class Graded:
    """What the command said. `tests` are the rows of the JSON by the test's name without its lab."""

    status: int
    output: str
    errors: str
    seconds: float
    json: Dict[str, Any]
    tests: Dict[str, Dict[str, Any]]

    def points(self, exercise: str, mode: str = "") -> int:
        return sum(row["points"] for row in self.rows(exercise, mode))

    def most(self, exercise: str, mode: str = "") -> int:
        return sum(row["max"] for row in self.rows(exercise, mode))

    def rows(self, exercise: str, mode: str = "") -> List[Dict[str, Any]]:
        return [row for row in self.tests.values() if row["exercise"] == exercise and mode in ("", row["mode"])]


def grade(scratch: Path, *arguments: str, root: Path = ROOT, **environment: str) -> Graded:
    """Runs grading/grade; what it writes goes to `scratch`."""
    target = scratch / "grade.json"
    with Stopwatch() as watch:
        done = subprocess.run([str(root / "grading" / "grade"), "--json", str(target), *arguments], capture_output=True,
                              encoding="utf-8", check=False, stdin=subprocess.DEVNULL, env={**os.environ, **environment})
    contents = json.loads(target.read_text(encoding="utf-8")) if target.exists() else {"labs": []}
    rows = {row["id"].split(".")[1]: row for lab in contents["labs"] for row in lab["tests"]}
    return Graded(done.returncode, done.stdout, done.stderr, watch.seconds, contents, rows)


def reference_files(labs: int = 1) -> Dict[str, bytes]:
    """A submission of full marks in the first labs: "labs/<lab>/<file>" -> contents. Challenges are not begun, as in most
    submissions."""
    names = [f"labs/{lab.name}/{file}" for lab in tree.labs() if lab.number <= labs for file in lab.exercises]
    return {name: (ROOT / (name if name in CHALLENGES else name.replace("labs", "solutions", 1))).read_bytes()
            for name in names}


def write_folder(folder: Path, files: Dict[str, bytes]) -> Path:
    for name, data in files.items():
        tree.write_file(folder / name, data)
    return folder


def write_labs(folder: Path, *patches: Path) -> None:
    """The reference of all labs, with these wrong solutions of grading/mutants."""
    for lab in tree.labs():
        shutil.copytree(ROOT / "solutions" / lab.name, folder / lab.name)
    for patch in patches:
        subprocess.run(["patch", "--quiet", "--strip=1", f"--directory={folder}", f"--input={patch}"], check=True)


def write_archive(path: Path, files: Dict[str, bytes]) -> Path:
    """As `make handin` packs it: a .tar.gz with the labs below one folder."""
    with tarfile.open(path, "w:gz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(f"handin/{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path
