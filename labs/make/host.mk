# Host tests: the pure part of the labs as a program for this machine, under AddressSanitizer and
# UndefinedBehaviorSanitizer. What belongs to it is listed in grading/labN/host.mk; which version of an exercise file it
# has, and where it stands ($(out)/host-tests), is as for kernels. Included by build.mk.
#
#   HOST_CXX   compiles for this machine (default: CXX; its native sister where that is a cross compiler)

HOST_CXX ?= $(if $(CROSS),$(if $(is_clang),clang++,g++),$(CXX))

# --- What it is made of ------------------------------------------------------------------------------------------------
host_version = $(patsubst prebuilt/%,prebuilt/host/%,$(patsubst $(built)/obj/%,build/host/%,$(call exercise_object,$(1),$(2))))

host_given :=
host_exercises :=
# $(1) = folder of a host.mk and its tests, $(2) = lab folder
define read_host_lists
HOST_EXERCISES :=
HOST_SOURCES :=
HOST_TESTS :=
-include $(1)/host.mk
host_given += $$(patsubst %,build/host/labs/$(2)/%.o,$$(HOST_SOURCES)) $$(patsubst %,build/host/$(1)/%.o,$$(HOST_TESTS))
host_exercises += $$(foreach file,$$(HOST_EXERCISES),$$(call host_version,$(2),$$(file)))
endef
$(foreach lab,$(stage_labs),$(foreach folder,grading grading/hidden,\
  $(eval $(call read_host_lists,$(folder)/lab$(call number_of,$(lab)),$(lab)))))
host_objects := $(host_given) $(host_exercises)

# --- Compiling and linking -----------------------------------------------------------------------------------------------
# Not optimized, so that nothing that a sanitizer could see is gone before it looks. Kernel code as far as the host lets it be.
sanitizers := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-sanitize=vptr
host_is_clang := $(findstring clang,$(shell $(HOST_CXX) --version 2>/dev/null | head -n 1))
HOST_CXXFLAGS := -std=c++2b -O0 -g -w -ffreestanding -fno-pie -fno-exceptions -fno-rtti -fno-threadsafe-statics \
  -fno-use-cxa-atexit -fno-stack-protector -fno-omit-frame-pointer $(sanitizers) \
  $(if $(host_is_clang),-fno-sanitize=function -fno-sanitize-ignorelist -mllvm -asan-globals=0,--param asan-globals=0)

# The sanitizers give each object a constructor, which the program does without: so nobody else can bring one, and no code
# of a student's runs before main() has shut it in. Without a registration of globals there is no other use for it.
build/host/%.cpp.o: %.cpp build/host.flags
	$(quiet)mkdir -p $(@D)
	$(call say,host,$<)$(HOST_CXX) $(HOST_CXXFLAGS) $(call include_paths,$*.cpp) $(list_inputs) -c $< -o $@
	$(quiet)objcopy --remove-section='.init_array.*' --remove-section='.fini_array.*' $@

-include $(host_objects:.o=.d)

build/host.flags: force
	$(quiet)mkdir -p $(@D)
	$(quiet)printf '%s\n' '$(shell $(HOST_CXX) --version 2>/dev/null | head -n 1)' '$(HOST_CXXFLAGS)' > $@.$$$$ && $(keep_if_equal)

$(out)/host-tests.objects: force
	$(quiet)mkdir -p $(@D)
	$(quiet)printf '%s\n' $(host_objects) > $@.$$$$ && $(keep_if_equal)

# Without PIE, so that an address in a sanitizer's report is one that addr2line knows. The table of tests is a section of
# its own, whose bounds have other names than in kernel.ld.
$(out)/host-tests: $(host_objects) $(out)/host-tests.objects
	$(call say,link,$@)$(HOST_CXX) $(sanitizers) -no-pie -Wl,--defsym=kernel_tests_start=__start_kernel_tests \
	  -Wl,--defsym=kernel_tests_end=__stop_kernel_tests $(host_objects) -o $@

.PHONY: host-tests host-objects host-given
host-tests: $(out)/host-tests
# What more than one program shares.
host-objects: $(host_objects)
host-given: $(host_given)
