# A guest that writes one byte to a place that it is told, and says so.
        .globl  _start, look, write, say, where

_start:
        mov     $0x3f8, %edx
        mov     $'.', %al
look:
        mov     where(%rip), %rbx
write:
        movb    $'w', (%rbx)
say:
        out     %al, (%dx)
        jmp     look

        .data
        .balign 4096
where:  .quad   0x600000
