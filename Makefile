# Strata: the front door. `make help` lists what it can do.
.DEFAULT_GOAL := kernel
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DELETE_ON_ERROR:
include labs/make/build.mk
