// The clock of the hot path: CLOCK_MONOTONIC to some ten nanoseconds, at the price of reading the processor's counter.
// Swift cannot do without it: the counter has no name there, and Swift has no thread-locals.
// What clock_gettime costs is less its work than the pages that it touches, which a guest has driven from the caches.
#ifndef CKVM_CLOCK_H
#define CKVM_CLOCK_H

#include <stdint.h>
#include <time.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

/// CLOCK_MONOTONIC in nanoseconds: the clock that the kernel's tracepoints can be told to use.
/// Swift's own clock returns a 128-bit Duration, which costs more than the call at each exit of a guest.
static inline uint64_t ckvm_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/// What a thread knows of the counter. The kernel's clock is read anew each millisecond, so that no error grows.
struct ckvm_counter {
    /// The counter and the clock when both were read last.
    uint64_t ticks, nanoseconds;
    /// Nanoseconds a tick, times 2^32.
    uint64_t rate;
    /// Ticks for which the two are trusted; 0 for never.
    uint64_t limit;
    /// The newest moment that was given: none that follows is earlier.
    uint64_t newest;
    /// Where the measurement of the rate began.
    uint64_t first_ticks, first_nanoseconds;
};

extern _Thread_local struct ckvm_counter ckvm_thread_counter;

static inline uint64_t ckvm_newest(struct ckvm_counter *counter, uint64_t now) {
    if (now < counter->newest)
        now = counter->newest;
    counter->newest = now;
    return now;
}

/// Reads both clocks, and gives the moment.
uint64_t ckvm_read_both_clocks(void);

/// The same moment as `ckvm_now`, for the thread that runs a vCPU.
static inline uint64_t ckvm_now_counted(void) {
#if defined(__x86_64__)
    struct ckvm_counter *counter = &ckvm_thread_counter;
    uint64_t passed = __rdtsc() - counter->ticks;
    if (passed < counter->limit)
        return ckvm_newest(counter, counter->nanoseconds + (passed * counter->rate >> 32));
    return ckvm_read_both_clocks();
#else
    return ckvm_now();
#endif
}

#endif
