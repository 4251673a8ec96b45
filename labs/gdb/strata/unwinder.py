"""Backtraces across a trap or a system call: from the entry code (exercises 1.7, 3.2) to the code that it interrupted.

GDB cannot know how the student's assembly uses the stack, but the CPU's five words lie at its upper end, aligned to 16
(Intel SDM vol. 3A, 6.14.2); `syscall` leaves them to the entry code, and until these are there, the program's place is in
rcx. Invariant: nothing but registers and memory is looked at, so half-written entry code does no harm; where nothing looks
like these five words, GDB's own guess stands.
"""
from __future__ import annotations

from typing import Dict, List, Optional, Tuple

import gdb
from gdb.unwinder import Unwinder, register_unwinder

from . import target

SAVED = ("r15", "r14", "r13", "r12", "r11", "r10", "r9", "r8", "rbp", "rdi", "rsi", "rdx", "rcx", "rbx", "rax")
CPU_WORDS = ("rip", "cs", "eflags", "rsp", "ss")
BELOW_CPU = len(SAVED) + 2  # words of a complete TrapFrame below rip: registers, vector, error code
FRAME_SIZE = 8 * (BELOW_CPU + len(CPU_WORDS))
STUB_BYTES = 256 * 16
EXITS = ("sysretq", "iretq")
KERNEL = 1 << 63  # addresses from here upwards
USER_STACK = 16  # where the entry code keeps the program's rsp, from GS base on (labs/lab3-syscalls/smp/x86/asm_offsets.h)
LAST_SELECTOR, LAST_FLAG, FLAG_ALWAYS_1, FLAGS_ALWAYS_0 = 0x3F, 21, 2, 0x8028


class EntryCode:
    """Where the code of a file of assembly stands: the whole object, because its labels are the student's own."""

    def __init__(self, first: str, size: int) -> None:
        self._first, self._size = first, size
        self.range: Tuple[int, int] = (0, 0)
        self._first_call = 0

    def find(self) -> None:
        """Looks again, for another kernel."""
        try:
            first = target.address_of(self._first)
        except gdb.error:
            self.range, self._first_call = (0, 0), 0
            return
        last = first + self._size - 1
        symtab = gdb.find_pc_line(first).symtab
        if symtab:
            last = max([line.pc for line in symtab.linetable()] + [last])
        self.range = (first, last)
        self._first_call = next((line["addr"] for line in self._code() if line["asm"].startswith("call")), 0)

    def holds(self, pc: int) -> bool:
        return self.range[0] <= pc <= self.range[1]

    def exits(self) -> Dict[int, str]:
        """The instructions that lead to ring 3, by address."""
        return {line["addr"]: name for line in self._code() for name in EXITS if line["asm"].split()[0] in (name, name[:-1])}

    def on_way_in(self, pc: int) -> bool:
        """Not behind the first call of C++."""
        return self.range[0] <= pc <= self._first_call

    def _code(self) -> List[Dict]:
        return gdb.selected_inferior().architecture().disassemble(*self.range) if self.range[0] else []


entry_code = EntryCode("trap_stubs", STUB_BYTES)
call_entry = EntryCode("syscall_entry", 1)


def holds(pc: int) -> bool:
    """An address in either of them."""
    return entry_code.holds(pc) or call_entry.holds(pc)


def find_all() -> None:
    """Looks again, for another kernel."""
    for code in (entry_code, call_entry):
        code.find()


def looks_pushed(words: Tuple[int, ...], at: int) -> bool:
    """Could the CPU have pushed these five words, the lowest at `at`?"""
    _, cs, flags, _, ss = words
    return ((at + 8 * len(CPU_WORDS)) % 16 == 0 and 8 <= cs <= LAST_SELECTOR and ss <= LAST_SELECTOR
            and flags & FLAG_ALWAYS_1 != 0 and flags & FLAGS_ALWAYS_0 == 0 and flags >> (LAST_FLAG + 1) == 0)


def find_pushed(rsp: int) -> Optional[int]:
    """The address of the CPU's words, when the entry code's stack pointer is `rsp`."""
    for at in range(rsp, rsp + 8 * (BELOW_CPU + 1), 8):
        try:
            if looks_pushed(read_words(at, len(CPU_WORDS)), at):
                return at
        except gdb.GdbError:
            return None
    return None


def read_words(address: int, count: int) -> Tuple[int, ...]:
    data = target.memory(address, 8 * count)
    return tuple(int.from_bytes(data[at:at + 8], "little") for at in range(0, len(data), 8))


class FrameId:
    """What GDB tells frames apart by."""

    def __init__(self, sp: gdb.Value, pc: gdb.Value) -> None:
        self.sp, self.pc = sp, pc


class TrapUnwinder(Unwinder):
    """Registered once, for every kernel."""

    def __init__(self) -> None:
        super().__init__("strata trap entry")

    def __call__(self, pending: gdb.PendingFrame) -> Optional[gdb.UnwindInfo]:
        pc = int(pending.read_register("rip"))
        if not holds(pc):
            return None
        rsp = int(pending.read_register("rsp").cast(gdb.lookup_type("unsigned long")))
        pushed = find_pushed(rsp) if rsp >= KERNEL else None
        if pushed is not None:
            sp, values = pushed, self._pushed(rsp, pushed, call_entry.holds(pc))
        elif call_entry.holds(pc) and (rsp < KERNEL or call_entry.on_way_in(pc)):
            sp = rsp if rsp < KERNEL else target.word(int(pending.read_register("gs_base")) % (1 << 64) + USER_STACK)
            values = {"rip": int(pending.read_register("rcx")), "rsp": sp, "eflags": int(pending.read_register("r11"))}
        else:
            return None
        word_type = gdb.lookup_type("unsigned long")
        info = pending.create_unwind_info(FrameId(gdb.Value(sp).cast(word_type),
                                                  gdb.Value(entry_code.range[0]).cast(word_type)))
        for name, value in self._registers(pending, values):
            info.add_saved_register(name, value)
        return info

    @staticmethod
    def _pushed(rsp: int, pushed: int, is_call: bool) -> Dict[str, int]:
        values = dict(zip(CPU_WORDS, read_words(pushed, len(CPU_WORDS))))
        if not is_call:  # a call's is a return address indeed
            values["rip"] = caller_pc(values["rip"])
        if pushed == rsp + 8 * BELOW_CPU:  # complete
            values.update(zip(SAVED, read_words(rsp, len(SAVED))))
        return values

    @staticmethod
    def _registers(pending: gdb.PendingFrame, values: Dict[str, int]) -> List[Tuple[str, gdb.Value]]:
        found = []
        for name in (*SAVED, "rip", "rsp", "eflags"):
            kind = pending.read_register(name).type
            if name in values:  # a register's own type: GDB insists on its size
                value = gdb.Value(values[name].to_bytes(kind.sizeof, "little"), kind) if kind.sizeof == 8 else \
                    gdb.Value((values[name] & 0xFFFFFFFF).to_bytes(kind.sizeof, "little"), kind)
                found.append((name, value))
            else:
                found.append((name, pending.read_register(name)))
        return found


def caller_pc(rip: int) -> int:
    """GDB takes the interrupted address for a return address and looks for the function one byte before it. A fault at a
    function's first instruction (a `push` on a full stack) must not be shown in the function before."""
    try:
        return rip + 1 if target.start_of(rip) == rip else rip
    except (gdb.error, RuntimeError):
        return rip


def install() -> None:
    register_unwinder(None, TrapUnwinder(), replace=True)
    gdb.events.new_objfile.connect(lambda _: find_all())
