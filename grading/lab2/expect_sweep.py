"""What a right lab 2 reports: the host's half of the sweep over failing allocations."""
from grader.judging import Case, expect

# What sweep_test.cpp calls its operations; how many allocations each makes at least; may one that failed leave something behind
# for the next attempt (tables, pieces of a page or of a region)?
OPERATIONS = [
    ("Vmo::create", 3, False), ("Vmo::create_physical", 2, False), ("Vmo::fill", 2, False), ("Vmo::clone", 5, False),
    ("Vmo::writable_frame", 1, False), ("AddressSpace::create", 3, False), ("AddressSpace::map", 2, False),
    ("AddressSpace::unmap", 3, True), ("AddressSpace::protect", 3, True), ("AddressSpace::resolve, first touch", 4, True),
    ("AddressSpace::resolve, shared page", 1, True), ("PageTables::map_contiguous", 4, False), ("PageTables::split", 1, True),
    ("PageTables::update_flags", 2, True), ("heap::allocate", 2, False)]


@expect
def allocation_sweep(rng, run):
    order = list(range(len(OPERATIONS)))
    rng.shuffle(order)
    yield "kernel.0", "Success"
    for number in order:
        name, least, leaves = OPERATIONS[number]
        for i in range(50):
            index, case = number * 100 + i, Case(f"{name}, allocation {i + 1} fails")
            rng.below(64)
            fails = i < least or f"site.{index}" in run.observed
            yield f"operation.{index}", name
            yield f"prepared.{index}", "Success"
            yield f"outcome.{index}", "OutOfMemory" if fails else "Success", case
            if fails:
                yield f"site.{index}", run.value(f"site.{index}") or "the code that wanted memory", case
                yield f"taken.{index}", run.value(f"taken.{index}") if leaves else 0, case
                yield f"again.{index}", "Success", case
            yield f"lost.{index}", 0, case
            if not fails:
                break
