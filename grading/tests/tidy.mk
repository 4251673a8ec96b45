# clang-tidy on all C++ of the labs, the solutions and the tests:  make -f grading/tests/tidy.mk  from the top of the tree.
# Headers are seen with what includes them; skeletons are left out, because they are derived. What was found clean is looked
# at again when its object is made anew.
.DEFAULT_GOAL := tidy
MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
SOLUTIONS := all
include labs/make/build.mk

flags := $(filter-out -mgeneral-regs-only,$(CXXFLAGS)) --target=x86_64-linux-gnu -mno-sse -mno-mmx

build/tidy/%: build/obj/%.o .clang-tidy
	$(quiet)mkdir -p $(@D)
	$(call say,tidy,$*)clang-tidy --quiet $* -- $(flags) $(call include_paths,$*) > $@ 2>&1 || { cat $@; false; }

.PHONY: tidy
tidy: $(patsubst build/obj/%.o,build/tidy/%,$(filter %.cpp.o,$(objects)))
