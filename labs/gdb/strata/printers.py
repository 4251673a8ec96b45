"""Pretty-printers: the kernel's vocabulary types as people think of them.

Invariant: memory that makes no sense gives a short text, never an endless one: sizes and lists are cut at MOST.
"""
from __future__ import annotations

import re
from typing import Iterator, List, Optional, Tuple, Union

import gdb

from . import target, trap, words

MOST = 100  # elements or characters
Children = Iterator[Tuple[str, Union[gdb.Value, int]]]


class ResultPrinter:
    """Result<T>: the value or the error."""

    def __init__(self, value: gdb.Value) -> None:
        self._value = value

    def to_string(self) -> str:
        error = self._value["error_"]
        if int(error) != 0:
            return f"error {str(error).rpartition('::')[2]}"
        fields = [field.name for field in self._value.type.fields()]
        return f"ok {self._value['value_'].format_string(max_elements=MOST)}" if "value_" in fields else "ok"


class AddressPrinter:
    """Pa and Va."""

    def __init__(self, value: gdb.Value) -> None:
        self._number = int(value["value"])
        self._virtual = value.type.strip_typedefs().name.endswith("Va")

    def to_string(self) -> str:
        name = target.symbol(self._number) if self._virtual else ""
        return f"{'Va' if self._virtual else 'Pa'} {self._number:#x}" + (f" <{name}>" if name else "")


class ArrayPrinter:
    """Span<T> and FixedVector<T, N>."""

    def __init__(self, value: gdb.Value) -> None:
        self._size = int(value["size_"])
        self._capacity: Optional[int] = None
        if value.type.strip_typedefs().name.startswith("strata::FixedVector"):
            elements = value["elements_"]
            self._capacity = elements.type.range()[1] + 1
            self._first = elements[0].address
        else:
            self._first = value["data_"]

    def to_string(self) -> str:
        room = f" of {self._capacity}" if self._capacity is not None else ""
        return f"{self._size}{room} elements at {int(self._first):#x}"

    def children(self) -> Children:
        for index in range(min(self._size, MOST)):
            element = (self._first + index).dereference()
            yield f"[{index}]", int(element) if element.type.sizeof == 1 and element.type.is_scalar else element

    def display_hint(self) -> str:
        return "array"


class ListPrinter:
    """List<T, &T::link>: its elements, and whether the links agree."""

    def __init__(self, value: gdb.Value) -> None:
        self._elements, self._complaint = self._walk(value)

    @staticmethod
    def _walk(value: gdb.Value) -> Tuple[List[gdb.Value], str]:
        element, last, found = value["first_"], value["last_"], []
        link = link_field(value)
        while int(element) and len(found) < MOST:
            found.append(element.dereference())
            there = element.dereference()[link]
            if int(there["list"]) != int(value.address):
                return found, ", BROKEN: an element does not know that it is on this list"
            if int(there["next"]) == 0 and int(element) != int(last):
                return found, ", BROKEN: last_ is not the last element"
            element = there["next"]
        return found, ""

    def to_string(self) -> str:
        return f"list of {len(self._elements)}{' or more' if len(self._elements) == MOST else ''}{self._complaint}"

    def children(self) -> Children:
        for index, element in enumerate(self._elements):
            yield f"[{index}]", element

    def display_hint(self) -> str:
        return "array"


def link_field(value: gdb.Value) -> gdb.Field:
    """The member that the list goes through: `link` is its offset in T."""
    offset = int(value.type.strip_typedefs().template_argument(1).cast(gdb.lookup_type("long")))
    element = value["first_"].type.target()
    own = (field for field in element.fields() if not field.is_base_class and hasattr(field, "bitpos"))  # static ones have none
    return next(field for field in own if field.bitpos == offset * 8)


class StringViewPrinter:
    """std::string_view."""

    def __init__(self, value: gdb.Value) -> None:
        self._size, self._data = int(value["_M_len"]), value["_M_str"]

    def to_string(self) -> str:
        if self._size == 0:
            return '""'
        cut = min(self._size, MOST)
        try:
            text = self._data.string("latin-1", "replace", cut)
        except gdb.error:
            return f"{self._size} characters at {int(self._data):#x}, which cannot be read"
        shown = text.encode("unicode_escape").decode().replace('"', '\\"')
        return f'"{shown}"' + ("..." if cut < self._size else "")


class TrapFramePrinter:
    """TrapFrame: why and where from; `strata frame` shows all of it."""

    def __init__(self, value: gdb.Value) -> None:
        names = {"eflags": "rflags"}
        self._frame = trap.Frame(int(value.address) if value.address is not None else 0,
                                 {name: int(value[names.get(name, name)]) for name in trap.NAMES})

    def to_string(self) -> str:
        value = self._frame.values
        return (f"{words.vector(value['vector'])}, error {value['error']:#x}, rip {value['rip']:#x}"
                f" <{target.symbol(value['rip']) or '?'}>, rsp {value['rsp']:#x}")


PRINTERS = (
    (re.compile(r"strata::Result<.*>"), ResultPrinter),
    (re.compile(r"strata::(Pa|Va)"), AddressPrinter),
    (re.compile(r"strata::(Span|FixedVector)<.*>"), ArrayPrinter),
    (re.compile(r"strata::List<.*>"), ListPrinter),
    (re.compile(r"std::basic_string_view<char, .*>"), StringViewPrinter),
    (re.compile(r"strata::TrapFrame"), TrapFramePrinter),
)


class Lookup:
    """GDB asks this for each value."""

    name = "strata"
    enabled = True

    def __call__(self, value: gdb.Value) -> Optional[object]:
        name = value.type.strip_typedefs().unqualified().name
        for pattern, printer in PRINTERS if name else ():
            if pattern.fullmatch(name):
                return printer(value)
        return None


def install() -> None:
    gdb.pretty_printers.insert(0, Lookup())
