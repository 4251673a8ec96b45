"""The object check: what an exercise's object may hold, before anything is linked with it.

An exercise is a few functions behind a given header. Its object may define those and use what the exercise lists, and it
may not bring code that runs unasked, sections of its own, or instructions that talk to the hardware past the given code.
"""
from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import List

import tree

from .catalog import Exercise

# What a compiler emits without being asked (GCC manual, "Standards": freestanding).
COMPILER_USES = {"memcpy", "memmove", "memset", "memcmp", "__cxa_pure_virtual"}
# What the library's headers call; the kernel has them all (lib/x86/memory.cpp, debug/panic.cpp).
LIBRARY_USES = {"strlen", "memchr", "std::__throw_out_of_range_fmt(char const*, ...)"}

_SECTION = re.compile(r"\.(text|rodata|data|bss)(\..*)?")
_HARMLESS = re.compile(r"\.(symtab|strtab|shstrtab|group|comment|note\.GNU-stack|llvm_addrsig|debug_\w+"
                       r"|rela?\.(text|rodata|data|debug_\w+)(\..*)?)|")
_RUNS_UNASKED = re.compile(r"\.(text\.(startup|exit)|data\.rel\.ro\.init).*")
_PRIVILEGED = re.compile(
    r"(in|out)s?[bwl]?|rep[nz]* (in|out)s[bwl]?|cli|sti|hlt|[sl][gil]dt|ltr|str|lmsw|smsw|clts|invd|wbinvd|invlpg|invpcid"
    r"|rdmsr|wrmsr|rdpmc|rdtscp?|swapgs|syscall|sysretq?l?|sysenter|sysexitq?|iret[qdw]?|int|int3|into|lret[qwl]?"
    r"|xsetbv|monitor|mwait|vm\w+|ud2")
_INCLUDES_BYTES = re.compile(r"\.\s*inc(bin|lude)\b")


def check(exercise: Exercise, source: Path, compiled: Path) -> List[str]:
    """What is not allowed in this object, in words; empty when all is well."""
    return (_sources(exercise, source, compiled) + _sections(compiled) + _symbols(exercise, compiled)
            + _instructions(exercise, compiled))


def _tool(name: str, *arguments: str) -> str:
    return subprocess.run([tree.tool(name), *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                          check=True).stdout


def _sources(exercise: Exercise, source: Path, compiled: Path) -> List[str]:
    """What the compiler read: only headers of this and earlier labs, and the compiler's own."""
    found = []
    if _INCLUDES_BYTES.search(source.read_text(encoding="utf-8", errors="replace")):
        found.append(f"{source.name} includes a file through the assembler (.incbin or .include)")
    rules = compiled.with_suffix(".d").read_text(encoding="utf-8", errors="replace").replace("\\\n", " ")
    names = rules.split("\n", 1)[0].partition(": ")[2].split()
    allowed = [f"labs/{lab.name}/" for lab in tree.labs() if lab.number <= exercise.lab]
    for name in names:
        path = Path(os.path.normpath(tree.root() / name))
        if path == Path(os.path.normpath(source)) or not _inside(path, tree.root()):
            if Path(name).suffix in (".cpp", ".S", ".c") and path != Path(os.path.normpath(source)):
                found.append(f"{source.name} includes {name}: only headers of the labs may be included")
            continue
        here = path.relative_to(tree.root()).as_posix()
        if here == "build/flags":
            continue
        if not here.endswith((".hpp", ".h", ".def")) or not any(here.startswith(prefix) for prefix in allowed):
            found.append(f"{source.name} includes {here}: only headers of labs 1 to {exercise.lab} may be included")
    return found


def _inside(path: Path, folder: Path) -> bool:
    return folder in path.parents


def _sections(compiled: Path) -> List[str]:
    found = []
    for line in _tool("readelf", "--sections", "--wide", str(compiled)).splitlines():
        match = re.match(r"\s*\[\s*\d+\]\s(\S*)\s", line)
        if not match or _HARMLESS.fullmatch(match.group(1)):
            continue
        if not _SECTION.fullmatch(match.group(1)) or _RUNS_UNASKED.fullmatch(match.group(1)):
            found.append(f"brings the section {match.group(1)}: an exercise has only code and plain data")
    return found


def _symbols(exercise: Exercise, compiled: Path) -> List[str]:
    found = []
    mangled = _tool("nm", str(compiled)).splitlines()
    plain = _tool("nm", "--demangle", str(compiled)).splitlines()
    used = set(exercise.rules.uses) | COMPILER_USES | LIBRARY_USES
    defined = set()
    for line, raw in zip(plain, mangled):
        match = re.match(r"(?:[0-9a-f]+)?\s*([A-Za-z]) (.*)", line)
        kind, name = match.group(1), match.group(2)
        if kind == "U" and name not in used:
            found.append(f"uses {name}, which is not among this exercise's tools")
        elif kind in "TDBRGSC" and name not in exercise.rules.defines:
            found.append(f"defines {name}, which its header does not declare")
        elif kind in "wvi":
            found.append(f"has the weak or indirect symbol {name}")
        elif kind in "WVu" and not raw.split()[-1].startswith("_Z"):
            found.append(f"defines {name}, which no header declares")
        if kind in "TW":
            defined.add(name)
    for name in exercise.rules.defines:
        if name not in defined:
            found.append(f"does not define {name}")
    return found


def _instructions(exercise: Exercise, compiled: Path) -> List[str]:
    found = set()
    for line in _tool("objdump", "--disassemble", "--no-show-raw-insn", str(compiled)).splitlines():
        match = re.match(r"\s*[0-9a-f]+:\s+((?:rep[nz]* |lock |data16 )*\S+)(.*)", line)
        if not match:
            continue
        name = match.group(1)
        to_system = name.startswith("mov") and re.search(r"%[cd]r\d", match.group(2))
        if (_PRIVILEGED.fullmatch(name) or to_system) and name not in exercise.rules.instructions and name != "ud2":
            found.add(f"has the instruction `{name}{match.group(2).split('#')[0].rstrip()}`, "
                      "which talks to the hardware past the given code")
    return sorted(found)
