// Exercise 1.3 on blocks that are spoilt at random: sizes and fields replaced, ends cut off. expect_fuzz.py parses them, too.
#include "boot_block.hpp"
#include "report/tests.hpp"

namespace strata {

namespace {

constinit BootBlock block;
constinit BootInfo info;

struct Tag {
  size_t offset;
  uint32_t size;
};

struct Drawn {
  Tag tags[4];  // without the end tag
  size_t count;
  size_t length;  // of the bytes that are handed over
};

std::string_view draw_name(Random& random, char (&letters)[8]) {
  for (char& c : letters) c = static_cast<char>('a' + random.below(26));
  return {letters, random.below(8)};
}

void add_map(Random& random) {
  auto entry_size = static_cast<uint32_t>(24 + 8 * random.below(2));
  block.add_memory_map(entry_size);
  for (uint64_t left = 1 + random.below(3); left > 0; --left) {
    uint64_t base = random.next() >> 16, length = random.next() >> 20;
    block.add_range(base, length, static_cast<uint32_t>(1 + random.below(6)), entry_size);
  }
}

void add_tag(Random& random, uint64_t kind) {
  char letters[8];
  if (kind == 0) {
    block.begin_tag(1), block.add_string(draw_name(random, letters));
  } else if (kind == 1) {
    auto start = static_cast<uint32_t>(random.below(1 << 30)), size = static_cast<uint32_t>(random.below(1 << 20));
    block.add_module(start, start + size, draw_name(random, letters));
  } else if (kind == 2) {
    add_map(random);
  } else {
    block.begin_tag(static_cast<uint32_t>(100 + random.below(100)));
    for (uint64_t left = random.below(24); left > 0; --left) block.add_text("\x03");
  }
}

// Some of the four kinds of tag, in any order; now and then the end is missing.
Drawn draw_block(Random& random) {
  uint64_t kinds[] = {0, 1, 2, 3};
  random.shuffle(kinds);
  Drawn drawn{};
  drawn.count = 1 + random.below(4);
  block.clear();
  for (size_t i = 0; i < drawn.count; ++i) {
    add_tag(random, kinds[i]);
    drawn.tags[i] = {block.last_tag(), block.tag_size()};
  }
  if (random.below(8) != 0) block.end_tag();
  drawn.length = block.size();
  return drawn;
}

// What may stand where a size should: something small, off by a little, or far too large.
uint32_t draw_size(Random& random, uint64_t right) {
  switch (random.below(4)) {
    case 0: return static_cast<uint32_t>(random.below(32));
    case 1: return static_cast<uint32_t>(right + random.below(17) - 8);
    case 2: return static_cast<uint32_t>(random.next());
    default: return static_cast<uint32_t>(0xffff'ffff - random.below(16));
  }
}

// Never 0, which might be taken for an end tag.
uint32_t draw_word(Random& random) {
  switch (random.below(3)) {
    case 0: return static_cast<uint32_t>(8 + 8 * random.below(5));
    case 1: return static_cast<uint32_t>(random.next()) | 1;
    default: return static_cast<uint32_t>(0xffff'ffff - random.below(16));
  }
}

void spoil(Random& random, Drawn& drawn) {
  const Tag& tag = drawn.tags[random.below(drawn.count)];
  switch (random.below(5)) {
    case 0: block.set32(0, draw_size(random, block.size())); break;
    case 1: block.set32(tag.offset + 4, draw_size(random, tag.size)); break;
    case 2: {
      uint64_t offset = 8 + 4 * random.below(4);
      uint32_t word = draw_word(random);
      if (offset + 4 <= tag.size) block.set32(tag.offset + offset, word);
      break;
    }
    case 3: block.set8(tag.offset + tag.size - 1, 'x'); break;
    default:
      drawn.length = random.below(block.size() + 1);
      if (random.below(2) == 0) block.set32(0, static_cast<uint32_t>(drawn.length));
  }
}

void report(TestRun& run, uint64_t index, Error outcome) {
  run.seen("outcome", index, outcome);
  if (outcome != Error::Success) return;
  uint64_t ranges = 0;
  for (const MemoryRange& range : info.memory) {
    ranges += range.base.value + 3 * range.length + 5 * static_cast<uint64_t>(range.kind);
  }
  run.seen("ranges", index, info.memory.size());
  run.seen("sum_of_ranges", index, ranges);
  run.seen("modules", index, info.modules.size());
  for (const BootModule& module : info.modules) {
    run.seen("start", index, module.start.value);
    run.seen("end", index, module.end.value);
    run.seen("name", index, module.name);
  }
  run.seen("command_line", index, info.command_line);
}

void boot_fuzz(TestRun& run) {
  for (uint64_t i = 0; i < 400; ++i) {
    Drawn drawn = draw_block(run.random());
    for (uint64_t left = run.random().below(4); left > 0; --left) spoil(run.random(), drawn);
    info = BootInfo{};
    auto bytes = exactly(Span<const uint8_t>(block.bytes().data(), drawn.length));
    report(run, i, parse_boot_info(bytes, info).error());
  }
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {{"lab1.boot_fuzz", boot_fuzz}};

}  // namespace
}  // namespace strata
