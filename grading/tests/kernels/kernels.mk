# Rogue kernels for the grader's own tests, built by the tree's own rules:
#   make -f grading/tests/kernels/kernels.mk [rogues|replays|undefined SAN=1]
# from the top of the tree; the images stand in build/tests/kernels/, with SAN=1 in build/san/tests/kernels/.
# lab1/NAME.cpp takes the place of the kernel's main.cpp, lab1/NAME.S of its first instructions. Everything else is the
# reference's, so a rogue may use whatever a kernel has.
.DEFAULT_GOAL := rogues
MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
SOLUTIONS := all
STAGE := 1
override out = $(built)/tests/kernels
include labs/make/build.mk

folder := grading/tests/kernels/lab1
rogue_object = $(built)/obj/$(1).o
main_object := $(built)/obj/labs/lab1-boot/boot/main.cpp.o
entry_object := $(built)/obj/labs/lab1-boot/boot/x86/entry.S.o
header_object := $(built)/obj/labs/lab1-boot/boot/x86/multiboot2_header.S.o

mains := $(filter-out $(folder)/replay.cpp $(folder)/undefined.cpp,$(wildcard $(folder)/*.cpp))
entries := $(wildcard $(folder)/*.S)
# $(1) = the rogue's source, $(2) = the object that it takes the place of
rogue = $(call kernel_rules,$(notdir $(basename $(1))),$(filter-out $(2),$(objects)) $(call rogue_object,$(1)))
$(foreach source,$(mains),$(eval $(call rogue,$(source),$(main_object))))
$(foreach source,$(entries),$(eval $(call rogue,$(source),$(entry_object))))
$(eval $(call kernel_rules,no_header,$(filter-out $(header_object),$(objects))))
# Without the tests, which nobody waits for.
$(eval $(call rogue,$(folder)/undefined.cpp,$(main_object) $(test_objects)))

# One more kernel for each transcript, build/tests/transcripts/NAME.com1 and NAME.com2.
transcript_folder := build/tests/transcripts
transcripts := $(patsubst $(transcript_folder)/%.com2,%,$(wildcard $(transcript_folder)/*.com2))
$(transcript_folder)/%.o: $(folder)/transcript.inc $(transcript_folder)/%.com1 $(transcript_folder)/%.com2
	$(call say,as,$@)$(CXX) $(ASFLAGS) -x assembler-with-cpp -DCOM1='"$(word 2,$^)"' -DCOM2='"$(word 3,$^)"' -c $< -o $@
replay = $(call kernel_rules,$(1),$(filter-out $(main_object),$(objects)) $(call rogue_object,$(folder)/replay.cpp) \
  $(transcript_folder)/$(1).o)
$(foreach name,$(transcripts),$(eval $(call replay,$(name))))

-include $(patsubst %,$(built)/obj/%.d,$(wildcard $(folder)/*.cpp $(folder)/*.S))
images = $(foreach name,$(1),$(out)/$(name).iso)
rogues: $(call images,$(notdir $(basename $(mains) $(entries))) no_header)
replays: $(call images,$(transcripts))
undefined: $(call images,undefined)
.PHONY: rogues replays undefined
.SECONDARY:
