#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "ckvm.h"

#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

pid_t ckvm_thread_id(void) {
    static _Thread_local pid_t number;
    if (number == 0)
        number = (pid_t)syscall(SYS_gettid);
    return number;
}

void ckvm_set_thread_name(const char *name) {
    prctl(PR_SET_NAME, name, 0, 0, 0);
}

int ckvm_eventfd(void) {
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

const char *ckvm_errno_name(int number) {
    return strerrorname_np(number);
}

const char *ckvm_errno_text(int number) {
    return strerrordesc_np(number);
}

static void do_nothing(int signal) {
    (void)signal;
}

int ckvm_kick_signal(void) {
    return SIGRTMIN;
}

int ckvm_install_kick_handler(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = do_nothing;
    sigemptyset(&action.sa_mask);
    return sigaction(ckvm_kick_signal(), &action, 0) < 0 ? -errno : 0;
}

int ckvm_unblock_kick(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, ckvm_kick_signal());
    return -pthread_sigmask(SIG_UNBLOCK, &set, 0);
}

int ckvm_send_kick(pthread_t thread) {
    return -pthread_kill(thread, ckvm_kick_signal());
}

uint64_t ckvm_bench_run(int vcpu_fd, uint64_t exits) {
    uint64_t begin = ckvm_now();
    for (uint64_t n = 0; n < exits; n++)
        if (ioctl(vcpu_fd, KVM_RUN, 0) < 0)
            return 0;
    return ckvm_now() - begin;
}

uint64_t ckvm_bench_step(int vcpu_fd, uint64_t steps) {
    struct kvm_guest_debug debug = {.control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP};
    uint64_t begin = ckvm_now();
    for (uint64_t n = 0; n < steps; n++)
        if (ioctl(vcpu_fd, KVM_SET_GUEST_DEBUG, &debug) < 0 || ioctl(vcpu_fd, KVM_RUN, 0) < 0)
            return 0;
    return ckvm_now() - begin;
}
