# The multiboot2 header (Multiboot2 specification 3.1): how GRUB recognises the kernel. It must lie in the first 32 KiB of
# the file, aligned to 8; the four words of its head add up to zero.
    .section .multiboot2, "a"
    .balign 8
header_start:
    .long 0xe85250d6                                # magic
    .long 0                                         # architecture: i386, entered in 32-bit protected mode
    .long header_end - header_start
    .long -(0xe85250d6 + 0 + (header_end - header_start))

    .word 0                                         # the end tag: nothing special is asked for
    .word 0
    .long 8
header_end:

    .section .note.GNU-stack, "", @progbits
