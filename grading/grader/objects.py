"""The object check: what an exercise's object may hold, before anything is linked with it.

An exercise is a few functions behind a given header. Its object may define those and use what the exercise lists, and it
may not bring code that runs unasked, sections of its own, or instructions that talk to the hardware past the given code.
Its object for the host tests may besides hold what their sanitizers put there.
"""
from __future__ import annotations

import os
import re
import subprocess
from functools import lru_cache
from pathlib import Path
from typing import Iterator, List, Set

import tree

from .building import BuildError, built, is_program, make, object_of, sanitized
from .catalog import Exercise
from .work import Work

# What a compiler emits without being asked (GCC manual, "Standards": freestanding).
COMPILER_USES = {"memcpy", "memmove", "memset", "memcmp", "__cxa_pure_virtual"}
# What the library's headers call; the kernel has them all (lib/x86/memory.cpp, debug/panic.cpp).
LIBRARY_USES = {"strlen", "memchr", "std::__throw_out_of_range_fmt(char const*, ...)"}
SANITIZER_USES = "__ubsan_handle_"  # with SAN=1; labs/lab1-boot/debug/undefined_behaviour.cpp has them
ADDRESS_SANITIZER_USES = re.compile(  # on the host, besides
    r"__asan_(report_)?(load|store)_?(n|\d+)(_noabort)?|__asan_(handle_no_return|option_detect_stack_use_after_return)"
    r"|__asan_(init|version_mismatch_check_v\d+|mem(cpy|set|move)|stack_(malloc|free)_\w+|set_shadow_\w+)"
    r"|__asan_((un)?poison_stack_memory|alloca_poison|allocas_unpoison)")

_SECTION = re.compile(r"\.(text|rodata|data|bss)(\..*)?")
CODE32 = ".text32"  # an exercise's 32-bit code: in an object of 64-bit code nothing else tells a disassembler
_HARMLESS = re.compile(r"\.(symtab|strtab|shstrtab|group|comment|note\.GNU-stack|llvm_addrsig|linker-options|debug_\w+"
                       r"|rela?\.(text(32)?|rodata|data|debug_\w+)(\..*)?)|")
_HARMLESS_ON_HOST = re.compile(r"(\.rela)?\.eh_frame|\.note\.gnu\.property")
_RUNS_UNASKED = re.compile(r"\.(text\.(startup|exit)|data\.rel\.ro\.init).*")
_PRIVILEGED = re.compile(
    r"(in|out)s?[bwl]?|rep[nz]* (in|out)s[bwl]?|cli|sti|hlt|[sl][gil]dt|ltr|str|lmsw|smsw|clts|invd|wbinvd|invlpg|invpcid"
    r"|rdmsr|wrmsr|rdpmc|rdtscp?|swapgs|syscall|sysretq?l?|sysenter|sysexitq?|iret[qdw]?|int|int3|into|lret[qwl]?"
    r"|xsetbv|monitor|mwait|vm\w+|ud2|popf[wq]?|(rd|wr)[fg]sbase|clac|stac|svc|hvc|smc")
_INCLUDES_BYTES = re.compile(r"\.\s*inc(bin|lude)\b")
MOST_FINDINGS = 6  # that are told
_STRING_VIEW = "std::basic_string_view<char, std::char_traits<char> >"
_ADVICE = (  # on what a name stands for
    (re.compile(r"strata::(console|print_arguments)"), "take debug output out before the tests; `make run` accepts it"),
    (re.compile(r"strata::panic"), "return an Error instead of a panic"),
    (re.compile(r"operator (new|delete)"), "there is no heap"),
    (re.compile(""), "do without it"),
)


def wrong_with(work: Work, stage: int, for_host: bool, exercise: Exercise) -> str:
    """Compiles the work's file of this exercise and says why it may not run; empty if it may."""
    overlay = "solutions" if exercise.lab in work.solutions else work.overlay
    source = tree.root() / overlay / exercise.path
    if not source.is_file():
        prebuilt = overlay == "solutions"
        return "" if prebuilt else f"is missing; `make reset EX={exercise.number}` brings the skeleton back"
    compiled = object_of(overlay, exercise.path, for_host)
    try:
        make(str(compiled.relative_to(tree.root())), f"STAGE={stage}", jobs=1)
        wrong = check(exercise, source, compiled, for_host)
    except BuildError as error:
        return "does not compile:\n" + str(error).replace(f"{work.overlay}/", "labs/")
    return "\n".join(["may not run, because it", *wrong] if len(wrong) > 1 else wrong)


def check(exercise: Exercise, source: Path, compiled: Path, for_host: bool = False) -> List[str]:
    """What is not allowed in this object, in words; empty when all is well."""
    found = (_sources(exercise, source, compiled) + _sections(exercise, compiled, for_host)
             + _symbols(exercise, compiled, for_host))
    if not is_program(exercise.path):  # which may try what it likes: the CPU says no
        found += _instructions(exercise, compiled, for_host)
    return found if len(found) <= MOST_FINDINGS else [*found[:MOST_FINDINGS], f"and {len(found) - MOST_FINDINGS} more"]


def _tool(for_host: bool, name: str, *arguments: str) -> str:
    return subprocess.run([name if for_host else tree.tool(name), *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          encoding="utf-8", errors="replace", check=True).stdout


def _sources(exercise: Exercise, source: Path, compiled: Path) -> List[str]:
    """What compiler and assembler read: only headers of this and earlier labs, and the compiler's own."""
    found = []
    if _INCLUDES_BYTES.search(source.read_text(encoding="utf-8", errors="replace")):
        found.append("includes a file through the assembler (.incbin or .include)")
    allowed = tuple(f"labs/{lab.name}/" for lab in tree.labs() if lab.number <= exercise.lab)
    assembled = [name for name in _inputs(compiled.with_suffix(".as.d")) if name != source.name]  # as in `.file "x.cpp"`
    for name in _inputs(compiled.with_suffix(".d")) + assembled:
        path = Path(os.path.normpath(tree.root() / name))
        inside = tree.root() in path.parents
        if inside:
            name = path.relative_to(tree.root()).as_posix()
            fine = path == Path(os.path.normpath(source)) or (name.startswith(allowed) and name.endswith((".hpp", ".h", ".def")))
        else:
            fine = "include" in path.parts or name.endswith(".s")  # what the compiler hands to the assembler
        if not fine and f"includes {name}" not in found:
            found.append(f"includes {name}: only headers of labs 1 to {exercise.lab} may be included")
    return found


def _inputs(rules: Path) -> List[str]:
    """The files in the first rule of a list that compiler or assembler wrote; clang's assembler writes none."""
    if not rules.is_file():
        return []
    text = rules.read_text(encoding="utf-8", errors="replace").replace("\\\n", " ").split("\n", 1)[0]
    return [name.replace("\\ ", " ") for name in re.split(r"(?<!\\)\s+", text.partition(": ")[2]) if name]


def _sections(exercise: Exercise, compiled: Path, for_host: bool) -> List[str]:
    found = []
    for line in _tool(for_host, "readelf", "--sections", "--wide", str(compiled)).splitlines():
        match = re.match(r"\s*\[\s*\d+\]\s(\S*)\s", line)
        if not match or _HARMLESS.fullmatch(match.group(1)) or exercise.rules.code32 and match.group(1) == CODE32 or (
                for_host and _HARMLESS_ON_HOST.fullmatch(match.group(1))):
            continue
        runs_unasked = _RUNS_UNASKED.fullmatch(match.group(1)) and not is_program(exercise.path)  # GCC puts main there
        if not _SECTION.fullmatch(match.group(1)) or runs_unasked:
            advice = "; make the object constinit, nobody runs constructors" if "init_array" in match.group(1) else ""
            found.append(f"brings the section {match.group(1)}: an exercise has only code and plain data{advice}")
    return found


def _symbols(exercise: Exercise, compiled: Path, for_host: bool) -> List[str]:
    found = []
    mangled = _tool(for_host, "nm", str(compiled)).splitlines()
    plain = _tool(for_host, "nm", "--demangle", str(compiled)).splitlines()
    used = set(exercise.rules.uses) | COMPILER_USES | LIBRARY_USES
    given = _given_names()
    defined = set()
    for line, raw in zip(plain, mangled):
        match = re.match(r"(?:[0-9a-f]+)?\s*([A-Za-z]) (.*)", line)
        if not match:
            found.append("has a symbol whose name is no name")
            continue
        kind, name = match.group(1), match.group(2)
        shown = name.replace(_STRING_VIEW, "std::string_view")
        if kind == "U" and name not in used and not _is_sanitizers(name, for_host):
            advice = next(text for pattern, text in _ADVICE if pattern.match(name))
            found.append(f"uses {shown}, which is not among this exercise's tools: {advice}")
        elif kind in "TDBRGSCA" and name not in exercise.rules.defines:
            in_assembly = exercise.path.endswith(".S")
            advice = "remove its .globl" if in_assembly else "make it static or put it into an unnamed namespace"
            found.append(f"defines {shown}, which its header does not declare: {advice}")
        elif kind in "wvi":
            found.append(f"has the weak or indirect symbol {name}: declare it without attributes")
        elif kind in "WVu" and (name in given or not raw.split()[-1].startswith("_Z")):
            found.append(f"defines {shown}, which is not an inline function of a header: give it another name")
        if kind in "TW":
            defined.add(name)
    for name in exercise.rules.defines:
        if name not in defined:
            found.append(f"does not define {name}: name, parameters and namespace must be those of the header")
    return found


def _is_sanitizers(name: str, for_host: bool) -> bool:
    """Is it a function that a sanitizer's checks call?"""
    undefined = (for_host or sanitized()) and name.startswith(SANITIZER_USES)
    return undefined or (for_host and ADDRESS_SANITIZER_USES.fullmatch(name) is not None)


@lru_cache(maxsize=None)
def _given_names() -> Set[str]:
    """What the given code and the tests define; an inline function is defined weakly, wherever it is used, and not meant."""
    compiled = built() / "obj"
    objects = [compiled / "labs" / lab.name / f"{file}.o" for lab in tree.labs() for file in lab.sources
               if file not in lab.exercises]
    there = [str(path) for path in [*objects, *compiled.glob("grading/**/*_test.cpp.o")] if path.is_file()]
    lines = _tool(False, "nm", "--demangle", "--defined-only", "--extern-only", *there).splitlines() if there else []
    return {line.split(" ", 2)[2] for line in lines if re.match("[0-9a-f]+ [TDBR] ", line)}


def _disassembly(exercise: Exercise, compiled: Path, for_host: bool) -> Iterator[str]:
    """Each section as what it runs as."""
    for mode in ("x86-64", "i386") if exercise.rules.code32 else ("",):
        shown = not mode
        options = [f"--disassembler-options={mode}"] if mode else []  # a host's objects may be another machine's
        for line in _tool(for_host, "objdump", "--disassemble", "--no-show-raw-insn", *options, str(compiled)).splitlines():
            match = re.fullmatch(r"Disassembly of section (.*):", line)
            if match and mode:
                shown = (match.group(1) == CODE32) == (mode == "i386")
            elif shown:
                yield line


def _instructions(exercise: Exercise, compiled: Path, for_host: bool) -> List[str]:
    found = set()
    for line in _disassembly(exercise, compiled, for_host):
        match = re.match(r"\s*[0-9a-f]+:\s+((?:rep[nz]* |lock |data16 )*\S+)(.*)", line)
        if not match:
            continue
        name = match.group(1)
        to_system = name.startswith("mov") and re.search(r"%[cd]r\d", match.group(2))
        if (_PRIVILEGED.fullmatch(name) or to_system) and name not in exercise.rules.instructions and name != "ud2":
            found.add(f"has the instruction `{name}{match.group(2).split('#')[0].rstrip()}`, "
                      "which talks to the hardware past the given code: call what the given headers have for it")
    return sorted(found)
