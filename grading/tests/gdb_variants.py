"""Submissions for the tests of `make gdb`: one exercise file of the reference, changed so that it fails in a known way."""
from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Dict, Tuple

from gdb_session import ROOT
from support import LAB, reference_files, write_folder

import tree

DEBUG, REPLAY = (ROOT / "labs/gdb" / name for name in ("debug", "replay"))
OVERLAYS = "build/tests/gdb"
FORMAT, ENTRY = "lib/format.cpp", "boot/x86/my_start32.S"
IN_FORMAT_SIGNED = "  auto bits = static_cast<uint64_t>(value);\n"

# Name -> file, text of the solution, what takes its place. format_signed meets its worst number in test format_limits only.
CHANGES: Dict[str, Tuple[str, str, str]] = {
    "no-gates": ("cpu/x86/idt.cpp", "constexpr unsigned present = 0x80;", "constexpr unsigned present = 0;"),
    "no-nxe": (ENTRY, "orl $(1 << 8 | 1 << 11), %eax", "orl $(1 << 8), %eax"),
    "no-low-map": (ENTRY, "movl $(my_middle - KERNEL_OFFSET + 3), my_root - KERNEL_OFFSET\n", "\n"),
    "endless": ("cpu/x86/idt.cpp", "stubs + number * stub_size", "stubs + (1ull << 40) + number * stub_size"),
    "wrong": (FORMAT, IN_FORMAT_SIGNED, IN_FORMAT_SIGNED + "  if (bits == 1ull << 63) --bits;\n"),
    "negative": (FORMAT, IN_FORMAT_SIGNED, IN_FORMAT_SIGNED + "  if (value < 0) --bits;\n"),
    "null": (FORMAT, IN_FORMAT_SIGNED, IN_FORMAT_SIGNED +
             "  if (bits == 1ull << 63) *reinterpret_cast<volatile int*>(bits - (1ull << 63) + 8) = 1;\n"),
    "undefined": (FORMAT, IN_FORMAT_SIGNED, IN_FORMAT_SIGNED + "  if (bits == 1ull << 63) __builtin_trap();\n"),
    "hang": (FORMAT, IN_FORMAT_SIGNED, IN_FORMAT_SIGNED + "  while (bits == 1ull << 63) asm volatile(\"\");\n"),
    "no-idt": (FORMAT, IN_FORMAT_SIGNED, IN_FORMAT_SIGNED + "  static const char none[10] = {};\n"
               "  if (bits == 1ull << 63) asm volatile(\"lidt %0; ud2\" : : \"m\"(none));\n"),
    "overflow": (FORMAT, IN_FORMAT_SIGNED, IN_FORMAT_SIGNED +
                 "  if (bits == 1ull << 63) {\n    auto deeper = format_signed(out, value, style);\n"
                 "    asm volatile(\"\" : : \"r\"(&deeper) : \"memory\");\n    return deeper;\n  }\n"),
}


def overlay(name: str) -> str:
    """The folder that holds the changed file."""
    file, old, new = CHANGES[name]
    text = (ROOT / "solutions" / LAB / file).read_text()
    assert old in text, f"{file} has changed; gdb_variants.py must follow"
    path = ROOT / OVERLAYS / name / LAB / file
    if not path.exists() or path.read_text() != text.replace(old, new):
        tree.write_file(path, text.replace(old, new).encode())
    return str(ROOT / OVERLAYS / name)


def wrong_solution(folder: Path, name: str) -> str:
    """A submission in `folder`: the reference with a wrong solution's patch, or unchanged where there is no name."""
    write_folder(folder, reference_files())
    if name:
        patch = ROOT / f"grading/mutants/lab1/{name}.patch"
        subprocess.run(["patch", "-s", "-p1", "-d", str(folder / "labs"), "-i", str(patch)], check=True)
    return str(folder)
