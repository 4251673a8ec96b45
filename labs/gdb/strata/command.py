"""What all `strata` commands have in common."""
from __future__ import annotations

import gdb

from . import target


class Command(gdb.Command):
    """One `strata` command; its docstring is what `help` shows. Subclasses have run(argument)."""

    def __init__(self, name: str) -> None:
        super().__init__(f"strata {name}", gdb.COMMAND_USER)

    def invoke(self, argument: str, from_tty: bool) -> None:
        try:
            self.run(argument)
        except gdb.error as error:  # a person's mistake, not ours: without Python's words
            raise gdb.GdbError(str(error)) from None

    def run(self, argument: str) -> None:
        """Throws gdb.GdbError or gdb.error."""
        raise NotImplementedError


class Prefix(gdb.Command):
    """Look at the kernel as a kernel, and go back in time. `strata` alone lists the commands."""

    def __init__(self) -> None:
        super().__init__("strata", gdb.COMMAND_USER, gdb.COMPLETE_COMMAND, True)

    def invoke(self, argument: str, from_tty: bool) -> None:
        if argument:
            raise gdb.GdbError(f"there is no command `strata {argument.split()[0]}`; `strata` lists them")
        gdb.execute("help strata")


def count_argument(argument: str, default: int) -> int:
    """An optional number that is not negative. Throws gdb.GdbError."""
    if not argument:
        return default
    try:
        value = target.number(argument)
    except gdb.error as error:
        raise gdb.GdbError(f"expected a number: {error}") from None
    if value >> 63:
        raise gdb.GdbError(f"expected a number that is not negative, not {argument}")
    return value
