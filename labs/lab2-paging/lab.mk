# Lab 2: what its kernel adds, which of these files the student writes, and its user programs.
SOURCES := \
  stage.cpp \
  mm/buddy.cpp \
  mm/buddy_alloc.cpp \
  mm/buddy_free.cpp \
  mm/cursor.cpp \
  mm/cursor_walk.cpp \
  mm/flush.cpp \
  mm/frame_tables.cpp \
  mm/frames.cpp \
  mm/kernel_space.cpp \
  mm/map.cpp \
  mm/page_tables.cpp \
  mm/protect.cpp \
  mm/tlb_flush.cpp \
  mm/unmap.cpp \
  mm/usable_memory.cpp \
  mm/x86/cpu_tlb.cpp \
  mm/x86/entry.cpp \
  mm/x86/protection.cpp

EXERCISES := \
  mm/buddy_alloc.cpp \
  mm/buddy_free.cpp \
  mm/cursor_walk.cpp \
  mm/flush.cpp \
  mm/map.cpp \
  mm/protect.cpp \
  mm/unmap.cpp \
  mm/x86/entry.cpp

PROGRAMS :=
