// Structures and constants that are newer than the oldest headers we build with (Linux 6.1, Debian 12), under our own
// prefix so that newer headers do not collide. Layouts: include/uapi/linux/kvm.h of Linux 6.18.
#ifndef CKVM_MIRROR_H
#define CKVM_MIRROR_H

#include <linux/kvm.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CKVM_EXIT_LOONGARCH_IOCSR = 38,
    CKVM_EXIT_MEMORY_FAULT = 39,
    CKVM_EXIT_TDX = 40,
};

/// kvm_run.memory_fault
struct ckvm_memory_fault {
    uint64_t flags;
    uint64_t gpa;
    uint64_t size;
};
_Static_assert(sizeof(struct ckvm_memory_fault) == 24, "memory_fault is 24 bytes");

/// The head of kvm_run.tdx, the rest of which depends on `nr`.
struct ckvm_tdx {
    uint64_t flags;
    uint64_t nr;
};
_Static_assert(sizeof(struct ckvm_tdx) == 16, "the head of tdx is 16 bytes");

struct ckvm_userspace_memory_region2 {
    uint32_t slot;
    uint32_t flags;
    uint64_t guest_phys_addr;
    uint64_t memory_size;
    uint64_t userspace_addr;
    uint64_t guest_memfd_offset;
    uint32_t guest_memfd;
    uint32_t pad1;
    uint64_t pad2[14];
};
_Static_assert(sizeof(struct ckvm_userspace_memory_region2) == 160, "userspace_memory_region2 is 160 bytes");

struct ckvm_memory_attributes {
    uint64_t address;
    uint64_t size;
    uint64_t attributes;
    uint64_t flags;
};
_Static_assert(sizeof(struct ckvm_memory_attributes) == 32, "memory_attributes is 32 bytes");

struct ckvm_create_guest_memfd {
    uint64_t size;
    uint64_t flags;
    uint64_t reserved[6];
};
_Static_assert(sizeof(struct ckvm_create_guest_memfd) == 64, "create_guest_memfd is 64 bytes");

struct ckvm_pre_fault_memory {
    uint64_t gpa;
    uint64_t size;
    uint64_t flags;
    uint64_t padding[5];
};
_Static_assert(sizeof(struct ckvm_pre_fault_memory) == 64, "pre_fault_memory is 64 bytes");

#endif
