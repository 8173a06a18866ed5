# The smallest guest that does something: it adds, it says what came out, it stops.
        .globl  _start, add_them, speak, stop
_start:
        mov     $2, %al
add_them:
        add     $3, %al
        add     $'0', %al               # the digit's character
        mov     $0x3f8, %dx             # the console's port
speak:
        out     %al, (%dx)
stop:
        hlt
