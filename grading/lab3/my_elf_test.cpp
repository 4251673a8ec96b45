// Challenge 3.12: files of all shapes, and files in which something is wrong. The host knows from the seed what each one asks for.
#include "process/my_elf.hpp"

#include "mm/frame.hpp"
#include "report/tests.hpp"

namespace strata {

namespace {

constexpr uint64_t file_bytes = 0x5000;
constexpr uint16_t most_headers = 12;
constexpr uint32_t note = 4;

constinit uint8_t file[file_bytes];

struct Drawn {
  ElfFileHeader header{.ident = {0x7f, 'E', 'L', 'F', 2, 1, 1},
                       .type = elf::executable,
                       .machine = elf::x86_64,
                       .version = 1,
                       .header_size = sizeof(ElfFileHeader),
                       .program_header_size = sizeof(ElfProgramHeader)};
  ElfProgramHeader table[most_headers];
  uint64_t entered = 0;        // the segment with the entry
  uint64_t noted = 0;          // the note
  uint64_t size = file_bytes;  // that the reader gets

  ElfProgramHeader& add(const ElfProgramHeader& it) { return table[header.program_header_count++] = it; }
  ElfProgramHeader& last() { return table[header.program_header_count - 1]; }

  // All of it in the file.
  void load(uint64_t address, uint64_t memory, uint32_t rights) {
    add({elf::load, 4 | rights, address % frame_size, address, 0, memory % 64, memory, frame_size});
  }

  // Behind all others, and without the entry.
  ElfProgramHeader& one_more() {
    load(align_up(last().address + last().memory_size, frame_size), 0x100, elf::may_write);
    return last();
  }
};

// One at a time; on the stack they would be too large.
constinit Drawn drawn;
constinit ElfPlan planned;

Drawn& begin_anew() {
  drawn = Drawn{};
  drawn.header.program_headers = sizeof(ElfFileHeader);
  return drawn;
}

// One to six segments, with gaps of every size between them.
// NOLINTNEXTLINE(readability-function-cognitive-complexity): one number after the other, in the order in which the host draws them
Drawn& draw(Random& random) {
  Drawn& it = begin_anew();
  uint64_t segments = 1 + random.below(6), entered = random.below(segments);
  it.header.program_headers += 8 * random.below(4);
  uint64_t noted = random.below(segments), at = 0x40'0000 + random.below(0x10'0000), last_page = 0, rights = 0;
  for (uint64_t i = 0; i < segments; ++i) {
    if (i == noted) {
      it.noted = it.header.program_header_count;
      it.add({note, 4, random.below(0x1000), 0, 0, 32, 32, 4});
    }
    uint64_t any = random.below(3), own = i == entered ? elf::may_execute : any, gap = random.below(4);
    uint64_t some = random.below(0x1000);
    at = gap == 0 ? at : gap == 1 ? at + some % 64 : gap == 2 ? align_up(at, frame_size) + some : at + 0x5000 + some;
    bool shared = at / frame_size == last_page;
    if (shared && (rights | own) == (elf::may_write | elf::may_execute)) {
      at = (last_page + 1) * frame_size + some;
      shared = false;
    }
    rights = shared ? rights | own : own;
    uint64_t memory = 1 + random.below(0x3000), alignment = random.below(4) == 0 ? 0x2000 : 0x1000;
    uint64_t inside = random.below(memory), bytes = random.below(memory + 1);
    if (i == entered) {
      it.entered = it.header.program_header_count;
      it.header.entry = at + inside;
    }
    it.add({elf::load, static_cast<uint32_t>(4 | own), at % alignment, at, some, bytes, memory, alignment});
    if ((at + memory - 1) / frame_size != at / frame_size) rights = own;
    at += memory;
    last_page = (at - 1) / frame_size;
  }
  return it;
}

void write(const Drawn& it) {
  for (uint8_t& byte : file) byte = 0;
  __builtin_memcpy(file, &it.header, sizeof it.header);
  uint64_t at = it.header.program_headers, bytes = it.header.program_header_count * sizeof(ElfProgramHeader);
  if (it.header.program_header_count <= most_headers && at < 0x1000) __builtin_memcpy(file + at, it.table, bytes);
}

Error plan(uint64_t size) { return plan_elf(exactly(Span<uint8_t>(file, size)), planned).error(); }

Error outcome_of(const Drawn& it) {
  write(it);
  return plan(it.size);
}

void say_plan(TestRun& run, uint64_t i) {
  run.seen("ranges", i, planned.count);
  for (uint64_t n = 0; n < planned.count && n < 2 * ElfPlan::most_segments; ++n) {
    const ElfPages& range = planned.ranges[n];
    run.seen("start", n, range.start.value);
    run.seen("pages", n, range.pages);
    run.seen("rights", n, range.perms.execute + 2u * range.perms.write + 4u * range.perms.user);
  }
  run.seen("entry", i, planned.entry.value);
}

void elf_plans(TestRun& run) {
  for (uint64_t i = 0; i < 10; ++i) {
    write(draw(run.random()));
    run.seen("outcome", i, plan(file_bytes));
    say_plan(run, i);
  }
}

// One thing that is wrong with a file that was right.
using Spoil = void (*)(Drawn&, uint64_t some);

template <size_t N>
void say_spoiled(TestRun& run, const Spoil (&ways)[N]) {
  for (uint64_t i = 0; i < N; ++i) {
    Drawn& it = draw(run.random());
    run.seen("before", i, outcome_of(it));
    ways[i](it, run.random().next() >> 1);
    run.seen("outcome", i, outcome_of(it));
  }
}

void elf_header(TestRun& run) {
  static constexpr Spoil ways[] = {
      [](Drawn& it, uint64_t some) { it.header.ident[some % 4] ^= 1u << some / 4 % 8; },
      [](Drawn& it, uint64_t) { it.header.ident[4] = 1; },
      [](Drawn& it, uint64_t) { it.header.ident[5] = 2; },
      [](Drawn& it, uint64_t) { it.header.ident[6] = 0; },
      [](Drawn& it, uint64_t) { it.header.version = 2; },
      [](Drawn& it, uint64_t) { it.header.type = 3; },
      [](Drawn& it, uint64_t) { it.header.machine = 183; },
      [](Drawn& it, uint64_t) { it.header.header_size = 52; },
      [](Drawn& it, uint64_t) { it.header.program_header_size = 64; },
      [](Drawn& it, uint64_t some) { it.header.program_headers += 1 + some % 7; },
      [](Drawn& it, uint64_t) { it.header.program_header_count = 0; },
      [](Drawn& it, uint64_t) { it.table[it.noted].type = elf::interpreter; },
      [](Drawn& it, uint64_t) { it.table[it.noted].type = elf::dynamic; },
  };
  say_spoiled(run, ways);
}

void elf_sizes(TestRun& run) {
  static constexpr Spoil ways[] = {
      [](Drawn& it, uint64_t some) { it.size = some % sizeof(ElfFileHeader); },
      [](Drawn& it, uint64_t some) {
        uint64_t table = it.header.program_header_count * sizeof(ElfProgramHeader);
        it.size = it.header.program_headers + table - 1 - some % table;
      },
      [](Drawn& it, uint64_t some) { it.header.program_headers = ~uint64_t{7} - 8 * (some % 7); },
      [](Drawn& it, uint64_t) {
        it.header.program_headers = uint64_t{0} - sizeof(ElfProgramHeader) * it.header.program_header_count;
      },
      [](Drawn& it, uint64_t some) { it.header.program_header_count = static_cast<uint16_t>(0xffff - some % 1000); },
      [](Drawn& it, uint64_t) {
        ElfProgramHeader& added = it.one_more();
        added.file_size = added.memory_size = file_bytes - added.offset + 1;
      },
      [](Drawn& it, uint64_t) {
        ElfProgramHeader& added = it.one_more();
        added.offset -= frame_size;
        added.file_size = added.memory_size = 2 * frame_size;
      },
      [](Drawn& it, uint64_t) {
        ElfProgramHeader& added = it.one_more();
        added.file_size = added.memory_size + 1;
      },
      [](Drawn& it, uint64_t some) { it.one_more().memory_size = ~uint64_t{0} - some % 0x1000; },
      [](Drawn& it, uint64_t) {
        ElfProgramHeader& added = it.one_more();
        added.memory_size = AddressSpace::end_of_space.value - added.address + 1;
      },
      [](Drawn& it, uint64_t) {
        ElfProgramHeader& first = it.table[it.noted == 0];
        first.alignment = frame_size;
        first.address = first.offset %= frame_size;
      },
      [](Drawn& it, uint64_t) { it.one_more().address += 0xffff'8000'0000'0000; },
  };
  say_spoiled(run, ways);
}

void elf_alignment(TestRun& run) {
  static constexpr Spoil ways[] = {
      [](Drawn& it, uint64_t) { it.table[it.entered].alignment = 0; },
      [](Drawn& it, uint64_t) { it.table[it.entered].alignment = 1; },
      [](Drawn& it, uint64_t) { it.table[it.entered].alignment = frame_size / 2; },
      [](Drawn& it, uint64_t) {
        ElfProgramHeader& segment = it.table[it.entered];
        segment.alignment = 3 * frame_size;
        segment.offset = segment.address % segment.alignment;
        segment.file_size = 0;
      },
      [](Drawn& it, uint64_t some) {
        it.table[it.entered].offset ^= 1u << some % 12, it.table[it.entered].file_size = 0;
      },
      [](Drawn& it, uint64_t) {
        ElfProgramHeader& segment = it.table[it.entered];
        segment.alignment = 0x2000;
        segment.offset = (segment.address + frame_size) % 0x2000;
        segment.file_size = 0;
      },
  };
  say_spoiled(run, ways);
}

// Two or three segments from `at` on: rights, and where each begins and ends.
struct Piece {
  uint32_t rights;
  uint64_t begin, end;
};

template <size_t N>
Error outcome_of(uint64_t at, const Piece (&pieces)[N]) {
  Drawn& it = begin_anew();
  for (const Piece& piece : pieces) it.load(at + piece.begin, piece.end - piece.begin, piece.rights);
  it.load(at + 0x20000, 0x100, elf::may_execute);
  it.header.entry = at + 0x20080;
  return outcome_of(it);
}

constexpr uint32_t r = 0, x = elf::may_execute, w = elf::may_write;

void elf_rights(TestRun& run) {
  uint64_t at = 0x40'0000 + frame_size * run.random().below(1000);
  run.seen("outcome", 0, outcome_of(at, {{r, 0, 0x100}, {x, 0x100, 0x200}, {r, 0x200, 0x1800}}));
  run.seen("outcome", 1, outcome_of(at, {{x | w, 0, 0x100}}));
  run.seen("outcome", 2, outcome_of(at, {{x, 0, 0x1100}, {w, 0x1100, 0x1200}}));
  run.seen("outcome", 3, outcome_of(at, {{w, 0, 0x1100}, {x, 0x1fff, 0x4000}}));
  run.seen("outcome", 4, outcome_of(at, {{x, 0, 0x100}, {r, 0x200, 0x300}, {w, 0x400, 0x500}}));
  run.seen("outcome", 5, outcome_of(at, {{w, 0, 0x1100}, {r, 0x1100, 0x1200}, {x, 0x1200, 0x2300}}));
  run.seen("outcome", 6, outcome_of(at, {{w, 0, 0x1000}, {x, 0x1000, 0x2000}, {w, 0x2000, 0x2001}}));
  static constexpr Spoil ways[] = {
      [](Drawn& it, uint64_t) { it.table[it.noted] = {elf::stack, 6, 0, 0, 0, 0, 0, 16}; },
      [](Drawn& it, uint64_t) { it.table[it.noted] = {elf::stack, 7, 0, 0, 0, 0, 0, 16}; },
  };
  say_spoiled(run, ways);
}

// `segments` of them, and `empty` headers that ask for nothing.
Error outcome_of_many(uint64_t segments, uint64_t empty, uint64_t entry) {
  Drawn& it = begin_anew();
  for (uint64_t n = 0; n < segments; ++n) it.load(0x40'0000 + n * 0x2000, 0x1800, n % 2 == 0 ? x : w);
  for (uint64_t n = 0; n < empty; ++n) it.load(0x60'0000, 0, w);
  it.header.entry = 0x40'0000 + entry;
  return outcome_of(it);
}

void elf_order(TestRun& run) {
  uint64_t at = 0x40'0000 + frame_size * run.random().below(1000), some = 1 + run.random().below(0x7ff);
  run.seen("outcome", 0, outcome_of(at, {{r, 0, 0x800}, {r, 0x800, 0x1000}, {r, 0x1000, 0x3000}}));
  run.seen("outcome", 1, outcome_of(at, {{r, 0, 0x801}, {r, 0x800, 0x1000}}));
  run.seen("outcome", 2, outcome_of(at, {{r, 0, 0x2000}, {r, some, some + 1}}));
  run.seen("outcome", 3, outcome_of(at, {{r, 0, 0x800}, {r, 0, 0x800}}));
  run.seen("outcome", 4, outcome_of(at, {{r, 0x800, 0x800 + some}, {r, 0, some}}));
  run.seen("outcome", 5, outcome_of(at, {{w, 0x3000, 0x5000}, {r, 0, 0x2000}}));
  run.seen("outcome", 6, outcome_of(at, {{r, 0, 0x2000}, {r, 0x1000, 0x1000}, {r, 0x2000, 0x2001}}));
  run.seen("outcome", 7, outcome_of_many(8, 0, some));
  run.seen("outcome", 8, outcome_of_many(8, 4, some));
  run.seen("outcome", 9, outcome_of_many(9, 0, some));
}

void elf_entry(TestRun& run) {
  uint64_t at = 0x40'0000 + frame_size * run.random().below(1000), from = run.random().below(0x800);
  uint64_t entries[] = {from, from + 0x1fff, from - 1, from + 0x2000, 0x4000, 0x8080, 0 - at};
  for (uint64_t i = 0; i < sizeof entries / 8; ++i) {
    Drawn& it = begin_anew();
    it.load(at + from, 0x2000, x);
    it.load(at + 0x4000, 0x2000, r);
    it.load(at + 0x8000, 0x2000, w);
    it.header.entry = at + entries[i];
    run.seen("outcome", i, outcome_of(it));
  }
}

// Numbers that are at the edge of something; one word or half of one.
uint64_t damaged(Random& random, uint64_t word) {
  uint64_t kind = random.below(8), some = random.next();
  uint64_t words[] = {
      0, some % 8, word + 1, word - 1, word ^ 1ull << some % 64, word + 0x1000, ~(some % 0x2000), 1ull << 63};
  return words[kind];
}

void elf_damaged(TestRun& run) {
  for (uint64_t i = 0; i < 200; ++i) {
    Random& random = run.random();
    write(draw(random));
    uint64_t words =
        (drawn.header.program_headers + sizeof(ElfProgramHeader) * drawn.header.program_header_count) / 4 - 1;
    for (uint64_t n = random.below(3); n < 3; ++n) {
      uint64_t at = 4 * random.below(words), word, size = random.below(2) == 0 ? 4 : 8;
      __builtin_memcpy(&word, file + at, 8);
      word = damaged(random, word);
      __builtin_memcpy(file + at, &word, size);
    }
    uint64_t size = random.below(4) == 0 ? random.below(0x800) : file_bytes;
    bool taken = plan(size) == Error::Success;
    run.seen("taken", i, taken);
    if (taken) say_plan(run, i);
  }
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab3.elf_plans", elf_plans},         {"lab3.elf_header", elf_header},   {"lab3.elf_sizes", elf_sizes},
    {"lab3.elf_alignment", elf_alignment}, {"lab3.elf_rights", elf_rights},   {"lab3.elf_order", elf_order},
    {"lab3.elf_entry", elf_entry},         {"lab3.elf_damaged", elf_damaged},
};

}  // namespace
}  // namespace strata
