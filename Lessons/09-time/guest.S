# A guest that keeps a journal and reads a text through a window. In the twelfth round it faults.
#
# The window's address is chosen so that its four indices are 1, 2, 3 and 0.
        .equ    window, 0x8080600000
        .equ    present_writable, 3
        .equ    large, 0x80

        .globl  _start, round, write_down, written, look, say, page_fault, stop
        .globl  pml4, pdpt, pd, pt, entry, journal, text

_start:
        lea     text + present_writable(%rip), %rax
        mov     %rax, entry(%rip)
        lea     pt + present_writable(%rip), %rax
        mov     %rax, pd + 3 * 8(%rip)
        lea     pd + present_writable(%rip), %rax
        mov     %rax, pdpt + 2 * 8(%rip)
        lea     pdpt + present_writable(%rip), %rax
        mov     %rax, pml4 + 1 * 8(%rip)

        # The first 2 MiB stay where they are: this code lies there.
        lea     low_pdpt + present_writable(%rip), %rax
        mov     %rax, pml4(%rip)
        lea     low_pd + present_writable(%rip), %rax
        mov     %rax, low_pdpt(%rip)
        movq    $(large + present_writable), low_pd(%rip)

        # Interrupt gate 14: page faults come to page_fault.
        lea     page_fault(%rip), %rax
        lea     gate(%rip), %rdi
        mov     %ax, (%rdi)
        movw    $0x08, 2(%rdi)
        movw    $0x8e00, 4(%rdi)
        shr     $16, %rax
        mov     %ax, 6(%rdi)
        lidt    idt_register(%rip)
        lea     pml4(%rip), %rax
        mov     %rax, %cr3

        mov     $0x3f8, %edx
        mov     $window, %rsi
        lea     journal(%rip), %rdi
        xor     %ebx, %ebx              # the round
round:
        mov     %ebx, %eax
        and     $15, %eax               # the journal begins again at its end
write_down:
        mov     %rbx, (%rdi, %rax, 8)
written:
        mov     $'.', %al
        mov     %ebx, %ecx
        and     $3, %ecx
        cmp     $3, %ecx
        jne     say
        mov     %cr3, %rcx              # a letter in every fourth round
        mov     %rcx, %cr3
        mov     %ebx, %ecx
        shr     $2, %ecx
look:
        mov     (%rsi, %rcx), %al       # through the window
say:
        out     %al, (%dx)
        inc     %ebx
        jmp     round

page_fault:
        mov     $'!', %al
        out     %al, (%dx)
stop:
        hlt
        jmp     stop

        .data
        .balign 4096
        .skip   4096 - 8 * 8
journal:
        .skip   8 * 8                   # eight lines
pt:
entry:  .skip   4096
pd:     .skip   4096
pdpt:   .skip   4096
pml4:   .skip   4096
low_pdpt:
        .skip   4096
low_pd: .skip   4096
text:   .ascii  "ABCDEFGH"
        .balign 4096
idt:    .skip   14 * 16
gate:   .skip   16
idt_register:
        .word   15 * 16 - 1
        .quad   idt
