# Lab 3: what its host tests are made of (labs/make/host.mk). None yet.
HOST_EXERCISES :=
HOST_SOURCES :=
HOST_TESTS :=
