"""What there is to grade: exercises, tests, points, needs and waivers, read from grading/labN/ and grading/hidden/labN/.

The files are data (lab.ini, needs, expect.py); this module only reads them and refuses what does not fit together.
"""
from __future__ import annotations

import configparser
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Dict, List, Mapping, Optional, Tuple

import tree

from .judging import Expectation, load

ISOLATED, WHOLE, HOST = MODES = "isolated", "whole", "host"
WITNESS_POINT = "witness_point"  # what tests call to be looked at; any other function is waited for before the first test


class CatalogError(Exception):
    """The data files are wrong; the text says which and how."""


@dataclass(frozen=True)
class Rules:
    """What an exercise's object may hold; names as `nm --demangle` prints them."""

    defines: Tuple[str, ...]
    uses: Tuple[str, ...]
    instructions: Tuple[str, ...]  # privileged or port instructions, by mnemonic
    code32: bool = False  # 32-bit code is allowed, in the section .text32


@dataclass(frozen=True)
class Exercise:
    """One exercise, with its rules. `path` is "<lab>/<file>"; `page` has the anchor of the handout."""

    number: str
    lab: int
    title: str
    path: str
    functions: str
    page: str
    rules: Rules
    challenge: bool = False  # its points are counted apart, and nobody has to do it

    @property
    def label(self) -> str:
        """For people: what it is."""
        return f"{'challenge' if self.challenge else 'exercise'} {self.number}"

    @property
    def where(self) -> str:
        """For people: the student's file and its functions."""
        return f"labs/{self.path}: {self.functions}"


@dataclass(frozen=True)
class Test:
    """One test. `needs` are the exercises that it is lost without; `seeds` > 1 runs it so often, and the worst counts.
    A host test has no body of its own: it runs `bodies`, of other tests or of no test else, each with its expectation.
    `may_die`: the last of them runs in a program of its own, and may end that as well."""

    id: str
    exercise: Exercise
    points: int
    mode: str
    summary: str
    needs: Tuple[str, ...]
    seeds: int
    expectation: Optional[Expectation]
    witness: str = ""  # the host looks at the machine when it first comes to this function in the test; see WITNESS_POINT
    cmdline: str = ""  # the kernel's; such tests have boots and an image of their own
    waiver: Optional[str] = None
    bodies: Tuple[Tuple[str, Expectation], ...] = ()
    may_die: bool = False


@dataclass(frozen=True)
class Catalog:
    """One lab as the grader sees it. Guest memory: memory_mib + 0 .. memory_steps - 1. Number of CPUs: one of cpus."""

    lab: tree.Lab
    exercises: Dict[str, Exercise]
    tests: Dict[str, Test]
    memory_mib: int
    memory_steps: int
    cpus: Tuple[int, ...]
    cpu_seconds: float
    pure: Tuple[Exercise, ...] = ()  # those that have a host test
    waivers: List[str] = field(default_factory=list)

    @property
    def kernel_tests(self) -> List[Test]:
        """All but those that run on the host."""
        return [test for test in self.tests.values() if test.mode != HOST]

    @property
    def max_points(self) -> int:
        """Without challenges."""
        return sum(test.points for test in self.tests.values() if not test.exercise.challenge)


def read_catalog(lab: tree.Lab) -> Catalog:
    """The lab's data, hidden tests included. Raises CatalogError or tree.TreeError."""
    exercises: Dict[str, Exercise] = {}
    tests: Dict[str, Test] = {}
    own = tree.root() / "grading" / f"lab{lab.number}"
    waivers = _read_waivers(tree.root() / "grading" / "waivers")
    used: List[str] = []
    main = _ini(own / "lab.ini")
    for folder in (own, tree.root() / "grading" / "hidden" / f"lab{lab.number}"):
        if not (folder / "lab.ini").is_file():
            continue
        parser = _ini(folder / "lab.ini")
        needs = _read_needs(folder / "needs")
        expectations = _expectations(folder, lab)
        for name in parser.sections():
            if name.startswith("exercise "):
                exercise = _exercise(lab, name.split()[1], parser[name])
                exercises[exercise.number] = exercise
        for name in parser.sections():
            if name.startswith("test "):
                test = _test(lab, name.split()[1], parser[name], exercises, needs, expectations, folder)
                if test.id in tests:
                    raise CatalogError(f"{folder}/lab.ini: there is already a test {test.id}")
                tests[test.id] = _waive(test, waivers, used)
        bodies = {body for test in tests.values() for body, _ in test.bodies}
        for name in [*(set(expectations) - bodies), *(f"lab{lab.number}.{name}" for name in needs)]:
            if name not in tests:
                raise CatalogError(f"{folder}: expect.py or needs speaks of {name}, but lab.ini has no such test")
    for name in waivers:
        if name.split(".")[0] == f"lab{lab.number}" and name not in tests:
            raise CatalogError(f"grading/waivers: there is no test {name}")
    general, where = main["lab"] if main.has_section("lab") else {}, f"{own}/lab.ini [lab]"
    return Catalog(lab, exercises, _without_dropped(tests),
                   _number(general, "memory_mib", where, 256), _number(general, "memory_steps", where, 1),
                   _numbers(general, "cpus", where, "1"),
                   float(_number(general, "cpu_seconds", where, 4)),
                   tuple(exercise for exercise in exercises.values()
                         if any(test.exercise is exercise and test.mode == HOST for test in tests.values())), used)


def _without_dropped(tests: Dict[str, Test]) -> Dict[str, Test]:
    """Nor do host tests run what is dropped."""
    dropped = {key for key, test in tests.items() if test.points < 0}
    return {key: replace(test, bodies=tuple(body for body in test.bodies if body[0] not in dropped))
            for key, test in tests.items() if key not in dropped}


def all_catalogs() -> List[Catalog]:
    return [read_catalog(lab) for lab in tree.labs()]


def _ini(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(path.read_text(encoding="utf-8"), str(path))
    except (OSError, configparser.Error) as error:
        raise CatalogError(f"{path}: {error}") from None
    return parser


def _text(section: Mapping[str, str], key: str, where: str) -> str:
    if not section.get(key):
        raise CatalogError(f"{where}: {key} = ... is missing")
    return section[key]


def _number(section: Mapping[str, str], key: str, where: str, default: Optional[int] = None) -> int:
    text = section.get(key) or str("" if default is None else default)
    if not (text.isascii() and text.isdigit()):
        raise CatalogError(f"{where}: {key} = {text or '...'}: a whole number is needed, 0 or more")
    return int(text)


def _numbers(section: Mapping[str, str], key: str, where: str, default: str) -> Tuple[int, ...]:
    return tuple(_number({key: word}, key, where) for word in section.get(key, default).split())


def _flag(section: configparser.SectionProxy, key: str, where: str) -> bool:
    if section.get(key, "no") not in ("yes", "no"):
        raise CatalogError(f"{where}: {key} is yes or no, not {section[key]}")
    return section.get(key) == "yes"


def _expectations(folder: Path, lab: tree.Lab) -> Dict[str, Expectation]:
    """Of expect.py and of expect_*.py beside it."""
    found: Dict[str, Expectation] = {}
    for path in sorted(folder.glob("expect*.py")):
        try:
            found.update(load(path, lab.number))
        except Exception as error:  # it is somebody's program: anything may be wrong
            raise CatalogError(f"{path}: {type(error).__name__}: {error}") from error
    return found


def _lines(text: str) -> Tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _exercise(lab: tree.Lab, number: str, section: configparser.SectionProxy) -> Exercise:
    where = f"lab{lab.number}/lab.ini [exercise {number}]"
    if section.get("file") not in lab.exercises:
        raise CatalogError(f"{where}: its file {section.get('file')} is not an EXERCISE of {lab.name}/lab.mk")
    rules = Rules(_lines(section.get("defines", "")), _lines(section.get("uses", "")),
                  tuple(section.get("instructions", "").split()), _flag(section, "code32", where))
    return Exercise(number, lab.number, _text(section, "title", where), f"{lab.name}/{section['file']}",
                    _text(section, "functions", where), _text(section, "page", where), rules,
                    _flag(section, "challenge", where))


def _test(lab: tree.Lab, name: str, section: configparser.SectionProxy, exercises: Dict[str, Exercise],
          needs: Dict[str, Tuple[str, ...]], expectations: Dict[str, Expectation], folder: Path) -> Test:
    where = f"{folder.name}/lab.ini [test {name}]"
    identity = f"lab{lab.number}.{name}"
    if section.get("exercise") not in exercises:
        raise CatalogError(f"{where}: exercise = {section.get('exercise')} does not exist")
    if name not in needs:
        raise CatalogError(f"{where}: {folder.name}/needs has no line for it")
    for number in needs[name]:
        if number.split(".")[0] == str(lab.number) and number not in exercises:
            raise CatalogError(f"{where}: {folder.name}/needs names exercise {number}, which does not exist")
    mode = section.get("mode", ISOLATED)
    if mode not in MODES:
        raise CatalogError(f"{where}: mode is isolated, whole or host, not {mode}")
    runs = [f"lab{lab.number}.{body}" for body in _text(section, "runs", where).split()] if mode == HOST else []
    for body in runs or [identity]:
        if body not in expectations:
            raise CatalogError(f"{where}: expect.py has no @expect function of the name {body.split('.')[1]}")
    return Test(identity, exercises[section["exercise"]], _number(section, "points", where), mode,
                _text(section, "summary", where), needs[name], _number(section, "seeds", where, 1), expectations.get(identity),
                {"yes": WITNESS_POINT}.get(section.get("witness", ""), section.get("witness", "")), section.get("cmdline", ""),
                bodies=tuple((body, expectations[body]) for body in runs), may_die=_flag(section, "may_die", where))


def _read_needs(path: Path) -> Dict[str, Tuple[str, ...]]:
    if not path.is_file():
        raise CatalogError(f"{path} is missing: it says which exercises each test needs")
    needs = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, colon, rest = line.split("#")[0].partition(":")
        if colon:
            needs[name.strip()] = tuple(rest.split())
    return needs


def _read_waivers(path: Path) -> Dict[str, Tuple[str, str]]:
    """Test id -> ("drop" or points, reason)."""
    waivers = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines() if path.is_file() else [], 1):
        words = line.split(None, 2)
        if not words or words[0].startswith("#"):
            continue
        if len(words) < 3 or not re.fullmatch(r"lab[1-9]\.\w+ (drop|[0-9]+)", f"{words[0]} {words[1]}"):
            raise CatalogError(f"{path}:{number}: expected `<test id> drop|<points> <reason>`, such as "
                               "`lab1.format_hex drop the seed 7 breaks it`")
        waivers[words[0]] = (words[1], words[2])
    return waivers


def _waive(test: Test, waivers: Dict[str, Tuple[str, str]], used: List[str]) -> Test:
    """The test with its waiver applied; a dropped one has -1 points and is left out by the caller."""
    if test.id not in waivers:
        return test
    weight, reason = waivers[test.id]
    used.append(f"{test.id}: {'dropped' if weight == 'drop' else f'{weight} points'} ({reason})")
    return replace(test, points=-1 if weight == "drop" else int(weight), waiver=reason)
