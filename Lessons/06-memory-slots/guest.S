# A guest that looks where it is told to, says what it found, and writes there. Virtual addresses are physical ones
# here: the tables that it starts with map the first 4 GiB to themselves.
        .globl  _start, look, read, say, write, where, letter

_start:
        mov     $0x3f8, %edx
look:
        mov     where(%rip), %rbx
read:
        mov     (%rbx), %al
say:
        out     %al, (%dx)
write:
        movb    $'w', (%rbx)
        jmp     look

        .data
        .balign 4096
where:  .quad   letter
letter: .ascii  "r"
