"""GDB on the program of the host tests. `make gdb` stops before the first test body; `make replay` runs up to the end, which
is where a sanitizer ends the program, and selects the frame of the exercise.

The environment has the program's arguments, the exercise's path, and whether to stop at the beginning.
"""
import os

import gdb

for setting in ("confirm off", "pagination off", "print pretty on"):
    gdb.execute(f"set {setting}")
gdb.execute("tbreak strata::run_tests" if os.environ["STRATA_BEGIN"] else "catch syscall exit_group", to_string=True)
gdb.execute(f"run {os.environ['STRATA_ARGUMENTS']} > /dev/null")

frame, wanted = gdb.newest_frame(), os.environ["STRATA_EXERCISE"]
while frame and not (frame.find_sal().symtab and frame.find_sal().symtab.filename.endswith(wanted)):
    frame = frame.older()
if os.environ["STRATA_BEGIN"]:
    print("strata: the tests begin here; break at a function of the exercise, and continue")
elif frame:
    frame.select()
    gdb.execute("frame")
else:
    print("strata: the program came to its end, and no code of the exercise is on the stack. For a value that is wrong: make "
          "replay TEST= with the test whose name the report has in brackets.")
