"""Kernels that several tests use, built once a session; and the line with the result that CI reads."""
from __future__ import annotations

import shutil
import subprocess
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Callable, Dict, Iterator, List

import pytest

from gdb_session import Gdb
from gdb_variants import DEBUG
from support import ROOT, SEED, replayable
from test_build import copy_tree

import tree
from grader import boots, building
from grader.catalog import Catalog, read_catalog

KERNELS = ROOT / "build" / "tests" / "kernels"
TRANSCRIPTS = ROOT / "build" / "tests" / "transcripts"
RULES = "grading/tests/kernels/kernels.mk"


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return read_catalog(tree.lab(1))


@pytest.fixture(scope="session")
def reference() -> building.Kernel:
    """The reference kernel of lab 1, with its tests."""
    with building.build_lock():
        building.build_shared(1, True)
        return building.build_kernel(building.Recipe(1, "reference", "all"))


@pytest.fixture(scope="session")
def recording(reference: building.Kernel, catalog: Catalog) -> boots.Boot:
    """A good run of all tests."""
    tests = [test.id for test in replayable(catalog)]
    done = boots.boot(reference, catalog, tests, SEED)
    assert done.report.complete
    return done


@pytest.fixture(scope="session")
def rogue(reference: building.Kernel) -> Callable[[str], building.Kernel]:
    """A kernel of kernels/lab1/ by name."""
    with building.build_lock():
        building.make("-f", RULES, "rogues")
    return _kernel_by_name


@pytest.fixture(scope="session")
def replay(reference: building.Kernel, recording: boots.Boot) -> Callable[[str], building.Kernel]:
    """A kernel that plays the transcript of this name."""
    from transcripts import all_transcripts

    known: Dict[Path, bytes] = {}
    for name, (com1, com2) in all_transcripts(recording).items():
        known[TRANSCRIPTS / f"{name}.com1"], known[TRANSCRIPTS / f"{name}.com2"] = com1, com2
    for path in TRANSCRIPTS.glob("*.com?"):
        if path not in known:
            path.unlink()
    for path, data in known.items():
        if not path.exists() or path.read_bytes() != data:
            tree.write_file(path, data)
    with building.build_lock():
        building.make("-f", RULES, "replays")
    return _kernel_by_name


def _kernel_by_name(name: str) -> building.Kernel:
    archive = KERNELS / "archive.tar"
    return building.Kernel(KERNELS / f"{name}.iso", KERNELS / f"{name}.elf", name, archive.stat().st_size)


@pytest.fixture(scope="module")
def kernels() -> Path:
    """The folder of lab 1's reference kernel, as `make gdb STAGE=1` builds it."""
    building.make("kernel", "SOLUTIONS=all", "STAGE=1")
    return ROOT / "build/stage1/ref"


@pytest.fixture
def gdb(kernels: Path) -> Iterator[Gdb]:
    """A session at that kernel's first instruction."""
    with Gdb(str(DEBUG), str(kernels)) as session:
        yield session


@pytest.fixture(scope="session", autouse=True)
def proofs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dict[tree.Lab, Future[str]]]:
    """What proving the labs prints, for the tests that ask. It takes longest of all and keeps a tree's build folder to itself,
    so it begins before the first test, in a copy of the tree; those who ask come last."""
    labs = [item.callspec.params["lab"] for item in request.session.items if item.get_closest_marker("proof")]
    if not labs:
        yield {}
        return
    folder = copy_tree(tmp_path_factory.mktemp("proofs"))
    running: List[subprocess.Popen[str]] = []
    pool = ThreadPoolExecutor(1)
    yield {lab: pool.submit(_prove, folder, lab, running) for lab in labs}
    pool.shutdown(wait=False, cancel_futures=True)
    for process in running:
        process.terminate()
        process.wait()
    shutil.rmtree(folder, ignore_errors=True)   # gigabytes of kernels


def _prove(folder: Path, lab: tree.Lab, running: List[subprocess.Popen[str]]) -> str:
    prove = [str(folder / "grading/mutants/prove"), "all", "--sample", "--lab", str(lab.number)]
    process = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", *prove], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    running.append(process)
    output, _ = process.communicate()
    assert process.returncode == 0, output
    return output


def pytest_collection_modifyitems(items: List[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("proof") is not None)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """The last line of the output, which also goes to build/test-summary: `N passed, N failed`."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if not reporter or config.option.collectonly:
        return
    passed, failed, errors = (len(reporter.stats.get(kind, [])) for kind in ("passed", "failed", "error"))
    line = f"{passed} passed, {failed + errors} failed"
    tree.write_file(ROOT / "build" / "test-summary", f"{line}\n".encode())
    reporter.write_line(line)
