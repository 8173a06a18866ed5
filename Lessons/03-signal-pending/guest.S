# A guest that never comes back by itself: it counts, for ever, and asks nobody for anything.
        .globl  _start, counter, way_out
_start:
        incq    counter(%rip)
        jmp     _start

way_out:                                # no instruction above leads here
        hlt

        .data
        .balign 4096                    # a page of its own, away from the code
counter:
        .quad   0
