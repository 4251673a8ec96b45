# attempt(), abandon_attempt() and in_attempt() of cpu/attempt.hpp: what the caller needs back is on the stack at
# `attempt_stack`, above it the outer attempt's value.

    .text
    .globl attempt
    .type attempt, @function
attempt:
    pushq %rbp
    movq %rsp, %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    pushfq
    pushq attempt_stack(%rip)
    movq %rsp, attempt_stack(%rip)
    movq %rdi, %rax
    movq %rsi, %rdi
    call *%rax                                      # 9 words from the caller's aligned stack: aligned again
    movl $1, %eax
1:  popq attempt_stack(%rip)
    popfq
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
    .size attempt, . - attempt

    .globl abandon_attempt
    .type abandon_attempt, @function
abandon_attempt:
    movq attempt_stack(%rip), %rsp
    xorl %eax, %eax
    jmp 1b
    .size abandon_attempt, . - abandon_attempt

    .globl in_attempt
    .type in_attempt, @function
in_attempt:
    xorl %eax, %eax
    cmpq $0, attempt_stack(%rip)
    setne %al
    ret
    .size in_attempt, . - in_attempt

    .data
    .balign 8
attempt_stack:
    .quad 0

    .section .note.GNU-stack, "", @progbits
