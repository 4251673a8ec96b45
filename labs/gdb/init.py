"""Loads Strata's extension into GDB: `gdb -nx -x labs/gdb/init.py`, or in an editor `source labs/gdb/init.py`.

`make gdb` tells what to debug in the environment; without that, an editor has started QEMU and attaches GDB itself.
"""
import os
import sys
from pathlib import Path

import gdb

HERE = Path(__file__).resolve().parent
SETTINGS = (
    "set confirm off",
    "set pagination off",
    "set print pretty on",
    "set print asm-demangle on",
    "set python print-stack message",
    "set backtrace limit 200",  # frames; without a stack, as at the far jump, GDB would invent them for ever
    "set remotetimeout 30",  # seconds; the host may be busy
    "skip -gfi *trap_entry.S",  # `step` and `next` take a trap as a call; `stepi` and `strata step-trap` go in
)
HISTORY = ("set history filename build/gdb_history", "set history save on")

sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE), str(HERE.parent / "make")]

import session  # noqa: E402
import strata  # noqa: E402

for setting in SETTINGS + (HISTORY if os.isatty(0) else ()):
    gdb.execute(setting, to_string=True)
gdb.execute(f"directory {str(HERE.parents[1])}".replace(" ", "\\ "), to_string=True)
try:
    strata.start(session.from_environment() if session.VARIABLE in os.environ else None)
except gdb.GdbError as error:
    gdb.write(f"strata: {error}\n", gdb.STDERR)
    gdb.execute("quit 1")
