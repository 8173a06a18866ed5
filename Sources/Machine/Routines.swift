/// Sources of ours that are linked to a guest that needs them.
enum Routines {
    /// `_start` for a C file with `main`.
    static func callMain(_ mode: StartMode) -> String {
        let pass = mode == .long ? "" : mode == .protected ? "push %edi\n" : "pushl %edi\n"
        return """
            .globl _start
            .text
            _start:
            \(pass)call\(mode == .real ? "l" : "") main
            out %al, $0xf4
            1: hlt
            jmp 1b

            """
    }

    /// What gcc calls without being told to: GCC's manual, "Language Standards Supported by GCC".
    static let memoryNames: Set<String> = ["memcpy", "memmove", "memset", "memcmp"]

    /// The four, for a guest that defines some of them itself. String instructions, since the compiler would make calls
    /// of these very functions out of plain loops.
    static let memory = """
        typedef __SIZE_TYPE__ size;
        #ifdef __x86_64__
        #define MOVE "rep movsb"
        #define STORE "rep stosb"
        #else
        #define MOVE "rep movsb %%ds:(%%esi), %%es:(%%edi)"
        #define STORE "rep stosb %%al, %%es:(%%edi)"
        #endif
        __attribute__((weak)) void *memcpy(void *to, const void *from, size count) {
            void *result = to;
            asm volatile(MOVE : "+D"(to), "+S"(from), "+c"(count) : : "memory");
            return result;
        }
        __attribute__((weak)) void *memmove(void *to, const void *from, size count) {
            if ((size)to - (size)from >= count) {
                void *end = to;
                asm volatile(MOVE : "+D"(end), "+S"(from), "+c"(count) : : "memory");
            } else {
                char *end = (char *)to + count - 1;
                from = (const char *)from + count - 1;
                asm volatile("std; " MOVE "; cld" : "+D"(end), "+S"(from), "+c"(count) : : "memory");
            }
            return to;
        }
        __attribute__((weak)) void *memset(void *to, int value, size count) {
            void *end = to;
            asm volatile(STORE : "+D"(end), "+c"(count) : "a"(value) : "memory");
            return to;
        }
        __attribute__((weak)) int memcmp(const void *a, const void *b, size count) {
            const unsigned char *x = a, *y = b;
            for (; count; count--, x++, y++)
                if (*x != *y) return *x - *y;
            return 0;
        }

        """
}
