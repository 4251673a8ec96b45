"""The build: compilers, warnings, incremental and parallel makes, layers. In a copy of the tree whose path has a space."""
from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "labs" / "make")]

import tree as tree_module  # noqa: E402


def copy_tree(target: Path) -> Path:
    """The files that git tracks or would track, as a clean checkout."""
    names = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=TOP, check=True,
                           stdout=subprocess.PIPE).stdout.decode().split("\0")
    for name in filter(None, names):
        if (TOP / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(TOP / name, target / name)
    return target


def make(tree: Path, *arguments: str, environment=None, fails: bool = False) -> str:
    """Output of make; asserts that it succeeds, or that it fails when `fails`."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(["make", *arguments], cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env={**clean, **(environment or {})}, stdin=subprocess.DEVNULL, check=False)
    assert (done.returncode != 0) == fails, done.stdout
    return done.stdout


BUILT = f"build/stage{tree_module.labs()[-1].number}"  # where the kernel of all labs stands


def compiled(output: str) -> set:
    """The sources that a make compiled."""
    return set(re.findall(r"^  (?:c\+\+|as|user) +(\S+)", output, re.MULTILINE))


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Path:
    tree = copy_tree(tmp_path_factory.mktemp("with space") / "strata tree")
    make(tree, "-j4", "kernel", "SOLUTIONS=all")
    return tree


def test_goals_that_do_not_exist(checkout):
    assert "there is no `make frobnicate`; `make help` lists what there is" in make(checkout, "frobnicate", fails=True)
    assert "No rule to make target 'labs/lab1-boot/none.o'" in make(checkout, "labs/lab1-boot/none.o", fails=True)


def test_second_make_compiles_nothing(checkout):
    output = make(checkout, "kernel", "SOLUTIONS=all")
    assert not compiled(output) and "link" not in output


@pytest.mark.slow
def test_parallel_build_gives_the_same_kernel(checkout):
    image = checkout / f"{BUILT}/ref/kernel.elf"
    first = image.read_bytes()
    make(checkout, "clean")
    make(checkout, "-j1", "kernel", "SOLUTIONS=all")
    assert image.read_bytes() == first


def test_changed_header_recompiles_its_users_only(checkout):
    header = checkout / "labs/lab1-boot/console/uart16550.hpp"
    header.write_text(header.read_text() + "\n")
    assert compiled(make(checkout, "kernel", "SOLUTIONS=all")) == {
        "labs/lab1-boot/console/x86/console.cpp", "labs/lab3-syscalls/object/x86/console_input.cpp",
        "solutions/lab1-boot/console/uart16550.cpp"}


@pytest.mark.slow
def test_changed_flags_recompile_everything(checkout):
    sources = compiled(make(checkout, "-j4", "kernel", "SOLUTIONS=all", "OPT=-Og"))
    assert len(sources) > 20
    assert compiled(make(checkout, "-j4", "kernel", "SOLUTIONS=all")) == sources


def test_switched_solutions_need_no_recompilation(checkout):
    exercises = {f"labs/{lab.name}/{name}" for lab in tree_module.labs() for name in lab.exercises}
    assert compiled(make(checkout, "-j4", "kernel", "SOLUTIONS=none")) == exercises
    for solutions in ("all", "none", "1"):
        assert not compiled(make(checkout, "kernel", f"SOLUTIONS={solutions}"))
    reference, own = (checkout / f"{BUILT}/{name}/kernel.elf" for name in ("ref", "own"))
    assert reference.read_bytes() != own.read_bytes()


def test_changed_exercise_changes_only_its_kernel(checkout):
    source = checkout / "labs/lab1-boot/lib/format.cpp"
    source.write_text(source.read_text() + "\n")
    assert compiled(make(checkout, "kernel", "SOLUTIONS=none")) == {"labs/lab1-boot/lib/format.cpp"}
    assert not compiled(make(checkout, "kernel", "SOLUTIONS=all"))


def test_each_command_line_has_its_own_image(checkout):
    out = checkout / f"{BUILT}/ref"
    default = (out / "kernel.iso").stat().st_mtime_ns
    for words, name in (("entry=mine", "kernel-entry+mine"), ("entry/mine", "kernel-entry@mine"), ("a b", "kernel-a,b")):
        assert not compiled(make(checkout, "kernel", "SOLUTIONS=all", f"CMDLINE={words}"))
        assert (out / f"{name}.root/boot/grub/grub.cfg").read_text().startswith(f'set cmdline="{words}"\n')
        assert tree_module.image(out, "kernel", words) == out / f"{name}.iso" and (out / f"{name}.iso").is_file()
    assert "iso" not in make(checkout, "kernel", "SOLUTIONS=all", "CMDLINE=a b")
    assert (out / "kernel.iso").stat().st_mtime_ns == default
    for wrong in ("a;b", "$$x", "a'b", 'a"b', "a`b"):
        assert "letters, digits and" in make(checkout, "kernel", f"CMDLINE={wrong}", fails=True)


def test_overlay_takes_only_the_named_files(checkout):
    output = make(checkout, "--dry-run", "test-kernel", "SOLUTIONS=none", "OVERLAY=solutions", "TAKE=lab1-boot/lib/format.cpp",
                  "VARIANT=mixed")
    line = next(line for line in output.splitlines() if f"-o {BUILT}/mixed/test.elf.first" in line)
    assert "build/obj/solutions/lab1-boot/lib/format.cpp.o" in line
    assert "build/obj/labs/lab1-boot/console/uart16550.cpp.o" in line


def test_compile_commands_are_json_and_name_every_source(checkout):
    entries = json.loads((checkout / "compile_commands.json").read_text())
    files = {entry["file"] for entry in entries}
    assert "labs/lab1-boot/stage.cpp" in files and "labs/lab1-boot/lib/format.cpp" in files
    assert all("-Ilabs/lab1-boot" in entry["command"] for entry in entries)


def test_wrong_choices_say_what_is_right(checkout):
    assert "the labs are 1" in make(checkout, "STAGE=9", fails=True)
    assert "give lab numbers" in make(checkout, "SOLUTIONS=7", fails=True)


def test_a_constructor_does_not_link(checkout):
    source = checkout / "labs/lab1-boot/lib/format.cpp"
    text = source.read_text()
    source.write_text(text + "struct S { S(); int x; };\nS::S() : x(1) { asm volatile(\"\"); }\nS s;\n")
    assert "make it constinit" in make(checkout, "kernel", "SOLUTIONS=none", fails=True)
    source.write_text(text)


def test_symbol_table_names_the_linked_functions(checkout):
    elf = checkout / f"{BUILT}/ref/kernel.elf"
    listed = subprocess.run(["nm", "--demangle", str(elf)], check=True, stdout=subprocess.PIPE, text=True).stdout
    table = (elf.parent / "kernel.symbols.s").read_text()
    functions = re.findall(r"^([0-9a-f]{16}) [tTwW] (strata::\S+)", listed, re.MULTILINE)
    assert len(functions) > 40
    for address, name in functions:
        if address.startswith("ffffffff8"):
            assert f"0x{address}" in table and name in table


def test_plain_kernel_has_nothing_of_the_sanitizer(checkout):
    assert b"__ubsan" not in (checkout / f"{BUILT}/ref/kernel.elf").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["g++", "clang++"])
@pytest.mark.parametrize("level", ["-O0", "-O2"])
def test_no_warnings(tmp_path_factory, compiler, level):
    tree = copy_tree(tmp_path_factory.mktemp("warnings"))
    for solutions in ("all", "none"):
        output = make(tree, "-j2", "kernel", "test-kernel", f"SOLUTIONS={solutions}", "WERROR=1", f"CXX={compiler}",
                      f"OPT={level}")
        assert "warning" not in output


@pytest.mark.slow
def test_every_header_compiles_alone():
    headers = [path for path in sorted(TOP.glob("labs/lab*/**/*.hpp"))]
    assert len(headers) > 20
    for header in headers:
        number = int(re.match(r"lab(\d)", header.relative_to(TOP / "labs").parts[0]).group(1))
        paths = [f"-I{folder}" for folder in sorted(TOP.glob("labs/lab*-*")) if int(folder.name[3]) <= number]
        subprocess.run(["g++", "-std=c++2b", "-ffreestanding", "-fsyntax-only", "-w",
                        *paths, "-x", "c++", str(header)], check=True)
