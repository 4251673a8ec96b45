# Exercise 3.7: from one thread's kernel stack to another's.                       (System V ABI x86-64, 3.2.1)
# Invariant: a thread that does not run has on its stack, from its sp upwards: r15 r14 r13 r12 rbx rbp and where it goes on.
# All other registers are the caller's to save: to the compiler, switch_context is a function like any other.

    .text
    .globl switch_context, first_frame
    .type switch_context, @function
    .type first_frame, @function

# EXERCISE 3.7  switch_context(rdi = where to keep this thread's sp, rsi = the next thread's sp). It returns when somebody switches
# back.
switch_context:
    call unimplemented_3_7

# EXERCISE 3.7  first_frame(rdi = top, rsi = function) -> rax = sp of a thread that will begin at `function` with rsp = top and with
# zeros in the six registers. Writes below `top` only.
first_frame:
    call unimplemented_3_7

    .section .note.GNU-stack, "", @progbits
