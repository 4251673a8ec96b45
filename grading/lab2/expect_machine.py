"""What a right lab 2 reports: the host's half of the tests on the whole machine."""
import re
from functools import partial

import memory_map
from grader.judging import Witness, expect
from grader.rng import MASK

PAGE, GIB, MIB = 4096, 1 << 30, 1 << 20
IMAGE, DIRECT_MAP = 0xFFFFFFFF80000000, 0xFFFFFFC000000000


@expect
def frames_all(rng, run):
    yield "free.0", 1
    yield "all.0", 1
    yield "left.0", 0
    yield "odd.0", 0
    yield "back.0", 1
    yield "changed.0", 0
    line = re.search(r"frames [0-9a-f]+: (\d+) MiB\r\n", run.com1)
    seen = int(line.group(1)) if line else "no such line"
    # Of the machine's memory the kernel keeps the first MiB, its image, and 16 bytes a frame for itself; the firmware some pages.
    wanted = seen if line and run.memory_mib - 6 <= seen <= run.memory_mib - 2 else f"{run.memory_mib - 6} to {run.memory_mib - 2}"
    yield Witness("the MiB that the kernel could give away", wanted, seen)
    yield "largest.0", 1


@expect
def kernel_witness(rng, run):
    """What the host finds from CR3: every page of the image with the rights of its part, the direct map, and nothing else."""
    yield "here.0", rng.below(1 << 30)
    yield "outcome.0", "Success"
    yield Witness("a stop of the machine in this test", True, run.snapshot is not None)
    symbols, wanted = run.symbols, {}
    parts = [("kernel_text_start", "kernel_text_end", "r-x"), ("kernel_rodata_start", "kernel_rodata_end", "r--"),
             ("kernel_data_start", "kernel_end", "rw-")]
    for first, end, allowed in parts:
        for va in range(symbols[first], symbols[end], PAGE):
            if va != symbols["boot_stack_guard"]:
                wanted[va] = (va - IMAGE, PAGE, allowed)
    wanted.update({DIRECT_MAP + gib * GIB: (gib * GIB, GIB, "rw-") for gib in range(4)})
    found = {mapping.va: (mapping.pa, mapping.size, mapping.rights) for mapping in run.snapshot.mappings}
    wrong = sorted(va for va in wanted.keys() | found.keys() if wanted.get(va) != found.get(va))
    yield Witness("virtual addresses that are mapped wrongly, walked from CR3", [], [hex(va) for va in wrong[:4]],
                  partial(memory_map.draw_walk, symbols, wanted, found, run.snapshot.tables))
    user = [hex(mapping.va) for mapping in run.snapshot.mappings if mapping.user]
    yield Witness("pages that ring 3 could use", [], user[:4])
    cr0, cr4 = run.snapshot.registers["cr0"], run.snapshot.registers["cr4"]
    yield Witness("CR0.WP, CR4.SMEP, SMAP, UMIP", [1, 1, 1, 1], [cr0 >> 16 & 1, cr4 >> 20 & 1, cr4 >> 21 & 1, cr4 >> 11 & 1])


@expect
def kernel_wx(rng, run):
    rng.below(1000), rng.below(100)
    yield "outcome.0", "Success"
    for what, allowed in [("read_text", 1), ("write_text", 0), ("read_constant", 1), ("write_constant", 0), ("write_data", 1),
                          ("call_data", 0), ("null", 0)]:
        yield f"{what}.0", allowed


@expect
def demand_zero(rng, run):
    yield "outcome.0", "Success"
    yield "zeros.0", 12
    yield "present.0", 1
    yield "before.0", 0
    yield "behind.0", 0
    yield "executed.0", 0


@expect
def rights_and_tlb(rng, run):
    for i in range(4):
        yield f"outcome.{i}", "Success"
        yield f"write.{i}", 1
        yield f"protected.{i}", "Success"
        yield f"read_only.{i}", 1
        yield f"unmapped.{i}", "Success"
        yield f"gone.{i}", 1
        yield f"back.{i}", "Success"
        yield f"contents.{i}", 1


@expect
def cow_spaces(rng, run):
    pages = 4 + rng.below(20)
    start = 1 + rng.below(1 << 34)
    written, other = rng.below(pages), rng.below(pages)
    yield "outcome.0", "Success"
    yield "clone.0", "Success"
    yield "space.0", "Success"
    yield "mapped.0", "Success"
    yield "kept.0", 100 + written
    yield "parent.0", 7
    yield "parent.1", 7 if written == other else 100 + other
    # A frame for each that wrote to a shared page, and the child's tables: mostly three.
    tables = {(level, start + page >> 9 * level) for page in (written, other) for level in (1, 2, 3)}
    yield "copies.0", (1 if written == other else 2) + len(tables)


@expect
def regions(rng, run):
    rng.below(1000)
    pages = {page: True for page in range(256)}  # mapped ones: may they be written?
    yield "space.0", "Success"
    yield "mapped.0", "Success"
    for i in range(24):
        first = rng.below(256)
        count = 1 + rng.below(256 - first)
        what = rng.below(3)
        area = range(first, first + count)
        outcome = "Success"
        if what == 0:
            for page in area:
                pages.pop(page, None)
        elif what == 1:
            if all(page in pages for page in area):
                pages.update({page: i % 2 == 0 for page in area})
            else:
                outcome = "NotFound"
        elif any(page in pages for page in area):
            outcome = "AlreadyExists"
        else:
            pages.update({page: True for page in area})
        yield f"outcome.{i}", outcome
        rows = []
        for page in sorted(pages):
            if rows and rows[-1][0] + rows[-1][1] == page and rows[-1][2] == pages[page]:
                rows[-1][1] += 1
            else:
                rows.append([page, 1, pages[page]])
        total = 0
        for start, length, write in rows:
            total = (total * 31 + start * 1000 + length * 2 + write) & MASK
        yield f"regions.{i}", len(rows)
        yield f"sum.{i}", total
