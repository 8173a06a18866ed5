// System calls whose failure comes back as -errno.
// Swift cannot do without them: errno is a thread-local that the Swift runtime may change between the call
// and the read, and `ioctl` is variadic, so that a plain integer cannot be passed to it from Swift.
#ifndef CKVM_CALL_H
#define CKVM_CALL_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

/// The one door: every ioctl of the program passes here. Returns the value (>= 0) or -errno.
static inline long ckvm_ioctl(int fd, unsigned long request, uintptr_t argument) {
    long value = ioctl(fd, request, argument);
    return value < 0 ? -(long)errno : value;
}

static inline long ckvm_open(const char *path) {
    long fd = open(path, O_RDWR | O_CLOEXEC);
    return fd < 0 ? -(long)errno : fd;
}

static inline long ckvm_close(int fd) {
    return close(fd) < 0 ? -(long)errno : 0;
}

/// Maps `length` bytes of a KVM descriptor, shared with the kernel. MAP_FAILED is a cast macro that Swift does not see.
static inline intptr_t ckvm_map(int fd, size_t length, off_t offset) {
    void *address = mmap(0, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
    return address == MAP_FAILED ? -(intptr_t)errno : (intptr_t)address;
}

static inline long ckvm_unmap(uintptr_t address, size_t length) {
    return munmap((void *)address, length) < 0 ? -(long)errno : 0;
}

static inline ssize_t ckvm_pread(int fd, void *buffer, size_t length, off_t offset) {
    ssize_t count = pread(fd, buffer, length, offset);
    return count < 0 ? -(ssize_t)errno : count;
}

/// A non-blocking eventfd that starts at zero, or -errno. Swift's Glibc module leaves <sys/eventfd.h> out.
int ckvm_eventfd(void);

/// The kernel's number of this thread, asked for once per thread: gettid is a system call, and Swift has no
/// thread-locals.
pid_t ckvm_thread_id(void);

/// Names the calling thread. prctl is variadic, and pthread_setname_np is hidden from Swift.
void ckvm_set_thread_name(const char *name);

/// "EINVAL" and "Invalid argument", or NULL. The functions of glibc behind them are declared only under _GNU_SOURCE,
/// which Swift's importer does not set.
const char *ckvm_errno_name(int number);
const char *ckvm_errno_text(int number);

#endif
