// Exercises 1.5 and 1.6: descriptors and gates bit by bit, for inputs drawn from the seed.
#include <iterator>

#include "cpu/trap.hpp"
#include "cpu/x86/gdt.hpp"
#include "cpu/x86/idt.hpp"
#include "report/tests.hpp"

namespace strata {

namespace {

constinit Idt idt_storage;

Va random_address(Random& random) { return {random.next()}; }

void gdt_segments(TestRun& run) {
  uint64_t choices[] = {0, 1, 2, 3, 0, 1, 2, 3};
  run.random().shuffle(choices);
  for (size_t i = 0; i < std::size(choices); ++i) {
    uint64_t choice = choices[i];
    auto descriptor = segment_descriptor(choice & 1 ? SegmentKind::Code : SegmentKind::Data, choice & 2 ? 3 : 0);
    run.seen("outcome", i, descriptor.error());
    run.seen("descriptor", i, descriptor.value_or(0));
  }
  for (unsigned ring : {1u, 2u, 4u, 8u})
    run.seen("bad_ring", ring, segment_descriptor(SegmentKind::Code, ring).error());
}

void gdt_tss(TestRun& run) {
  for (uint64_t i = 0; i < 6; ++i) {
    auto descriptor = tss_descriptor(random_address(run.random()));
    run.seen("outcome", i, descriptor.error());
    run.seen("low", i, descriptor.value_or({}).low);
    run.seen("high", i, descriptor.value_or({}).high);
  }
}

void gdt_filled(TestRun& run) {
  uint64_t turn = run.random().below(9);
  for (uint64_t i = 0; i < 9; ++i) {
    Gdt gdt;
    Tss tss;
    for (uint64_t& entry : gdt.entries) entry = ~0ull;
    tss.rsp[1] = tss.ist[6] = 0x5555;
    Va tops[8];
    for (Va& top : tops) top = random_address(run.random());
    Va address = random_address(run.random());
    auto outcome = fill_gdt(gdt, tss, address, {tops, (i + turn) % 9});
    run.seen("outcome", i, outcome.error());
    if (!outcome.ok()) continue;
    for (uint64_t entry : gdt.entries) run.seen("entry", i, entry);
    // NOLINTNEXTLINE(modernize-loop-convert): in a packed struct, of which a range would take a misaligned reference
    for (size_t number = 0; number < 7; ++number) run.seen("ist", i, tss.ist[number]);
    run.seen("io_map", i, tss.io_map_base);
    run.seen("rsp1", i, tss.rsp[1]);
  }
}

void report_gate(TestRun& run, uint64_t index, const Gate& gate) {
  uint64_t words[2];
  static_assert(sizeof words == sizeof gate);
  __builtin_memcpy(words, &gate, sizeof gate);
  run.seen("low", index, words[0]);
  run.seen("high", index, words[1]);
}

void idt_gate(TestRun& run) {
  for (uint64_t i = 0; i < 10; ++i) {
    Va entry = random_address(run.random());
    auto ist = static_cast<uint8_t>((i + run.random().below(2)) % 8);
    auto ring = static_cast<unsigned>(i % 4);
    auto gate = interrupt_gate(entry, ist, ring);
    run.seen("outcome", i, gate.error());
    report_gate(run, i, gate.value_or({}));
  }
  run.seen("bad_ist", 0, interrupt_gate(Va{}, static_cast<uint8_t>(8 + run.random().below(200)), 0).error());
  run.seen("bad_ring", 0, interrupt_gate(Va{}, 0, static_cast<unsigned>(4 + run.random().below(200))).error());
}

void idt_filled(TestRun& run) {
  Va stubs = random_address(run.random());
  Idt& idt = exactly(Span<Idt>(&idt_storage, 1))[0];
  run.seen("outcome", 0, fill_idt(idt, stubs).error());
  for (uint8_t number : {vector::debug, vector::nmi, vector::breakpoint, vector::double_fault, vector::machine_check}) {
    report_gate(run, number, idt.gates[number]);
  }
  for (uint64_t i = 0; i < 12; ++i) {
    uint64_t number = 20 + run.random().below(236);
    report_gate(run, number, idt.gates[number]);
  }
  uint64_t present = 0, for_ring_3 = 0;
  for (const Gate& gate : idt.gates) {
    present += gate.type >> 7;
    for_ring_3 += (gate.type >> 5 & 3) == 3;
  }
  run.seen("present", 0, present);
  run.seen("for_ring_3", 0, for_ring_3);
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab1.gdt_segments", gdt_segments}, {"lab1.gdt_tss", gdt_tss},       {"lab1.gdt_filled", gdt_filled},
    {"lab1.idt_gate", idt_gate},         {"lab1.idt_filled", idt_filled},
};

}  // namespace
}  // namespace strata
