// Where the first code of other CPUs is copied to: low memory, which is nobody's (mm/usable_memory.cpp), and a page that no
// firmware uses after boot.
#pragma once

#define TRAMPOLINE 0x8000
