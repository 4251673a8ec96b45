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
    #@ solution
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
    #@ skeleton
    # call unimplemented_3_7
    #@ end

# EXERCISE 3.7  first_frame(rdi = top, rsi = function) -> rax = sp of a thread that will begin at `function` with rsp = top and with
# zeros in the six registers. Writes below `top` only.
first_frame:
    #@ solution
    movq %rsi, -8(%rdi)
    xorl %eax, %eax
    movq %rax, -16(%rdi)
    movq %rax, -24(%rdi)
    movq %rax, -32(%rdi)
    movq %rax, -40(%rdi)
    movq %rax, -48(%rdi)
    movq %rax, -56(%rdi)
    leaq -56(%rdi), %rax
    ret
    #@ skeleton
    # call unimplemented_3_7
    #@ end

    .section .note.GNU-stack, "", @progbits
