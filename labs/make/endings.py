"""How a machine ended, in words: for the person in front of `make run` and for the grader's reports."""
from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Dict, Optional

import qemu
import tree

# What comes through the debug-exit port: the kernel's values (labs/lab1-boot/cpu/x86/machine.hpp), and GRUB's (grub.cfg).
FINISHED, PANICKED, NOT_STARTED = 0x10, 0x11, 0x7F


def place(registers: Dict[str, int], elf: Optional[Path]) -> str:
    """Where a CPU is: "function (file:line)", or its address where `elf` or addr2line cannot tell."""
    if not registers:
        return "an unknown place"
    address = f"{registers['rip']:#x}"
    try:
        done = subprocess.run([tree.tool("addr2line"), "-Cfe", str(elf), address], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, encoding="utf-8", errors="replace", check=False)
    except OSError:
        return address
    lines = done.stdout.splitlines()
    if len(lines) < 2 or lines[0] == "??":
        return f"{address} (outside the kernel)" if elf else address
    file = lines[1].partition(" (discriminator")[0]
    prefix = f"{tree.root()}/"
    return f"{lines[0]} ({file[len(prefix):] if file.startswith(prefix) else file})"


def in_words(outcome: qemu.Outcome, elf: Optional[Path]) -> str:
    """One sentence without its full stop."""
    where, registers, reason = place(outcome.registers, elf), outcome.registers, outcome.reason
    if reason == "exit":
        known = {FINISHED: "finished", PANICKED: "the kernel panicked", NOT_STARTED: "GRUB could not start the kernel"}
        return known.get(outcome.value, f"the kernel ended the machine with debug-exit value {outcome.value:#x}")
    if reason == "triple-fault":
        return (f"triple fault at {where} with CR2 = {registers.get('cr2', 0):#x}: an exception could not be delivered, "
                "so the CPU reset itself")
    if reason in ("watchdog", "halted", "cpu-limit", "wall-limit") and registers.get("halted"):
        flag = "on" if registers.get("interrupts") else "off"
        return f"the CPU is halted at {where} with interrupts {flag}: it waits for an interrupt that does not come"
    words = {"watchdog": f"the deadline passed (2 s of guest time) while the CPU was busy at {where}",
             "reset": f"the kernel reset the machine at {where}",
             "shutdown": "the kernel switched the machine off",
             "flood": f"a serial port was flooded; the CPU was at {where}",
             "quit": "left",
             "failed": f"QEMU failed: {outcome.detail}"}
    return words.get(reason, f"the machine was still busy at {where} after {outcome.cpu_seconds:.1f} s of the host's CPU")
