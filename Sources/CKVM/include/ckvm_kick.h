// How another thread gets a vCPU out of KVM_RUN: immediate_exit, then a signal.
// KVM API document, 5 "The kvm_run structure".
// Swift cannot do without it: SIGRTMIN is a function call behind a macro, a signal handler must be a C function that
// touches no runtime, and a plain store from Swift to memory that the kernel reads has no ordering.
#ifndef CKVM_KICK_H
#define CKVM_KICK_H

#include <linux/kvm.h>
#include <pthread.h>
#include <stdint.h>

/// The signal that a kick sends.
int ckvm_kick_signal(void);

/// Gives the kick's signal a handler that does nothing, without SA_RESTART so that KVM_RUN ends with EINTR.
/// 0 or -errno.
int ckvm_install_kick_handler(void);

/// Lets the kick's signal through to the calling thread, which may have inherited a mask that blocks it. 0 or -errno.
int ckvm_unblock_kick(void);

/// Sends the kick's signal. 0 or -errno.
int ckvm_send_kick(pthread_t thread);

/// Written by any thread, read by the kernel at the entry of KVM_RUN; the fence orders it before the signal.
static inline void ckvm_set_immediate_exit(struct kvm_run *run, uint8_t value) {
    __atomic_store_n(&run->immediate_exit, value, __ATOMIC_SEQ_CST);
}

static inline uint8_t ckvm_get_immediate_exit(const struct kvm_run *run) {
    return __atomic_load_n(&run->immediate_exit, __ATOMIC_SEQ_CST);
}

#endif
