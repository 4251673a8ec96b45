// Making other CPUs look, and making them forget. With the kernel's lock.
#pragma once

#include "smp/cpu.hpp"

namespace strata {

// The CPU comes to the exit path soon, or out of its sleep. Nothing for the one that asks.
void make_look(Cpu& cpu);

// Every other CPU flushes its TLB before this returns; those in no process's space only if asked, because they flush anyway when they
// enter one. They do it without the lock: in ring 3 and in idle by an interrupt, and while they wait for the lock.
void shoot_down(bool everybody);

// Called by who waits for the lock.
void flush_if_wanted(Cpu& cpu);

// Takes the interrupts, and lets lab 2's TlbFlush reach the other CPUs.
void start_shootdown();

}  // namespace strata
