// What lab 3 reads from outside: ELF files, the boot archive, ACPI's list of CPUs. Made right, made wrong in one place, cut short,
// and spoilt at random; each in memory of exactly its size, at whose ends the sanitizer watches.
#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "boot/boot_info.hpp"
#include "process/archive.hpp"
#include "process/elf.hpp"
#include "smp/madt.hpp"

namespace strata {

// Nothing here loads what it has read.
Result<Ref<Vmo>> Vmo::create(uint64_t) { return Error::OutOfMemory; }
Result<Pa> Vmo::fill(uint64_t) { return Error::OutOfMemory; }
void Vmo::release() {}
Result<Va> AddressSpace::map(Va, uint64_t, Perms, const Ref<Vmo>&, uint64_t) { return Error::OutOfMemory; }
const BootInfo& boot_info() { std::abort(); }
void span_out_of_range(size_t, size_t) { std::abort(); }

namespace {

using Bytes = std::vector<uint8_t>;

// Calls the function with the bytes where nobody can go one too far.
template <typename Function>
auto with_exactly(const Bytes& bytes, Function function) {
  auto copy = std::make_unique<uint8_t[]>(bytes.size());
  std::copy(bytes.begin(), bytes.end(), copy.get());
  return function(Span<const uint8_t>(copy.get(), bytes.size()));
}

template <typename T>
void put(Bytes& bytes, size_t at, const T& value) {
  if (bytes.size() < at + sizeof value) bytes.resize(at + sizeof value);
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

// Replaces up to four places by what breaks additions and comparisons, or by anything.
Bytes spoilt(Bytes bytes, std::mt19937_64& random) {
  constexpr uint64_t nasty[] = {0,          1,     0x7f,     0xff, 0xffff, 0x7fff'ffff'f000, 0x7fff'ffff'ffff,
                                1ull << 63, ~0ull, ~0xfffull};
  for (uint64_t left = 1 + random() % 4; left > 0; --left) {
    uint64_t value = random() % 2 ? nasty[random() % std::size(nasty)] : random();
    size_t size = size_t{1} << random() % 4, at = random() % bytes.size();
    std::memcpy(bytes.data() + at, &value, std::min(size, bytes.size() - at));
  }
  if (random() % 8 == 0) bytes.resize(random() % bytes.size());
  return bytes;
}

// --- ELF

constexpr uint64_t end_of_space = 0x7fff'ffff'f000;

struct Program {
  Elf64_Ehdr header = {};
  std::vector<Elf64_Phdr> parts;

  // Text, constants, and data with zeros behind; the file ends with the last of the data.
  Program() {
    std::memcpy(header.e_ident,
                "\x7f"
                "ELF\2\1\1",
                7);
    header.e_type = ET_EXEC;
    header.e_machine = EM_X86_64;
    header.e_entry = 0x400010;
    header.e_phoff = sizeof header;
    header.e_phentsize = sizeof(Elf64_Phdr);
    parts = {{PT_LOAD, PF_R | PF_X, 0x200, 0x400000, 0, 0x30, 0x30, 0x1000},
             {PT_GNU_STACK, PF_R | PF_W, 0, 0, 0, 0, 0, 16},
             {PT_LOAD, PF_R, 0x230, 0x401230, 0, 0x1100, 0x1100, 0x1000},
             {PT_LOAD, PF_R | PF_W, 0x1330, 0x403330, 0, 0x10, 0x2000, 0x1000}};
  }

  Bytes bytes() const {
    Bytes file(0x1340, 0x90);
    Elf64_Ehdr whole = header;
    if (whole.e_phnum == 0) whole.e_phnum = static_cast<uint16_t>(parts.size());
    put(file, 0, whole);
    for (size_t i = 0; i < parts.size(); ++i) put(file, sizeof header + i * sizeof parts[i], parts[i]);
    return file;
  }
};

Error outcome_of(const Bytes& file) {
  ElfImage image;
  return with_exactly(file, [&](auto bytes) { return parse_elf(bytes, image).error(); });
}

TEST(Elf, SaysWhatTheFileAsksFor) {
  with_exactly(Program().bytes(), [](Span<const uint8_t> file) {
    ElfImage image;
    ASSERT_EQ(parse_elf(file, image).error(), Error::Success);
    EXPECT_EQ(image.entry.value, 0x400010u);
    EXPECT_FALSE(image.native);
    ASSERT_EQ(image.segments.size(), 3u);
    const ElfSegment &text = image.segments[0], &constants = image.segments[1], &data = image.segments[2];
    EXPECT_TRUE(text.perms == (Perms{.execute = true, .user = true}));
    EXPECT_TRUE(constants.perms == (Perms{.user = true}));
    EXPECT_TRUE(data.perms == (Perms{.write = true, .user = true}));
    EXPECT_EQ(constants.start.value, 0x401000u);
    EXPECT_EQ(constants.contents.value, 0x401230u);
    EXPECT_EQ(constants.pages, 2u);
    EXPECT_EQ(data.pages, 3u);
    EXPECT_EQ(data.bytes.data(), file.data() + 0x1330);
    EXPECT_EQ(data.bytes.size(), 0x10u);
  });
}

TEST(Elf, RefusesWhatIsWrongInOnePlace) {
  const std::map<std::string, std::function<void(Program&)>> mistakes = {
      {"magic", [](Program& it) { it.header.e_ident[1] = 'e'; }},
      {"32 bits", [](Program& it) { it.header.e_ident[EI_CLASS] = ELFCLASS32; }},
      {"big-endian", [](Program& it) { it.header.e_ident[EI_DATA] = ELFDATA2MSB; }},
      {"another machine", [](Program& it) { it.header.e_machine = EM_AARCH64; }},
      {"an object", [](Program& it) { it.header.e_type = ET_REL; }},
      {"a shared object", [](Program& it) { it.header.e_type = ET_DYN; }},
      {"headers of another size", [](Program& it) { it.header.e_phentsize = 32; }},
      {"headers behind the end", [](Program& it) { it.header.e_phoff = 0x1340; }},
      {"headers that wrap", [](Program& it) { it.header.e_phoff = ~0ull - 55; }},
      {"more headers than fit", [](Program& it) { it.header.e_phnum = 0xffff; }},
      {"no segment", [](Program& it) { it.parts.clear(); }},
      {"written and executed", [](Program& it) { it.parts[0].p_flags = PF_R | PF_W | PF_X; }},
      {"contents behind the end", [](Program& it) { it.parts[3].p_offset += 1; }},
      {"contents that wrap", [](Program& it) { it.parts[3].p_offset = ~0ull; }},
      {"more contents than memory", [](Program& it) { it.parts[3].p_memsz = 0xf; }},
      {"in the first page", [](Program& it) { it.parts[0].p_vaddr = 0x800, it.header.e_entry = 0x810; }},
      {"up to the kernel", [](Program& it) { it.parts[3].p_memsz = end_of_space - 0x403330 + 1; }},
      {"the kernel's", [](Program& it) { it.parts[3].p_vaddr = 0xffff'ffff'8000'0000; }},
      {"memory that wraps", [](Program& it) { it.parts[3].p_memsz = ~0ull - 0x403330 + 2; }},
      {"out of order", [](Program& it) { std::swap(it.parts[0], it.parts[3]); }},
      {"twice the same", [](Program& it) { it.parts[1] = it.parts[0]; }},
      {"two in one page", [](Program& it) { it.parts[2].p_vaddr = 0x400fff; }},
      {"overlapping", [](Program& it) { it.parts[2].p_memsz = 0x4000; }},
      {"an entry that is nowhere", [](Program& it) { it.header.e_entry = 0x401000 - 0x1001; }},
      {"an entry in the data", [](Program& it) { it.header.e_entry = 0x403330; }},
      {"an entry behind the text", [](Program& it) { it.header.e_entry = 0x401000; }},
  };
  EXPECT_EQ(outcome_of(Program().bytes()), Error::Success);
  for (const auto& [name, make] : mistakes) {
    Program program;
    make(program);
    EXPECT_EQ(outcome_of(program.bytes()), Error::InvalidArgument) << name;
  }
}

TEST(Elf, ReachesTheEndOfSpace) {
  Program program;
  program.parts[3].p_memsz = end_of_space - 0x403330;
  EXPECT_EQ(outcome_of(program.bytes()), Error::Success);
}

TEST(Elf, CountsItsSegments) {
  Program program;
  for (uint64_t i = 0; i < ElfImage::most_segments - 3; ++i) {
    program.parts.push_back({PT_LOAD, PF_R, 0, 0x500000 + i * 0x1000, 0, 8, 8, 0x1000});
  }
  EXPECT_EQ(outcome_of(program.bytes()), Error::Success);
  program.parts.push_back({PT_LOAD, PF_R, 0, 0x600000, 0, 8, 8, 0x1000});
  EXPECT_EQ(outcome_of(program.bytes()), Error::TableFull);
}

TEST(Elf, RefusesEveryFileThatIsCutShort) {
  Bytes file = Program().bytes();
  while (!file.empty()) {
    file.pop_back();
    ASSERT_EQ(outcome_of(file), Error::InvalidArgument) << file.size() << " bytes";
  }
}

void expect_sound(const ElfImage& image, Span<const uint8_t> file) {
  uint64_t behind = 0x1000;
  bool entry = false;
  for (const ElfSegment& it : image.segments) {
    uint64_t start = it.start.value, end = start + it.pages * 0x1000,
             contents_end = it.contents.value + it.bytes.size();
    ASSERT_TRUE(start % 0x1000 == 0 && behind <= start && start < end && end <= end_of_space);
    ASSERT_TRUE(start <= it.contents.value && it.contents.value <= contents_end && contents_end <= end);
    ASSERT_TRUE(file.begin() <= it.bytes.begin() && it.bytes.end() <= file.end());
    ASSERT_TRUE(it.perms.user && !(it.perms.write && it.perms.execute));
    entry |= it.perms.execute && start <= image.entry.value && image.entry.value < end;
    behind = end;
  }
  ASSERT_TRUE(entry);
}

TEST(Elf, WhateverIsAcceptedIsSound) {
  std::mt19937_64 random(3);
  unsigned accepted = 0;
  for (unsigned i = 0; i < 20'000; ++i) {
    Bytes file = Program().bytes();
    file.resize(0x1340);
    Bytes head(file.begin(), file.begin() + 64 + 4 * 56);
    head = spoilt(head, random);
    std::copy(head.begin(), head.end(), file.begin());
    with_exactly(file, [&](Span<const uint8_t> bytes) {
      ElfImage image;
      if (!parse_elf(bytes, image).ok()) return;
      ++accepted;
      expect_sound(image, bytes);
    });
  }
  EXPECT_GT(accepted, 100u);
  EXPECT_LT(accepted, 19'000u);
}

// --- The boot archive

void append(Bytes& archive, const std::string& name, char type, const Bytes& contents) {
  char header[512] = {};
  std::snprintf(header, 100, "%s", name.c_str());
  std::snprintf(header + 124, 12, "%011zo", contents.size());
  header[156] = type;
  std::memcpy(header + 257, "ustar", 6);
  archive.insert(archive.end(), header, header + sizeof header);
  archive.insert(archive.end(), contents.begin(), contents.end());
  archive.resize((archive.size() + 511) / 512 * 512);
}

TEST(Archive, FindsWhatAMapFinds) {
  std::mt19937_64 random(5);
  for (unsigned i = 0; i < 300; ++i) {
    Bytes archive;
    std::map<std::string, Bytes> files;
    for (uint64_t left = random() % 12; left > 0; --left) {
      std::string name = (random() % 2 ? "bin/" : "") + std::to_string(random() % 8);
      Bytes contents(random() % 3 == 0 ? random() % 3 * 512 : random() % 1500, static_cast<uint8_t>(random()));
      bool regular = random() % 4 != 0;
      append(archive, (random() % 3 == 0 ? "./" : "") + name, regular ? '0' : '5', contents);
      if (regular) files.emplace(name, contents);
    }
    if (random() % 2) archive.resize(archive.size() + 1024);
    for (const std::string prefix : {"", "bin/"}) {
      for (unsigned number = 0; number < 9; ++number) {
        std::string name = prefix + std::to_string(number);
        with_exactly(archive, [&](Span<const uint8_t> bytes) {
          auto found = find_in_archive(bytes, name);
          ASSERT_EQ(found.error(), files.count(name) ? Error::Success : Error::NotFound) << name;
          if (!found.ok()) return;
          ASSERT_EQ(Bytes(found.value().begin(), found.value().end()), files[name]);
        });
      }
    }
  }
}

TEST(Archive, NeverLeavesABrokenOne) {
  std::mt19937_64 random(7);
  Bytes whole;
  append(whole, "version", '0', Bytes(20, 1));
  append(whole, "bin/hello", '0', Bytes(700, 2));
  append(whole, "bin/last", '0', Bytes(512, 3));
  unsigned refused = 0;
  for (unsigned i = 0; i < 20'000; ++i) {
    with_exactly(spoilt(whole, random), [&](Span<const uint8_t> bytes) {
      auto found = find_in_archive(bytes, "bin/last");
      refused += found.error() == Error::InvalidArgument;
      if (!found.ok()) return;
      ASSERT_TRUE(bytes.begin() <= found.value().begin() && found.value().end() <= bytes.end());
    });
  }
  EXPECT_GT(refused, 500u);
}

// --- The MADT

constexpr size_t head_of_madt = 44;

TEST(Madt, FindsTheCpusThatCanBeUsed) {
  std::mt19937_64 random(9);
  for (unsigned i = 0; i < 2000; ++i) {
    Bytes table(head_of_madt);
    std::vector<uint8_t> expected;
    for (uint64_t left = random() % 24; left > 0; --left) {
      Bytes entry(2 + random() % 14);
      for (uint8_t& byte : entry) byte = static_cast<uint8_t>(random());
      entry[0] = static_cast<uint8_t>(random() % 3);
      if (entry[0] == 0) entry.resize(8);
      entry[1] = static_cast<uint8_t>(entry.size());
      if (entry[0] == 0 && entry[4] % 2 == 1 && expected.size() < most_cpus) expected.push_back(entry[3]);
      table.insert(table.end(), entry.begin(), entry.end());
    }
    ApicIds ids;
    ASSERT_EQ(with_exactly(table, [&](auto bytes) { return find_apic_ids(bytes, ids).error(); }), Error::Success);
    ASSERT_EQ(std::vector<uint8_t>(ids.begin(), ids.end()), expected);
  }
}

TEST(Madt, RefusesEntriesThatLeaveIt) {
  for (uint8_t length : {0, 1, 9, 255}) {
    Bytes table(head_of_madt);
    for (uint8_t byte : {uint8_t{0}, length, uint8_t{1}, uint8_t{7}, uint8_t{1}, uint8_t{0}, uint8_t{0}, uint8_t{0}}) {
      table.push_back(byte);
    }
    ApicIds ids;
    EXPECT_EQ(with_exactly(table, [&](auto bytes) { return find_apic_ids(bytes, ids).error(); }),
              Error::InvalidArgument);
    table.resize(head_of_madt + 1);
    EXPECT_EQ(with_exactly(table, [&](auto bytes) { return find_apic_ids(bytes, ids).error(); }),
              Error::InvalidArgument);
  }
}

TEST(Madt, IsNeverLeftWhenItIsBroken) {
  std::mt19937_64 random(11);
  Bytes whole(head_of_madt);
  for (uint8_t cpu = 0; cpu < 10; ++cpu)
    whole.insert(whole.end(), {0, 8, cpu, cpu, 1, 0, 0, 0, 1, 12, cpu, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  for (unsigned i = 0; i < 20'000; ++i) {
    ApicIds ids;
    with_exactly(spoilt(whole, random), [&](auto bytes) { return find_apic_ids(bytes, ids).error(); });
    ASSERT_LE(ids.size(), most_cpus);
  }
}

}  // namespace
}  // namespace strata
