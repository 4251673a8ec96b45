# Strata: the front door. `make help` lists what it can do; how kernels are built stands in labs/make/build.mk.
.DEFAULT_GOAL := default
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

# Make's own words for a goal that does not exist lead nowhere. What has a slash is a file of the build.
goals := $(shell sed -n '/:=/!s/^\([a-z -]*\):.*/\1/p' Makefile labs/make/build.mk labs/make/host.mk) compile_commands.json
unknown := $(foreach goal,$(MAKECMDGOALS),$(if $(findstring /,$(goal)),,$(filter-out $(goals),$(goal))))
ifneq ($(strip $(unknown)),)
$(error there is no `make $(firstword $(unknown))`; `make help` lists what there is)
endif

ifneq ($(words $(MAKECMDGOALS)),0)
ifeq ($(filter-out help doctor clean handout,$(MAKECMDGOALS)),)
light := yes
endif
endif
ifndef light
include labs/make/build.mk
endif

# The reference where the tree has it, unless SOLUTIONS says otherwise.
run_solutions = $(or $(SOLUTIONS),$(if $(SUBMISSION),none),$(if $(wildcard solutions/lab*),all))
need = @labs/make/tools need
grade_options = $(if $(LAB),--lab "$(LAB)") $(if $(EX),--exercise "$(EX)") $(if $(TEST),--test "$(TEST)") \
  $(if $(SEED),--seed "$(SEED)") $(if $(SOLUTIONS),--solutions "$(SOLUTIONS)") $(if $(SUBMISSION),--submission "$(SUBMISSION)") \
  $(if $(JOBS),--jobs "$(JOBS)") --html build/grade.html --junit build/grade.xml
# GDBFLAGS goes to GDB, such as  GDBFLAGS="-batch -x commands.gdb".
gdb_options = $(if $(LIVE),--live) $(if $(GDB_TCP),--tcp "$(GDB_TCP)") -- $(GDBFLAGS)
replay_options = $(if $(LAB),--lab "$(LAB)") $(if $(SEED),--seed "$(SEED)") $(if $(SUBMISSION),--submission "$(SUBMISSION)") $(gdb_options)
prove = grading/mutants/prove $@ $(if $(LAB),--lab "$(LAB)") $(if $(SEED),--seed "$(SEED)")

.PHONY: default help run boot gdb debug replay bench measure grade try next reset update handin handout doctor stats clean check test need-run need-gdb
# What only the instructors' tree can do is not listed in the students'.
not_here := $(if $(wildcard solutions/publish),^$$,instructors:|developers:)

help: ## this list
	@echo 'Strata: build a microkernel in five labs. Commands (variables in capitals are optional):'
	@echo
	@grep -hE '^[a-z-]+:.*## ' $(firstword $(MAKEFILE_LIST)) | grep -vE '$(not_here)' | \
	  sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | \
	  awk -F '\t' '{ printf "  make %-13s %s\n", $$1, $$2 }'
	@echo
	@echo '  STAGE=n          the kernel of labs 1 to n (default: all)      V=1     show the commands'
	@echo '  SOLUTIONS="1 2"  labs taken from the reference; all, none      CXX=, OPT=-O0, WERROR=1'
	@echo '  SAN=1            with make run, try, grade, gdb, replay: tell of undefined behaviour where it happens'

default: need-run
	@$(MAKE) kernel

need-run need-gdb:
	$(need) $(patsubst need-%,%,$@)

run: need-run ## boot the kernel in QEMU, its serial console in this terminal  [STAGE=n SOLUTIONS="1 2"|all|none CMDLINE="words" CPUS=n FAULT=1]
	@$(MAKE) boot SOLUTIONS="$(run_solutions)"

boot: kernel
	@labs/make/run "$(call image,kernel)" --elf $(out)/kernel.elf --stage $(STAGE) $(if $(CPUS),--cpus "$(CPUS)") $(if $(FAULT),--fault)

gdb: need-gdb ## the kernel in GDB, stopped at its first instruction, or in a test  [STAGE=n TEST=name SEED=n CMDLINE="words" FAULT=1 LIVE=1 GDB_TCP=port]
	$(if $(SUBMISSION),$(if $(TEST),,$(error say which test, too:  make gdb SUBMISSION=... TEST=format_hex)))
	@$(if $(TEST),labs/gdb/replay --begin "$(TEST)" --solutions "$(run_solutions)" $(replay_options), \
	  $(MAKE) debug SOLUTIONS="$(run_solutions)" $(if $(LAB),STAGE="$(LAB)"))

debug: kernel
	@labs/gdb/debug $(out) $(if $(CMDLINE),--cmdline "$(CMDLINE)") $(if $(FAULT),--fault) $(gdb_options)

replay: need-gdb ## a failed test again under GDB, up to just before the failure  TEST=name [SEED=n SOLUTIONS="1 2" SUBMISSION=archive]
	$(if $(TEST),,$(error say which test:  make replay TEST=format_hex))
	@labs/gdb/replay "$(TEST)" $(if $(SOLUTIONS),--solutions "$(SOLUTIONS)") $(replay_options)

next: need-run ## students: the first exercise that does not pass, where it is, and how to try it  [SOLUTIONS=1]
	@labs/make/workflow next

try: need-run ## students: the tests of one exercise  EX=1.2
	$(if $(EX),,$(error say which exercise:  make try EX=1.2))
	@grading/grade $(grade_options)

bench: need-run ## measure the kernel in guest instructions, into build/bench.json  [STAGE=n SOLUTIONS="1 2"|all|none PEERS=1]
	@$(MAKE) measure SOLUTIONS="$(run_solutions)"

measure: bench-kernel
	@CXX="$(CXX)" grading/bench/run "$(out)/bench.iso" --stage $(STAGE) $(if $(PEERS),--peers)

grade: need-run ## grade this tree  [LAB=n EX=1.2 TEST=name SEED=n SOLUTIONS="1 2"|all SUBMISSION=archive]
	@grading/grade $(grade_options)

reset: ## students: bring an exercise's skeleton back, your file goes to backup/  EX=1.2
	@labs/make/workflow reset "$(EX)"

update: ## students: take a newer version of the course, never touching your work  FROM=folder, archive or git
	@labs/make/workflow update "$(FROM)"

handin: need-run ## students: pack the labs up to LAB, grade the archive, print the score  LAB=n
	@labs/make/workflow handin "$(LAB)"

# Debian's Python, because it sees Debian's Sphinx.
handout: ## the handout as web pages with search, in build/handout/html
	$(need) handout
	@/usr/bin/python3 -m sphinx -q -W --keep-going -n -b html -d build/handout/doctrees handout build/handout/html
	@echo 'build/handout/html/index.html'

ifneq ($(wildcard solutions/publish),)
.PHONY: handout-repo skeletons mutants matrix test-value sweep fuzz tidy
handout-repo: need-run ## instructors: make the tree that students get  OUT=dir [PREBUILT="1 2"]
	$(if $(OUT),,$(error say where to:  make handout-repo OUT=../student-tree))
	@solutions/publish "$(OUT)" --prebuilt "$(PREBUILT)"

skeletons: ## instructors: derive the skeletons in labs/ from solutions/
	@solutions/derive

mutants: need-run ## instructors: are all wrong solutions caught, and as the store says?  [LAB=n]
	@$(prove)

matrix: need-run ## instructors: what is lost without each exercise, against `needs`  [LAB=n]
	@$(prove)

test-value: need-run ## instructors: tests that tell nothing of their own  [LAB=n]
	@$(prove)

sweep: need-run ## instructors: which allocations of lab 2 fail in which operation, and whether all do
	@grading/lab2/sweep $(if $(SEED),--seed "$(SEED)")

fuzz: need-run ## developers: calls with drawn arguments; nothing may be lost  [CALLS=10000000 SEED=n CPUS=n RACES=1]
	@grading/lab3/fuzz $(if $(CALLS),--calls "$(CALLS)") $(if $(SEED),--seed "$(SEED)") $(if $(CPUS),--cpus "$(CPUS)") $(if $(RACES),--races)

tidy: ## developers: clang-tidy on what has changed since it was last clean
	$(need) test
	@$(MAKE) -f grading/tests/tidy.mk -j$$(nproc)

# Debian's Python, because it sees Debian's pytest.
pytest = /usr/bin/python3 -m pytest grading/tests -q

check: ## developers: the quick part of `make test`, under 3 minutes
	$(need) test
	@$(pytest) -m "not slow"

test: ## developers: everything that we check; of `make mutants` a sample
	$(need) test
	@$(pytest)
else
check test:
	@echo 'The tests of the course itself are in the instructors'\'' tree. Yours: make grade, make try EX=..., make next'; exit 1
endif

doctor: ## is everything installed, and what to do about it
	@labs/make/tools doctor

stats: ## how many lines the kernel has
	@labs/make/stats

clean: ## remove everything that was built
	rm -rf build compile_commands.json
