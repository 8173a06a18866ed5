# A guest that keeps the kernel busy and leaves the VMM alone: it asks what processor it has, again and again, and
# then it writes to memory that nobody has touched before.
        .globl  _start, ask, report, touch, filled, how_many, asked, signature
        .equ    first_fresh, 0x600000

_start:
        mov     $0x40000000, %eax       # the leaf in which a hypervisor gives its name
        cpuid
        mov     %ebx, signature(%rip)
        mov     %ecx, signature + 4(%rip)
        mov     %edx, signature + 8(%rip)
ask:
        xor     %eax, %eax              # leaf 0: the processor's maker
        cpuid
        incq    asked(%rip)
        mov     how_many(%rip), %rax
        cmp     %rax, asked(%rip)
        jb      ask
        mov     $0x3f8, %edx
        mov     $'c', %al
report:
        out     %al, (%dx)

        mov     $first_fresh, %rdi
        mov     $512, %ecx
touch:
        incq    (%rdi)                  # the first touch of this page
        add     $4096, %rdi
        dec     %ecx
        jnz     touch
        mov     $'p', %al
filled:
        out     %al, (%dx)
        hlt

        .data
        .balign 4096
how_many:
        .quad   1000
asked:  .quad   0
signature:
        .skip   16
