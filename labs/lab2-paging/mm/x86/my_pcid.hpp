// Challenge 2.13: translations that outlive a switch of address spaces. With CR4.PCIDE set, each entry of the TLB carries the
// PCID that was in use when it was made, and only the PCID in use finds it (Intel SDM vol. 3A, 4.10.1). Who reuses a PCID,
// or takes a mapping away behind an entry's back, has to make the CPU forget.
// Invariant: an entry that the PCID in use can find is what the tables of the space in use say.
// Only host tests use this, with a simulated TLB: the emulator has no PCIDs.
#pragma once

#include "lib/address.hpp"

namespace strata {

using Pcid = uint16_t;  // 0 .. 4095

enum class Invpcid : uint8_t { Address = 0, Context = 1, AllWithGlobal = 2, All = 3 };

// What a CPU with PCIDs can be told (SDM vol. 3A, 4.10.4.1).
class TaggedTlb {
 public:
  static constexpr uint64_t keep = 1ull << 63;

  // mov to CR3. Bits 0 to 11 are the PCID in use from now on, bits 12 to 51 the root table, bits 52 to 62 are 0. Forgets all of
  // this PCID, but not with `keep`. Other PCIDs are left alone.
  virtual void load_cr3(uint64_t value) = 0;

  // Forgets the page around `va`, of the PCID in use.
  virtual void invlpg(Va va) = 0;

  // Forgets the page around `va` of a PCID, all of a PCID, or all of all PCIDs with or without global pages. What a type does
  // not need is 0.
  virtual void invpcid(Invpcid type, Pcid pcid, Va va) = 0;

 protected:
  ~TaggedTlb() = default;
};

// What all CPUs know of an address space. It is in use on one CPU at most.
struct TaggedSpace {
  Pa root;                  // another space's when this one is gone
  uint64_t number = 0;      // 1 and up; never another space's
  uint64_t generation = 0;  // how often its tables were changed such that the TLB must forget something
};

// Who has which PCID on one CPU. Nobody tells it when a space is gone, or was changed on another CPU.
class PcidCpu {
 public:
  static constexpr size_t most_pcids = 16;

  // Spaces have PCIDs 1 to `pcids` (1 .. most_pcids); which entries of these are in the TLB so far, nobody can say. No space is
  // in use.
  PcidCpu(TaggedTlb& tlb, size_t pcids) : tlb_(tlb), pcids_(pcids) {}

  // Challenge 2.13. This space is in use from now on: one load_cr3(), and nothing else. What the TLB knows of the space is kept,
  // unless the space has no PCID here any more, or was changed since its entries were made. A space keeps its PCID until
  // another one needs it. Then the PCIDs go first that no space has had, and after them the one whose space was switched to
  // the longest time ago.
  void switch_to(const TaggedSpace& space);

  // Challenge 2.13. The page at `va` was changed in the tables of this space, which is in use on this CPU or on none. Counts the
  // generation. From here on no CPU uses the old translation, and this one forgets no other because of it, at once or later;
  // that takes one invlpg() or invpcid() at most.
  void changed_page(TaggedSpace& space, Va va);

  // Challenge 2.13. The same, of any number of pages. If the space is in use here, all that the TLB knows of it is forgotten at
  // once; otherwise the TLB is told nothing, and forgets when the space is used again.
  void changed_all(TaggedSpace& space);

 private:
  // Whose entries a PCID has, and as of when.
  struct Slot {
    uint64_t space = 0;  // its number; 0: nobody's
    uint64_t generation = 0;
    uint64_t switched_to = 0;  // the larger, the later
  };

  TaggedTlb& tlb_;
  size_t pcids_;
  uint64_t switches_ = 0;
  Slot* in_use_ = nullptr;
  Slot slots_[most_pcids];  // slots_[i] is that of PCID i + 1
};

}  // namespace strata
