# A guest to make calls about: it says one letter, so that one KVM_RUN has something to bring back.
        .globl  _start, speak, stop
_start:
        mov     $0x3f8, %dx             # the console's port
        mov     $'K', %al
speak:
        out     %al, (%dx)
stop:
        hlt
