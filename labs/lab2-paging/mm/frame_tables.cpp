// Page tables in the kernel's frames, reached through the direct map.
#include "mm/clear_frame.hpp"
#include "mm/frames.hpp"
#include "mm/kernel_space.hpp"

namespace strata {

namespace {

class FrameTables final : public TableStore {
 public:
  Result<Pa> allocate() override {
    Pa table = TRY(allocate_frames());
    clear_frame(entries(table));
    return table;
  }
  void free(Pa table) override { release_frame(table); }
  uint64_t* entries(Pa table) override { return direct_map_as<uint64_t>(table); }
  uint16_t& used_entries(Pa table) override { return frame_at(table).used_entries; }
};

constinit FrameTables tables;

}  // namespace

TableStore& frame_tables() { return tables; }

}  // namespace strata
