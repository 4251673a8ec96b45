# How kernels are built. The front door is ../../Makefile; the grader calls the same targets with an overlay.
#
#   STAGE=n          the kernel of labs 1..n                                  (default: all labs that exist)
#   SOLUTIONS="1 2"  labs whose exercise files are the reference's; or `all`  (default: none)
#   OVERLAY=dir      dir/<lab>/<file> takes the place of an exercise file; TAKE="<lab>/<file> ..." limits it to these
#   VARIANT=name     the result stands in build/stage<n>/<name>/
#   SAN=1            undefined behaviour is reported where it happens; all of this build stands in build/san/
#   CMDLINE="words"  what GRUB hands to the kernel; the image has a name of its own
#   CXX, OPT, WERROR=1, V=1
#
# Each source is compiled once, into build/obj/<where it stands>.o: the student's, the reference's and an overlay's version
# of a file have different objects, and a kernel is a choice of objects.

# --- Tools -----------------------------------------------------------------------------------------------------------
ifeq ($(origin CXX),default)
CXX := $(if $(filter x86_64 amd64,$(shell uname -m)),g++,x86_64-linux-gnu-g++)
endif
CROSS := $(if $(filter x86_64 amd64,$(shell uname -m)),,x86_64-linux-gnu-)
OPT ?= -O2
GRUB_MKRESCUE ?= $(firstword $(foreach tool,grub-mkrescue grub2-mkrescue,$(if $(shell command -v $(tool)),$(tool))) grub-mkrescue)
GRUB_MODULES ?= $(firstword $(wildcard /usr/lib/grub/i386-pc /usr/lib/grub2/i386-pc /usr/share/grub2/i386-pc))
quiet := $(if $(V),,@)
silent := $(findstring s,$(filter-out --%,$(firstword $(MAKEFLAGS))))
say = $(if $(V),,@$(if $(silent),:,printf) '  %-6s %s\n' $(1) $(2);)
built := build$(if $(SAN),/san)

# --- Labs ------------------------------------------------------------------------------------------------------------
lab_folders := $(sort $(patsubst labs/%/lab.mk,%,$(wildcard labs/lab*/lab.mk)))
number_of = $(patsubst lab%,%,$(firstword $(subst -, ,$(1))))
lab_numbers := $(foreach lab,$(lab_folders),$(call number_of,$(lab)))
STAGE ?= $(lastword $(lab_numbers))
ifeq ($(filter $(STAGE),$(lab_numbers)),)
$(error STAGE=$(STAGE): there is no such lab; the labs are $(lab_numbers))
endif

# What the sanitizer's checks call; without them it would be dead weight.
sanitizer_runtime := debug/undefined_behaviour.cpp

define read_lab
include labs/$(1)/lab.mk
$(1).EXERCISES := $$(EXERCISES)
$(1).PROGRAMS := $$(filter programs/%,$$(PROGRAMS))
$(1).RUNTIME := $$(filter runtime/%,$$(PROGRAMS))
$(1).GIVEN := $$(filter-out $$(EXERCISES) $(if $(SAN),,$(sanitizer_runtime)),$$(SOURCES))
endef
$(foreach lab,$(lab_folders),$(eval $(call read_lab,$(lab))))

# The folders of labs 1..n.
labs_up_to = $(foreach lab,$(lab_folders),$(if $(filter $(call number_of,$(lab)),$(wordlist 1,$(1),1 2 3 4 5 6 7 8 9)),$(lab)))
stage_labs := $(call labs_up_to,$(STAGE))

# --- Which version of an exercise file ---------------------------------------------------------------------------------
reference_labs := $(if $(filter all,$(SOLUTIONS)),$(lab_numbers),$(filter-out none,$(SOLUTIONS)))
ifneq ($(filter-out $(lab_numbers),$(reference_labs)),)
$(error SOLUTIONS="$(SOLUTIONS)": give lab numbers out of $(lab_numbers), or all, or none)
endif
ifeq ($(reference_labs),$(lab_numbers))
default_variant := ref
else
default_variant := $(if $(reference_labs),ref-$(subst $() ,-,$(strip $(reference_labs))),own)
endif
VARIANT ?= $(default_variant)
out := $(built)/stage$(STAGE)/$(VARIANT)

from_overlay = $(if $(OVERLAY),$(if $(TAKE),$(filter $(1),$(TAKE)),x),)
overlay_file = $(if $(call from_overlay,$(1)),$(wildcard $(OVERLAY)/$(1)))
is_reference = $(filter $(call number_of,$(1)),$(reference_labs))
reference_object = $(if $(wildcard solutions/$(1)),$(built)/obj/solutions/$(1).o,$(or $(wildcard prebuilt/$(1).o),$(call no_reference,$(1))))
no_reference = $(error SOLUTIONS="$(SOLUTIONS)": this tree has neither solutions/$(1) nor prebuilt/$(1).o)
# $(1) = lab folder, $(2) = exercise file
exercise_object = $(if $(call overlay_file,$(1)/$(2)),$(built)/obj/$(OVERLAY)/$(1)/$(2).o,$(if $(call is_reference,$(1)),$(call reference_object,$(1)/$(2)),$(built)/obj/labs/$(1)/$(2).o))

# Exercise objects stand last: where a header's inline function was emitted twice, the linker keeps the given code's copy.
given_objects := $(foreach lab,$(stage_labs),$(addprefix $(built)/obj/labs/$(lab)/,$(addsuffix .o,$($(lab).GIVEN))))
exercise_objects := $(foreach lab,$(stage_labs),$(foreach file,$(filter-out $($(lab).PROGRAMS),$($(lab).EXERCISES)),$(call exercise_object,$(lab),$(file))))
test_sources := $(foreach n,$(wordlist 1,$(STAGE),1 2 3 4 5 6 7 8 9),$(wildcard grading/lab$(n)/*_test.cpp grading/hidden/lab$(n)/*_test.cpp))
test_objects := $(patsubst %,$(built)/obj/%.o,$(test_sources))
objects := $(given_objects) $(test_objects) $(exercise_objects)
bench_sources := $(foreach n,$(wordlist 1,$(STAGE),1 2 3 4 5 6 7 8 9),$(wildcard grading/bench/lab$(n)/*.cpp grading/bench/lab$(n)/x86/*.S))
bench_objects := $(given_objects) $(patsubst %,$(built)/obj/%.o,$(bench_sources)) $(exercise_objects)

# --- Compiling -------------------------------------------------------------------------------------------------------
# clang has no use for -mgeneral-regs-only here: libstdc++'s headers mention long double.
is_clang := $(findstring clang,$(shell $(CXX) --version 2>/dev/null | head -n 1))
registers := $(if $(is_clang),--target=x86_64-linux-gnu -mno-sse -mno-mmx,-mgeneral-regs-only)
warnings := -Wall -Wextra -Wshadow -Wconversion -Wold-style-cast -Wsuggest-override -Wnon-virtual-dtor \
  -Wimplicit-fallthrough $(if $(is_clang),-Wno-missing-braces -Wno-unused-private-field,-Wframe-larger-than=$(if $(SAN),32768,$(if $(filter -O0,$(OPT)),2048,1024))) $(if $(WERROR),-Werror)
common_flags := $(OPT) -g -ffreestanding -fno-pie -fno-pic -mcmodel=kernel -mno-red-zone -fno-omit-frame-pointer \
  -fcf-protection=none -fno-asynchronous-unwind-tables -fno-stack-protector
CXXFLAGS := -std=c++2b $(common_flags) $(registers) -fno-exceptions -fno-rtti -fno-threadsafe-statics \
  -fno-use-cxa-atexit $(warnings)
# All of `undefined` but what cannot work here: vptr compares RTTI, and the kernel has none; function (clang alone) looks at
# what stands before a function that is called by its address, and nothing of the kind stands before assembly. Frames grow by
# values that are otherwise made where they belong, such as a whole KernelTables; hence the other limit above.
sanitize := $(if $(SAN),-fsanitize=undefined -fno-sanitize=vptr $(if $(is_clang),-fno-sanitize=function))
ASFLAGS := $(OPT) -g -ffreestanding -fno-pie -fno-pic -mcmodel=kernel

# A lab's files see the headers of their own and earlier labs, and nothing else of the tree.
lab_of_path = $(call number_of,$(firstword $(filter lab%,$(subst /, ,$(patsubst labs/%,%,$(1))))))
include_paths = $(foreach lab,$(call labs_up_to,$(call lab_of_path,$(1))),-Ilabs/$(lab)) \
  $(if $(filter grading/%,$(1)),-Igrading/lab$(call lab_of_path,$(1)))

$(built)/obj/%.cpp.o: %.cpp $(built)/flags
	$(quiet)mkdir -p $(@D)
	$(call say,c++,$<)$(CXX) $(CXXFLAGS) $(sanitize) $(include_paths_of_target) $(list_inputs) -c $< -o $@

# Would report on itself without end.
$(built)/obj/labs/%/$(sanitizer_runtime).o: sanitize :=

$(built)/obj/%.S.o: %.S $(built)/flags
	$(quiet)mkdir -p $(@D)
	$(call say,as,$<)$(CXX) $(ASFLAGS) $(include_paths_of_target) $(list_inputs) -c $< -o $@
include_paths_of_target = $(call include_paths,$(patsubst $(built)/obj/%.o,%,$@))
# Everything that compiler and assembler read, the system's headers too: the grader looks at both lists. -MMD would leave
# out what a line marker (# 1 "file" 3) calls a system header.
list_inputs = -MD -MP $(if $(is_clang),,-Wa$(comma)--MD$(comma)'$(@:.o=.as.d)')
comma := ,

-include $(sort $(objects:.o=.d) $(bench_objects:.o=.d))

# Behind a command that wrote a new version of the target to $@.<process>: several makes may do this at once.
keep_if_equal = { cmp -s $@.$$$$ $@ && rm $@.$$$$ || mv $@.$$$$ $@; }

# Rewritten only when its contents change, so that other flags or another compiler compile everything again.
$(built)/flags: force
	$(quiet)mkdir -p $(@D)
	$(quiet)printf '%s\n' '$(shell $(CXX) --version 2>/dev/null | head -n 1)' '$(CXXFLAGS)' '$(sanitize)' '$(ASFLAGS)' \
	  > $@.$$$$ && $(keep_if_equal)

# --- Linking ---------------------------------------------------------------------------------------------------------
link = $(CXX) $(if $(is_clang),--target=x86_64-linux-gnu) -nostdlib -static $(if $(is_clang),,-no-pie) -Wl,-T,labs/make/kernel.ld \
  -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack -Wl,--build-id=none -Wl,--no-warn-rwx-segments \
  -Wl,--defsym=start_stage=start_lab$(STAGE)

# GRUB's modules, where we know the place. Their list of partition maps is empty: no image has those modules, and GRUB would
# complain of each, letter by letter through a BIOS without a screen, which takes a quarter of all its time.
grub := $(if $(GRUB_MODULES),build/grub/partmap.lst)
build/grub/partmap.lst: $(GRUB_MODULES)/partmap.lst
	$(quiet)mkdir -p $(@D) && ln -sf $(GRUB_MODULES)/* $(@D) && rm $@ && touch $@

# $(1) = kernel or test, $(2) = its objects. Linked twice: the second time with the symbols of the first.
define kernel_rules
$(out)/$(1).objects: force
	$(quiet)mkdir -p $$(@D)
	$(quiet)printf '%s\n' $(2) > $$@.$$$$$$$$ && $$(keep_if_equal)

$(out)/$(1).elf: $(2) $(out)/$(1).objects labs/make/kernel.ld labs/make/symbols.awk
	$(call say,link,$$@)$$(link) $(2) -o $$@.first
	$(quiet)$(CROSS)nm --numeric-sort --demangle $$@.first | awk -f labs/make/symbols.awk > $(out)/$(1).symbols.s
	$(quiet)$(CXX) $(if $(is_clang),--target=x86_64-linux-gnu) -c $(out)/$(1).symbols.s -o $(out)/$(1).symbols.o
	$(quiet)$$(link) $(2) $(out)/$(1).symbols.o -o $$@
	$(quiet)rm $$@.first

$(call image,$(1)): $(out)/$(1).elf $(out)/archive.tar labs/make/grub.cfg $(grub)
	$(quiet)rm -rf $$(@:iso=root) && mkdir -p $$(@:iso=root)/boot/grub
	$(quiet)$(CROSS)objcopy --strip-debug $$< $$(@:iso=root)/boot/kernel.elf
	$(quiet)cp $(out)/archive.tar $$(@:iso=root)/boot/
	$(quiet){ echo 'set cmdline="$(CMDLINE)"'; cat labs/make/grub.cfg; } > $$(@:iso=root)/boot/grub/grub.cfg
	$(call say,iso,$$@)$$(make_iso) -o $$@ $$(@:iso=root) > $$@.log 2>&1 || \
	  { cat $$@.log; echo 'The boot image could not be made: see `make doctor`.' >&2; exit 1; }
endef
# $(1) = kernel or test. tree.image() in tree.py gives the same name.
image = $(out)/$(1)$(if $(CMDLINE),-$(subst =,+,$(subst /,@,$(subst $() ,$(comma),$(CMDLINE))))).iso
ifneq ($(CMDLINE),)
ifneq ($(shell case '$(subst ','\'',$(CMDLINE))' in (*[!a-zA-Z0-9=./_\ -]*) echo bad;; esac),)
$(error CMDLINE="$(CMDLINE)": words of letters, digits and = . / _ - only, with a space between them)
endif
endif
make_iso = $(GRUB_MKRESCUE) $(if $(grub),-d $(dir $(grub))) --locales= --themes= --fonts= \
  --install-modules="multiboot2 normal iso9660 biosdisk serial echo iorw halt"

$(eval $(call kernel_rules,kernel,$(given_objects) $(exercise_objects)))
$(eval $(call kernel_rules,test,$(objects)))
# Measured from its first instruction on, and around its stage and clock (grading/bench/lab1/).
$(eval $(call kernel_rules,bench,$(bench_objects)))
$(out)/bench.elf: private link += -Wl,-e,measured_start32 -Wl,--wrap=start_stage -Wl,--wrap=_ZN6strata11start_clockEv

# --- User programs ---------------------------------------------------------------------------------------------------
# Compiled for ring 3, with the vocabulary of lab 1 and the runtime of the labs; each becomes bin/<name> of the boot archive.
USER_CXXFLAGS := $(filter-out -mcmodel=kernel -mno-red-zone -mgeneral-regs-only -mno-sse -mno-mmx,$(CXXFLAGS))
user_object = $(patsubst $(built)/obj/%,$(built)/user/%,$(1))
runtime_objects = $(foreach lab,$(stage_labs),$(foreach file,$($(lab).RUNTIME),$(built)/user/labs/$(lab)/$(file).o)) \
  $(built)/user/labs/lab1-boot/lib/print.cpp.o $(built)/user/labs/lab1-boot/lib/x86/memory.cpp.o \
  $(call user_object,$(call exercise_object,lab1-boot,lib/format.cpp))

$(built)/user/%.cpp.o: %.cpp $(built)/flags
	$(quiet)mkdir -p $(@D)
	$(call say,user,$<)$(CXX) $(USER_CXXFLAGS) $(call include_paths,$*.cpp) $(list_inputs) -c $< -o $@

$(built)/user/%.S.o: %.S $(built)/flags
	$(quiet)mkdir -p $(@D)
	$(call say,user,$<)$(CXX) $(filter-out -mcmodel=kernel,$(ASFLAGS)) $(call include_paths,$*.S) $(list_inputs) -c $< -o $@

# $(1) = lab folder, $(2) = its source, which may be an exercise
program_object = $(call user_object,$(if $(filter $(2),$($(1).EXERCISES)),$(call exercise_object,$(1),$(2)),$(built)/obj/labs/$(1)/$(2).o))
define program_rules
programs += $(out)/archive/bin/$(basename $(notdir $(2)))
user_objects += $(call program_object,$(1),$(2))
$(out)/archive/bin/$(basename $(notdir $(2))): $(call program_object,$(1),$(2)) $$(runtime_objects) labs/lab3-syscalls/runtime/program.ld
	$(quiet)mkdir -p $$(@D) $(out)/programs
	$(call say,link,$$@)$(CXX) $(if $(is_clang),--target=x86_64-linux-gnu) -nostdlib -static $(if $(is_clang),,-no-pie) \
	  -Wl,-T,labs/lab3-syscalls/runtime/program.ld -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack -Wl,--build-id=none \
	  $$(filter %.o,$$^) -o $(out)/programs/$$(@F).elf
	$(quiet)$(CROSS)objcopy --strip-all $(out)/programs/$$(@F).elf $$@
endef
programs :=
user_objects := $(if $(filter lab3-syscalls,$(stage_labs)),$(runtime_objects))
$(foreach lab,$(stage_labs),$(foreach file,$($(lab).PROGRAMS),$(eval $(call program_rules,$(lab),$(file)))))
exercise_files = $(foreach lab,$(stage_labs),$(foreach file,$($(lab).EXERCISES),$(call exercise_object,$(lab),$(file))))
given_user_objects = $(filter-out $(call user_object,$(exercise_files)),$(user_objects))
-include $(user_objects:.o=.d)

# The boot archive: what the kernel finds as its first module (ustar).
$(out)/archive.tar: labs/make/build.mk $(programs)
	$(quiet)mkdir -p $(out)/archive && echo "Strata, stage $(STAGE)" > $(out)/archive/version
	$(quiet)tar --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C $(out)/archive -cf $@ \
	  version $(patsubst $(out)/archive/%,%,$(programs))

.PHONY: kernel test-kernel bench-kernel objects given force
kernel: $(call image,kernel) $(if $(SAN),,compile_commands.json)
test-kernel: $(call image,test)
bench-kernel: $(call image,bench)
# What more than one kernel shares: the grader builds it before it builds kernels side by side.
objects: $(objects) $(user_objects) $(grub)
given: $(given_objects) $(test_objects) $(given_user_objects) $(grub)
force:

include labs/make/host.mk

# For editors: how each source of the student's tree is compiled.
compile_sources := $(foreach lab,$(lab_folders),$(addprefix labs/$(lab)/,$($(lab).GIVEN) $($(lab).EXERCISES)))
compile_commands.json: $(foreach lab,$(lab_folders),labs/$(lab)/lab.mk) $(built)/flags
	$(file >$@,[)$(foreach source,$(compile_sources),$(file >>$@,{"directory": "$(CURDIR)"$(comma) "file": "$(source)"$(comma) "command": "$(CXX) $(CXXFLAGS) $(call include_paths,$(source)) -c $(source)"}$(if $(filter-out $(lastword $(compile_sources)),$(source)),$(comma))))$(file >>$@,])
