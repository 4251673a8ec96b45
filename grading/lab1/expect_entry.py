"""What a right entry leaves behind (challenge 1.11): the contract of labs/lab1-boot/boot/entry.hpp, seen from the host."""
from grader.judging import Witness, expect

IMAGE, DIRECT_MAP = 0xFFFFFFFF80000000, 0xFFFFFFC000000000
PAGE, GIB = 4096, 1 << 30
LOADER_MAGIC = 0x36D76289
WRITABLE, USER, NO_EXECUTE = 1 << 1, 1 << 2, 1 << 63
GIVEN_TABLES = 7  # pages of boot/x86/temporary_tables.S

# name of the register, bit, name of the bit
BITS = [("cr0", 0, "PE"), ("cr0", 16, "WP"), ("cr0", 31, "PG"), ("cr4", 5, "PAE"), ("efer", 8, "LME"), ("efer", 10, "LMA"),
        ("efer", 11, "NXE")]
PRESENT_CODE64 = {47: 1, 44: 1, 43: 1, 54: 0, 53: 1}  # P, S, code, D, L


def looked_at(run):
    """In each test: none of this came from the given entry."""
    yield "outcome.0", "Success"
    yield "mine.0", 1
    yield Witness("a stop of the machine at kernel_main", True, run.snapshot is not None)
    first = run.symbols["temporary_root"] - IMAGE
    given = set(range(first, first + GIVEN_TABLES * PAGE, PAGE))
    yield Witness("page tables that are the given ones", [], [hex(table) for table in sorted(run.snapshot.tables & given)])
    yield Witness("a GDT of your own", True, run.snapshot.registers["gdt_base"] != run.symbols["boot_gdt"])


@expect
def entry_boots(rng, run):
    yield from looked_at(run)
    yield "boot_info.0", "Success"
    yield "command_line.0", "entry=mine"
    yield "modules.0", 1
    yield "top_mib.0", run.memory_mib


@expect
def entry_registers(rng, run):
    yield from looked_at(run)
    registers, symbols = run.snapshot.registers, run.symbols
    for register, bit, name in BITS:
        yield Witness(f"{register}.{name}", 1, registers[register] >> bit & 1)
    for bit, name in ((9, "IF, interrupts"), (10, "DF, direction")):
        yield Witness(f"rflags.{name}", 0, registers["eflags"] >> bit & 1)
    yield Witness("esi, the second argument", hex(LOADER_MAGIC), hex(registers["rsi"] & 0xFFFFFFFF))
    for segment in ("ds", "es", "ss", "fs", "gs"):
        yield Witness(f"{segment}, a null selector", 0, registers[segment] & ~3)
    yield Witness("rbp, the end of every backtrace", 0, registers["rbp"])
    yield Witness("rsp + 8, modulo 16", 0, (registers["rsp"] + 8) % 16)
    yield Witness("rsp", hex(symbols["boot_stack_top"] - 8), hex(registers["rsp"]))


@expect
def entry_tables(rng, run):
    yield from looked_at(run)
    yield from mapped("direct map, the first 4 GiB", DIRECT_MAP, 4, run.snapshot.mappings)
    yield from mapped("kernel image, the first GiB", IMAGE, 1, run.snapshot.mappings)
    yield from table_of_segments(run)


def mapped(name, start, gib, mappings):
    """All of it is there, at the right place, for the kernel to do everything with."""
    inside = sorted((one for one in mappings if start <= one.va < start + gib * GIB), key=lambda one: one.va)
    end = start
    for one in inside:
        if one.va != end or one.pa != one.va - start:
            break
        end += one.size
    yield Witness(f"mapped of the {name}, in MiB", gib * 1024, (end - start) >> 20)
    strict = [hex(one.va) for one in inside
              if not all(entry & WRITABLE and not entry & NO_EXECUTE for entry in one.path)]
    yield Witness(f"pages of the {name} that cannot be written or executed", [], strict[:4])
    yield Witness(f"pages of the {name} that ring 3 could use", [],
                  [hex(one.va) for one in inside if all(entry & USER for entry in one.path)][:4])


def table_of_segments(run):
    registers, symbols = run.snapshot.registers, run.symbols
    base, image_end = registers["gdt_base"], symbols["kernel_end"]
    yield Witness("GDTR points into the image at its high address", True, symbols["kernel_start"] <= base < image_end)
    selector = registers["cs"]
    descriptor = int.from_bytes(run.snapshot.gdt[selector & ~7:][:8], "little")
    yield Witness("ring of CS", 0, selector & 3 | descriptor >> 45 & 3)
    yield Witness("CS's descriptor in the GDT: P, S, code, D, L", list(PRESENT_CODE64.values()),
                  [descriptor >> bit & 1 for bit in PRESENT_CODE64])
