#include "ckvm_clock.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#if defined(__x86_64__)

#include <cpuid.h>

_Thread_local struct ckvm_counter ckvm_thread_counter;

enum {
    NANOSECONDS_TRUSTED = 1000000,
    // Ticks, which are 5 ns at most where the counter is even.
    BETWEEN_AT_MOST = 2000,
    // The first for a rate that is good enough, the second to follow the clock when the kernel adjusts it.
    RATE_AFTER = 10000000,
    RATE_ANEW_AFTER = 1000000000,
};

/// Whether the counter runs evenly in all states of the processor, and the kernel itself takes the time from it.
static int counter_is_even(void) {
    unsigned a, b, c, d;
    // CPUID Fn8000_0007, EDX bit 8: invariant TSC.
    if (!__get_cpuid(0x80000007, &a, &b, &c, &d) || !(d & 1u << 8))
        return 0;
    char name[16] = "";
    int fd = open("/sys/devices/system/clocksource/clocksource0/current_clocksource", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t length = read(fd, name, sizeof name - 1);
    close(fd);
    return length > 0 && strcmp(name, "tsc\n") == 0;
}

/// Asked once for all threads: 0 not yet, 1 no, 2 yes.
static int counter_is_trusted(void) {
    static _Atomic int answer;
    int known = atomic_load_explicit(&answer, memory_order_relaxed);
    if (known == 0) {
        known = counter_is_even() ? 2 : 1;
        atomic_store_explicit(&answer, known, memory_order_relaxed);
    }
    return known == 2;
}

uint64_t ckvm_read_both_clocks(void) {
    struct ckvm_counter *counter = &ckvm_thread_counter;
    if (!counter_is_trusted())
        return ckvm_now();
    uint64_t before = __rdtsc();
    uint64_t now = ckvm_now();
    uint64_t between = __rdtsc() - before;
    uint64_t ticks = before + between / 2;
    // Where the thread was interrupted between the two they do not belong together, and are read anew next time.
    if (between > BETWEEN_AT_MOST) {
        counter->limit = 0;
        return ckvm_newest(counter, now);
    }
    counter->ticks = ticks;
    counter->nanoseconds = now;
    uint64_t took = now - counter->first_nanoseconds;
    if (counter->first_nanoseconds == 0 || ticks <= counter->first_ticks) {
        // A thread's first reading, or a processor whose counter stands elsewhere.
        counter->rate = 0;
        counter->first_ticks = ticks;
        counter->first_nanoseconds = now;
    } else if (took >= RATE_AFTER && (counter->rate == 0 || took >= RATE_ANEW_AFTER)) {
        counter->rate = (uint64_t)(((unsigned __int128)took << 32) / (ticks - counter->first_ticks));
        if (took >= RATE_ANEW_AFTER) {
            counter->first_ticks = ticks;
            counter->first_nanoseconds = now;
        }
    }
    counter->limit = counter->rate == 0 ? 0 : ((uint64_t)NANOSECONDS_TRUSTED << 32) / counter->rate;
    return ckvm_newest(counter, now);
}

#endif
