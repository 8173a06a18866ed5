# A guest that builds page tables of its own and looks through a window that they make.
#
# The window's address is chosen so that its four indices are 1, 2, 3 and 4.
        .equ    window, 0x8080604000
        .equ    present_writable, 3
        .equ    large, 0x80

        .globl  _start, drawn, load_cr3, look, count, say, page_fault, tell
        .globl  pml4, pdpt, pd, pt, entry, frame_a, frame_b, error_code, fault_address

_start:
        lea     frame_a + present_writable(%rip), %rax
        mov     %rax, pt + 4 * 8(%rip)
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

        mov     $0x3f8, %edx
        mov     $window, %rbx
        lea     pml4(%rip), %rax
drawn:
        out     %al, $0x80              # as PCs tell how far they have come
load_cr3:
        mov     %rax, %cr3              # from here on the new tables count
look:
        mov     (%rbx), %al             # through the window
count:
        incl    8(%rbx)
say:
        out     %al, (%dx)
        mov     %cr3, %rax
        mov     %rax, %cr3              # forget all translations: somebody may have changed the tables
        jmp     look

page_fault:
        pop     error_code(%rip)
        push    %rax
        mov     %cr2, %rax
        mov     %rax, fault_address(%rip)
        mov     $'!', %al
tell:
        out     %al, (%dx)
        mov     %cr3, %rax
        mov     %rax, %cr3
        pop     %rax
        iretq                           # to the instruction that faulted, which tries again

        .data
        .balign 4096
pml4:   .skip   4096
pdpt:   .skip   4096
pd:     .skip   4096
pt:     .skip   4 * 8
entry:  .skip   4096 - 4 * 8
low_pdpt:
        .skip   4096
low_pd: .skip   4096
frame_a:
        .ascii  "A"
        .balign 4096
frame_b:
        .ascii  "B"
        .balign 4096
idt:    .skip   14 * 16
gate:   .skip   16
error_code:
        .quad   ~0
fault_address:
        .quad   0
idt_register:
        .word   15 * 16 - 1
        .quad   idt
