// Exercise 1.3 on blocks made from the seed, good and bad.
#include <iterator>

#include "boot_block.hpp"
#include "report/tests.hpp"

namespace strata {

namespace {

// Too large for the stack.
constinit BootBlock block_storage;
constinit BootInfo info_storage;

BootBlock& new_block() {
  block_storage.clear();
  return block_storage;
}

// Parses into an empty BootInfo and reports the outcome.
const BootInfo& parse(TestRun& run, uint64_t index, Span<const uint8_t> bytes) {
  info_storage = BootInfo{};
  run.seen("outcome", index, parse_boot_info(exactly(bytes), info_storage).error());
  return info_storage;
}

// A tag that the kernel does not know, of any size.
void add_unknown_tag(BootBlock& block, Random& random) {
  block.begin_tag(static_cast<uint32_t>(100 + random.below(100)));
  for (uint64_t left = random.below(24); left > 0; --left) block.add_text("\x03");
}

void boot_memory_map(TestRun& run) {
  Random& random = run.random();
  uint64_t turn = random.below(3);
  for (uint64_t round = 0; round < 3; ++round) {
    BootBlock& block = new_block();
    auto entry_size = static_cast<uint32_t>(24 + 8 * ((round + turn) % 3));
    uint64_t count = 3 + random.below(6);
    block.add_memory_map(entry_size);
    for (uint64_t i = 0; i < count; ++i) {
      uint64_t base = random.next() >> 16;
      uint64_t length = random.next() >> 20;
      uint64_t kind = i == 0 ? 6 + random.below(100) : random.below(8);  // the first one has no name
      block.add_range(base, length, static_cast<uint32_t>(kind), entry_size);
    }
    block.end_tag();
    const BootInfo& info = parse(run, round, block.bytes());
    run.seen("ranges", round, info.memory.size());
    for (const MemoryRange& range : info.memory) {
      run.seen("base", round, range.base.value);
      run.seen("length", round, range.length);
      run.seen("kind", round, static_cast<uint64_t>(range.kind));
    }
  }
}

void boot_modules(TestRun& run) {
  Random& random = run.random();
  uint64_t turn = random.below(5);
  for (uint64_t round = 0; round < 5; ++round) {
    BootBlock& block = new_block();
    uint64_t count = (round + turn) % 5;
    for (uint64_t i = 0; i < count; ++i) {
      auto start = static_cast<uint32_t>(random.below(0x4000'0000));
      auto size = static_cast<uint32_t>(random.below(0x10'0000));
      char name[12];
      for (char& c : name) c = static_cast<char>('a' + random.below(26));
      block.add_module(start, start + size, {name, random.below(std::size(name))});
    }
    block.begin_tag(1);
    block.add_string((round + turn) % 2 == 0 ? "entry=mine" : "");
    block.end_tag();
    const BootInfo& info = parse(run, round, block.bytes());
    run.seen("command_line", round, info.command_line);
    run.seen("modules", round, info.modules.size());
    for (const BootModule& module : info.modules) {
      run.seen("start", round, module.start.value);
      run.seen("end", round, module.end.value);
      run.seen("name", round, module.name);
    }
  }
}

// Unknown tags of odd sizes between the known ones, padding that is not zero, and bytes behind the end.
void boot_alignment(TestRun& run) {
  Random& random = run.random();
  for (uint64_t round = 0; round < 6; ++round) {
    BootBlock& block = new_block();
    for (uint64_t left = random.below(3); left > 0; --left) add_unknown_tag(block, random);
    auto start = static_cast<uint32_t>(random.below(0x1000'0000));
    block.add_module(start, start + 1, "a");
    add_unknown_tag(block, random);
    block.add_memory_map(24);
    block.add_range(start, 4096, 1, 24);
    add_unknown_tag(block, random);
    block.end_tag();
    const BootInfo& info = parse(run, round, random.below(2) == 0 ? block.bytes() : block.bytes_and_more());
    run.seen("modules", round, info.modules.size());
    run.seen("ranges", round, info.memory.size());
    run.seen("start", round, info.modules.size() == 1 ? info.modules[0].start.value : 0);
    run.seen("base", round, info.memory.size() == 1 ? info.memory[0].base.value : 0);
  }
}

// Each case makes a block that is wrong in one way; case 0 is right. expect.py has the same order.
struct Bad {
  static void none(BootBlock& block) { block.add_module(16, 32, "right"), block.end_tag(); }
  static void total_size_beyond(BootBlock& block) {
    none(block), block.set_total_size(static_cast<uint32_t>(block.size()) + 8);
  }
  static void total_size_tiny(BootBlock& block) { none(block), block.set_total_size(7); }
  static void total_size_cuts_tag(BootBlock& block) { none(block), block.set_total_size(20); }
  static void no_end_tag(BootBlock& block) { block.add_module(16, 32, "right"); }
  static void tag_too_small(BootBlock& block) { block.begin_tag(99), block.set_tag_size(7); }
  static void tag_size_zero(BootBlock& block) { block.begin_tag(99), block.set_tag_size(0); }
  static void tag_beyond(BootBlock& block) { block.begin_tag(99), block.add64(0), block.set_tag_size(24); }
  static void tag_size_wraps(BootBlock& block) { block.begin_tag(99), block.add64(0), block.set_tag_size(0xffff'fff9); }
  static void map_beyond(BootBlock& block) {  // behind the end lie ranges that look right
    block.add_memory_map(24), block.add_range(0, 4096, 1, 24), block.set_tag_size(16 + 24 * 200), block.fill_rest(0);
  }
  static void map_without_fields(BootBlock& block) { block.begin_tag(6), block.add32(24), block.end_tag(); }
  static void entry_too_small(BootBlock& block) { map(block, 16); }
  static void entry_size_zero(BootBlock& block) { map(block, 0); }
  static void entry_size_odd(BootBlock& block) {
    block.add_memory_map(28);
    for (int i = 0; i < 2; ++i) block.add_range(0, 4096, 1, 24), block.add32(0);
    block.end_tag();
  }
  static void entry_cut(BootBlock& block) {
    block.add_memory_map(24), block.add_range(0, 4096, 1, 24), block.add64(4096), block.end_tag();
  }
  static void range_wraps(BootBlock& block) {
    block.add_memory_map(24), block.add_range(0xffff'ffff'ffff'f000, 0x2000, 1, 24), block.end_tag();
  }
  static void module_backwards(BootBlock& block) { block.add_module(32, 16, "wrong"), block.end_tag(); }
  static void module_without_nul(BootBlock& block) {
    block.begin_tag(3), block.add32(16), block.add32(32), block.add_text("12345678"), block.end_tag();
  }
  static void module_without_fields(BootBlock& block) { block.begin_tag(3), block.add32(16), block.end_tag(); }
  static void command_line_without_nul(BootBlock& block) {
    block.begin_tag(1), block.add_text("12345678"), block.end_tag();
  }

  static void map(BootBlock& block, uint32_t entry_size) {
    block.add_memory_map(entry_size), block.add_range(0, 4096, 1, 24), block.add_range(0, 4096, 1, 24), block.end_tag();
  }
};

constexpr void (*cases[])(BootBlock&) = {
    Bad::none,
    Bad::total_size_beyond,
    Bad::total_size_tiny,
    Bad::total_size_cuts_tag,
    Bad::no_end_tag,
    Bad::tag_too_small,
    Bad::tag_size_zero,
    Bad::tag_beyond,
    Bad::tag_size_wraps,
    Bad::map_beyond,
    Bad::map_without_fields,
    Bad::entry_too_small,
    Bad::entry_size_zero,
    Bad::entry_size_odd,
    Bad::entry_cut,
    Bad::range_wraps,
    Bad::module_backwards,
    Bad::module_without_nul,
    Bad::module_without_fields,
    Bad::command_line_without_nul,
};

// Each case once, and the right block once beside it, in an order that the seed chooses.
void malformed(TestRun& run, uint64_t first, uint64_t last) {
  for (uint64_t i = 0; i <= last - first; ++i) {
    uint64_t right_one = run.random().below(2);
    for (uint64_t turn = 0; turn < 2; ++turn) {
      BootBlock& block = new_block();
      cases[turn == right_one ? 0 : first + i](block);
      parse(run, 2 * i + turn, block.bytes());
    }
  }
}

void boot_bad_tags(TestRun& run) { malformed(run, 1, 9); }
void boot_bad_contents(TestRun& run) { malformed(run, 10, std::size(cases) - 1); }

// As many ranges and modules as fit, and one more.
void boot_full(TestRun& run) {
  uint8_t order[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  run.random().shuffle(order);
  for (uint64_t i = 0; i < std::size(order); ++i) {
    uint64_t more = order[i] % 2;
    bool ranges = order[i] % 4 < 2;
    BootBlock& block = new_block();
    if (ranges) block.add_memory_map(24);
    uint64_t count = (ranges ? BootInfo::most_memory_ranges : BootInfo::most_modules) + more;
    for (uint64_t n = 0; n < count; ++n) {
      if (ranges) {
        block.add_range(n * 4096, 4096, 1, 24);
      } else {
        block.add_module(16, 32, "m");
      }
    }
    block.end_tag();
    parse(run, i, block.bytes());
  }
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab1.boot_memory_map", boot_memory_map},     {"lab1.boot_modules", boot_modules},
    {"lab1.boot_alignment", boot_alignment},       {"lab1.boot_bad_tags", boot_bad_tags},
    {"lab1.boot_bad_contents", boot_bad_contents}, {"lab1.boot_full", boot_full},
};

}  // namespace
}  // namespace strata
