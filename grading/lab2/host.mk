# What lab 2's host tests are made of, besides lab 1's: see grading/lab1/host.mk.
HOST_EXERCISES := \
  mm/buddy_alloc.cpp \
  mm/buddy_free.cpp \
  mm/cursor_walk.cpp \
  mm/fault_decision.cpp \
  mm/flush.cpp \
  mm/map.cpp \
  mm/my_buddy_tests.cpp \
  mm/my_slab.cpp \
  mm/my_swap.cpp \
  mm/protect.cpp \
  mm/unmap.cpp \
  mm/vmo_cow.cpp \
  mm/x86/entry.cpp \
  mm/x86/my_pcid.cpp

HOST_SOURCES := \
  mm/address_space.cpp \
  mm/cursor.cpp \
  mm/frame_tables.cpp \
  mm/heap.cpp \
  mm/page_map.cpp \
  mm/page_tables.cpp \
  mm/region_tree.cpp \
  mm/tlb_flush.cpp \
  mm/vmo.cpp

HOST_TESTS := \
  buddy_test.cpp \
  cow_model_test.cpp \
  fault_decision_test.cpp \
  flush_test.cpp \
  host/frames.cpp \
  host/kernel_space.cpp \
  host/my_buddy_test.cpp \
  host/my_pcid_test.cpp \
  my_slab_test.cpp \
  my_swap_test.cpp \
  paging_test.cpp \
  tables_model_test.cpp \
  vmo_test.cpp \
  walk_test.cpp
