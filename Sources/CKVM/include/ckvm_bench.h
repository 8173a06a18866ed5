#ifndef CKVM_BENCH_H
#define CKVM_BENCH_H

#include <stdint.h>

/// The yardstick: KVM_RUN `exits` times and nothing else. It is C because it measures what the Swift loop adds.
/// Nanoseconds, or 0 when a KVM_RUN failed. A vCPU that KVM keeps single-stepping is measured by the same loop.
uint64_t ckvm_bench_run(int vcpu_fd, uint64_t exits);

/// The same where each step has to be asked for.
uint64_t ckvm_bench_step(int vcpu_fd, uint64_t steps);

#endif
