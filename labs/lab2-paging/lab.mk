# Lab 2: what its kernel adds, which of these files the student writes, and its user programs.
SOURCES := \
  stage.cpp \
  mm/buddy.cpp \
  mm/buddy_alloc.cpp \
  mm/buddy_free.cpp \
  mm/frames.cpp \
  mm/usable_memory.cpp

EXERCISES := \
  mm/buddy_alloc.cpp \
  mm/buddy_free.cpp

PROGRAMS :=
