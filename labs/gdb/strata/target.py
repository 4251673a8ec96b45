"""Looking at the stopped machine: registers, memory, QEMU's monitor, names for addresses."""
from __future__ import annotations

import re
from typing import Dict, Iterable, List, NamedTuple, Optional

import gdb

QUIET = {"to_string": True}
PAGING_ON = 1 << 31  # CR0.PG
PHYSICAL = "maintenance packet Qqemu.PhyMemMode:%d"


class Place(NamedTuple):
    """Where a function begins. At `entry` its arguments are in their registers, at `body` GDB knows them by name."""

    entry: int
    body: int

    def prologue(self) -> int:
        """Instructions from entry to body."""
        if self.entry == self.body:
            return 0
        return len(gdb.newest_frame().architecture().disassemble(self.entry, self.body - 1))


class Table(NamedTuple):
    """What GDTR, IDTR or TR points at; the limit is the offset of the last byte."""

    base: int
    limit: int
    selector: int = 0

    @property
    def size(self) -> int:
        return self.limit + 1


def monitor(line: str) -> str:
    """What QEMU's monitor says to a command."""
    return gdb.execute(f"monitor {line}", **QUIET)


def register(name: str) -> int:
    """Of the machine, whichever frame is selected."""
    value = gdb.newest_frame().read_register(name)
    if value.type.code == gdb.TYPE_CODE_FLAGS:  # cannot be cast
        return int(value.format_string(format="x"), 16)
    return int(value.cast(gdb.lookup_type("unsigned long")))


def is_paging_on() -> bool:
    return bool(register("cr0") & PAGING_ON)


def require_paging() -> None:
    """Before it is on, the kernel's addresses lead nowhere. Throws gdb.GdbError."""
    if not is_paging_on():
        raise gdb.GdbError("paging is off: the kernel's memory cannot be looked at yet; `break kernel_main` and `continue` go on")


def number(expression: str) -> int:
    """The value of what the user typed: an address, a function, an expression. Throws gdb.error."""
    value = gdb.parse_and_eval(expression)
    kind = value.type.strip_typedefs()
    if kind.code in (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF):
        value, kind = value.referenced_value(), kind.target()
    if kind.code == gdb.TYPE_CODE_STRUCT and kind.has_key("value"):  # Pa, Va
        value = value["value"]
    elif kind.code in (gdb.TYPE_CODE_FUNC, gdb.TYPE_CODE_ARRAY, gdb.TYPE_CODE_STRUCT):
        value = value.address
    return int(value.cast(gdb.lookup_type("unsigned long")))


def memory(address: int, size: int) -> bytes:
    """Through the current page tables. Throws gdb.GdbError."""
    try:
        return gdb.selected_inferior().read_memory(address, size).tobytes()
    except gdb.MemoryError:
        raise gdb.GdbError(f"nothing can be read at {address:#x}: `strata walk {address:#x}` says why") from None


def physical_memory(address: int, size: int) -> bytes:
    """Throws gdb.GdbError."""
    gdb.execute(PHYSICAL % 1, **QUIET)
    try:
        return gdb.selected_inferior().read_memory(address, size).tobytes()
    except gdb.MemoryError:
        raise gdb.GdbError(f"this machine has no memory at physical address {address:#x}") from None
    finally:
        gdb.execute(PHYSICAL % 0, **QUIET)


def word(address: int) -> int:
    return int.from_bytes(memory(address, 8), "little")


def physical_word(address: int) -> int:
    return int.from_bytes(physical_memory(address, 8), "little")


def text(address: int, size: int) -> str:
    """Characters in memory, as of a string_view."""
    return memory(address, size).decode("ascii", "replace") if size else ""


def tables() -> Dict[str, Table]:
    """GDT, IDT, TR and LDT by name."""
    found = {}
    shown = monitor("info registers")
    for name, base, limit in re.findall(r"^([GI]DT)= +([0-9a-f]+) ([0-9a-f]+)", shown, re.M):
        found[name] = Table(int(base, 16), int(limit, 16))
    for name, selector, base, limit in re.findall(r"^(TR|LDT) *=([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+)", shown, re.M):
        found[name] = Table(int(base, 16), int(limit, 16), int(selector, 16))
    return found


def address_of(symbol: str) -> int:
    """Of an assembler label or a C++ variable. Throws gdb.error."""
    return int(gdb.parse_and_eval(f"(unsigned long)&::{symbol}"))


def variable(name: str, file: str) -> Optional[gdb.Value]:
    """One that only `file` sees, wherever we stand; None: this kernel has no such file."""
    found = gdb.lookup_static_symbols(f"strata::(anonymous namespace)::{name}")
    return next((symbol.value() for symbol in found if symbol.symtab.filename.endswith(file)), None)


def labels(names: Iterable[str]) -> Dict[str, int]:
    """Addresses of the linker's names, wherever we stand."""
    def address(label: str) -> int:  # C++ may know it as strata::kernel_end, which is not in the file
        shown = gdb.execute(f"with language c++ -- output/x (unsigned long)&::{label}", **QUIET)
        return int(re.match("0x[0-9a-f]+", shown)[0], 16)  # in assembler code a warning follows

    return {label: address(label) for label in names}


def elements(vector: gdb.Value) -> List[gdb.Value]:
    """Of a FixedVector; its size may be wrong."""
    inside = vector["elements_"]
    return [inside[i] for i in range(min(int(vector["size_"]), inside.type.range()[1] + 1))]


def enumerator_name(enumerator: gdb.Value) -> str:
    """Without its scopes."""
    return str(enumerator).rpartition("::")[2]


def take_code_from_file(yes: bool) -> None:
    """Before paging is on, the kernel's addresses lead nowhere. GDB then has to take code and constants from the file, or
    it sets breakpoints before a function's arguments can be read. Later on only memory tells the truth."""
    gdb.execute(f"set trust-readonly-sections {'on' if yes else 'off'}", **QUIET)


def watch_paging() -> None:
    """Keeps take_code_from_file() as each stop needs it."""
    take_code_from_file(True)
    gdb.events.stop.connect(lambda _: take_code_from_file(not is_paging_on()))


def places_of(function: str) -> List[Place]:
    """Of a function's overloads; none if the kernel has no such function."""
    try:
        _, found = gdb.decode_line(function)
    except gdb.error:
        return []
    return [place_at(start_of(place.pc) or place.pc) for place in found or ()]


def place_at(entry: int) -> Place:
    """Of the function that begins there. Where its prologue ends, a breakpoint knows."""
    name = gdb.execute(f"info symbol {entry:#x}", **QUIET).partition(" in section")[0].strip()
    try:
        point = gdb.Breakpoint(f"'{name}'", internal=True)
    except gdb.error:
        return Place(entry, entry)
    found = [location.address for location in getattr(point, "locations", ())]  # GDB 12 does not tell
    point.delete()
    return Place(entry, next((address for address in found if start_of(address) == entry), entry))


def start_of(pc: int) -> Optional[int]:
    """First instruction of the C++ function around `pc`."""
    block = gdb.block_for_pc(pc)
    while block and not block.function:
        block = block.superblock
    return block.start if block else None


def symbol(address: int) -> str:
    """`function + 12`, or nothing."""
    shown = gdb.execute(f"info symbol {address:#x}", **QUIET)
    if shown.startswith("No symbol"):
        return ""
    return re.sub(r"\([^()]*(\([^()]*\))?[^()]*\)( const)?(?= \+ \d+$|$)", "", shown.partition(" in section")[0].strip())


def place(address: int) -> str:
    """`0xffffffff80101eb1 <function() + 12> (file:line)` with what is known."""
    shown = f"{address:#x}"
    name = symbol(address)
    if name:
        shown += f" <{name}>"
    line = source_line(address)
    return f"{shown} ({line})" if line else shown


def source_line(address: int) -> Optional[str]:
    found = gdb.find_pc_line(address)
    return f"{found.symtab.filename}:{found.line}" if found.symtab and found.line else None


def own_line(frame: gdb.Frame) -> Optional[str]:
    """`file:line` near the call, in the function's own file, where GDB shows a line of a library that was inlined there."""
    function, shown = frame.function(), frame.find_sal().symtab
    if not function or not shown or shown.filename == function.symtab.filename:
        return None
    block = gdb.block_for_pc(frame.pc())
    while block.superblock and block.function != function:
        block = block.superblock
    before = [entry for entry in function.symtab.linetable() if entry.line and block.start <= entry.pc < frame.pc()]
    last = max(before, key=lambda entry: entry.pc, default=None)
    return last and f"{function.symtab.filename}:{last.line}"
