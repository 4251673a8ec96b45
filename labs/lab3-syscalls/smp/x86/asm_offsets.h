// Where assembly finds fields of C++ structs, each proved beside its struct.
#pragma once

#define CPU_KERNEL_STACK 8
#define CPU_USER_STACK 16
#define CPU_CURRENT 24
#define CPU_ATTENTION 32

#define USER_DATA_SELECTOR 0x1b
#define USER_CODE_SELECTOR 0x23

// In a TrapFrame.
#define FRAME_R11 32
#define FRAME_R10 40
#define FRAME_R9 48
#define FRAME_R8 56
#define FRAME_RDI 72
#define FRAME_RSI 80
#define FRAME_RDX 88
#define FRAME_RCX 96
#define FRAME_RAX 112
#define FRAME_RSP 160

// In TrapFrame::vector of a frame that `syscall` made; TrapFrame::error is the number of the call.
#define SYSCALL_VECTOR 0x100
