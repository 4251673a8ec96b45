# Lab 2: what its kernel adds, which of these files the student writes, and its user programs.
SOURCES := \
  stage.cpp \
  mm/address_space.cpp \
  mm/buddy_alloc.cpp \
  mm/buddy_free.cpp \
  mm/cursor.cpp \
  mm/demonstration.cpp \
  mm/cursor_walk.cpp \
  mm/fault_decision.cpp \
  mm/flush.cpp \
  mm/frame_tables.cpp \
  mm/frames.cpp \
  mm/heap.cpp \
  mm/map.cpp \
  mm/my_buddy_tests.cpp \
  mm/my_slab.cpp \
  mm/my_swap.cpp \
  mm/page_map.cpp \
  mm/page_tables.cpp \
  mm/protect.cpp \
  mm/region_tree.cpp \
  mm/tlb_flush.cpp \
  mm/unmap.cpp \
  mm/usable_memory.cpp \
  mm/vmo.cpp \
  mm/vmo_cow.cpp \
  mm/x86/clear_frame.cpp \
  mm/x86/cpu_tlb.cpp \
  mm/x86/entry.cpp \
  mm/x86/kernel_space.cpp \
  mm/x86/my_pcid.cpp \
  mm/x86/page_fault.cpp \
  mm/x86/protection.cpp

EXERCISES := \
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

PROGRAMS :=
