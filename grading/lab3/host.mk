# What lab 3's host tests are made of, besides those of labs 1 and 2: see grading/lab1/host.mk.
HOST_EXERCISES := \
  object/handle_table.cpp \
  process/my_elf.cpp \
  sched/run_queue.cpp \
  syscall/dispatch.cpp \
  syscall/return_path.cpp \
  syscall/x86/msr.cpp \
  user/copy.cpp

HOST_SOURCES := \
  object/handle_pages.cpp \
  object/object.cpp \
  object/slot.cpp

HOST_TESTS := \
  copy_test.cpp \
  dispatch_test.cpp \
  handle_test.cpp \
  host/handle_model_test.cpp \
  host/queue_model_test.cpp \
  host/ring3.cpp \
  msr_test.cpp \
  my_elf_test.cpp \
  return_path_test.cpp \
  run_queue_test.cpp
