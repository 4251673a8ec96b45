"""How a machine ended, in words: for the person in front of `make run` and for the grader's reports."""
from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Dict, List, Optional

import qemu
import tree

# What comes through the debug-exit port: the kernel's values (labs/lab1-boot/cpu/x86/machine.hpp), and GRUB's (grub.cfg).
FINISHED, PANICKED, NOT_STARTED = 0x10, 0x11, 0x7F
KERNEL_OFFSET = 0xFFFFFFFF80000000  # kernel.ld: linked minus loaded address
PAGING_ON = 1 << 31  # CR0.PG


def place(registers: Dict[str, int], elf: Optional[Path]) -> str:
    """Where a CPU is: "function (file:line)", or its address where `elf` or addr2line cannot tell."""
    if not registers:
        return "an unknown place"
    address = registers["rip"]
    try:
        lines = _lines_of([address, address + KERNEL_OFFSET], elf)
    except OSError:
        return f"{address:#x}"
    if lines[0]:
        return lines[0]
    if lines[1] and address < -KERNEL_OFFSET % (1 << 64):
        return f"{lines[1]}, at its physical address {address:#x}"
    return f"{address:#x} (outside the kernel)" if elf else f"{address:#x}"


def _lines_of(addresses: List[int], elf: Optional[Path]) -> List[str]:
    """What addr2line says; empty where it does not know."""
    done = subprocess.run([tree.tool("addr2line"), "-Cfe", str(elf), *(f"{address & (1 << 64) - 1:#x}" for address in addresses)],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8", errors="replace", check=False)
    rows = done.stdout.splitlines() + ["??"] * 2 * len(addresses)
    files = [file.partition(" (discriminator")[0].replace(f"{tree.root()}/", "", 1) for file in rows[1::2]]
    return [f"{name} ({file})" if name != "??" else "" for name, file in zip(rows[::2], files)][:len(addresses)]


def _page_fault(registers: Dict[str, int]) -> str:
    """What CR2 tells of a triple fault: it is 0 at reset, and after that only page faults change it."""
    cr2 = registers.get("cr2", 0)
    if not registers.get("cr0", 0) & PAGING_ON:
        return ", with paging off"
    return f", the latest page fault with CR2 = {cr2:#x}" if cr2 else ", no page fault so far (or one with CR2 = 0)"


def in_words(outcome: qemu.Outcome, elf: Optional[Path]) -> str:
    """One sentence without its full stop."""
    where, registers, reason = place(outcome.registers, elf), outcome.registers, outcome.reason
    if reason == "exit":
        known = {FINISHED: "finished", PANICKED: "the kernel panicked", NOT_STARTED: "GRUB could not start the kernel"}
        return known.get(outcome.value, f"the kernel ended the machine with debug-exit value {outcome.value:#x}")
    if reason == "triple-fault":
        return (f"triple fault at {where}{_page_fault(registers)}: an exception could not be delivered, "
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
