# clang-tidy on all C++ of the labs, the solutions and the tests:  make -f grading/tests/tidy.mk  from the top of the tree.
# Headers are seen with what includes them; skeletons are left out, because they are derived. What was found clean is looked
# at again when its object is made anew.
.DEFAULT_GOAL := tidy
MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
SOLUTIONS := all
include labs/make/build.mk

flags := $(filter-out -mgeneral-regs-only,$(CXXFLAGS)) --target=x86_64-linux-gnu -mno-sse -mno-mmx

sources := $(patsubst build/obj/%.o,%,$(filter %.cpp.o,$(objects)))
# What is made for this machine alone.
host_sources := $(filter-out $(sources),$(patsubst build/host/%.o,%,$(host_objects)))
tidy = $(call say,tidy,$*)mkdir -p $(@D) && clang-tidy --quiet $* -- $(1) $(call include_paths,$*) > $@ 2>&1 || { cat $@; false; }

$(sources:%=build/tidy/%): build/tidy/%: build/obj/%.o .clang-tidy
	$(call tidy,$(flags))

$(host_sources:%=build/tidy/%): build/tidy/%: build/host/%.o .clang-tidy
	$(call tidy,$(HOST_CXXFLAGS))

.PHONY: tidy
tidy: $(addprefix build/tidy/,$(sources) $(host_sources))
