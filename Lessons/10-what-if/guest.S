# A guest that counts down and starts, if there is enough fuel. There is not.
        .equ    enough, 7
        .globl  _start, two, read_gauge, one, decide, go, no, second, stop, fuel

_start:
        mov     $0x3f8, %edx
        mov     $'3', %al
        out     %al, (%dx)
two:
        mov     $'2', %al
        out     %al, (%dx)
read_gauge:
        mov     fuel(%rip), %rbx
        mov     $'1', %al
one:
        out     %al, (%dx)
decide:
        cmp     $enough, %rbx
        jb      no
go:
        mov     $'G', %al
        jmp     first
no:
        mov     $'N', %al
first:
        out     %al, (%dx)
second:
        mov     $'O', %al
        out     %al, (%dx)
stop:
        hlt
        jmp     stop

        .data
        .balign 4096
fuel:   .quad   6
