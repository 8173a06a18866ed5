// Where the fields of struct kvm_run are, in bytes from its start.
// Swift cannot do without it: reading a field of the imported anonymous union copies the union (and for the register
// union 2 KiB) unless the optimiser sees through it, and offsetof of a union's member does not exist in Swift.
#ifndef CKVM_RUN_H
#define CKVM_RUN_H

#include <linux/kvm.h>
#include <stddef.h>

#include "ckvm_mirror.h"

#define CKVM_RUN_OFFSET(name, field) CKVM_RUN_##name = offsetof(struct kvm_run, field)

enum {
    CKVM_RUN_SIZE = sizeof(struct kvm_run),
    CKVM_RUN_OFFSET(REQUEST_INTERRUPT_WINDOW, request_interrupt_window),
    CKVM_RUN_OFFSET(IMMEDIATE_EXIT, immediate_exit),
    CKVM_RUN_OFFSET(EXIT_REASON, exit_reason),
    CKVM_RUN_OFFSET(READY_FOR_INTERRUPT, ready_for_interrupt_injection),
    CKVM_RUN_OFFSET(IF_FLAG, if_flag),
    CKVM_RUN_OFFSET(FLAGS, flags),
    CKVM_RUN_OFFSET(CR8, cr8),
    CKVM_RUN_OFFSET(APIC_BASE, apic_base),
    CKVM_RUN_OFFSET(HARDWARE_REASON, hw.hardware_exit_reason),
    CKVM_RUN_OFFSET(FAIL_ENTRY_REASON, fail_entry.hardware_entry_failure_reason),
    CKVM_RUN_OFFSET(FAIL_ENTRY_CPU, fail_entry.cpu),
    CKVM_RUN_OFFSET(EXCEPTION_VECTOR, ex.exception),
    CKVM_RUN_OFFSET(EXCEPTION_ERROR_CODE, ex.error_code),
    CKVM_RUN_OFFSET(IO_DIRECTION, io.direction),
    CKVM_RUN_OFFSET(IO_SIZE, io.size),
    CKVM_RUN_OFFSET(IO_PORT, io.port),
    CKVM_RUN_OFFSET(IO_COUNT, io.count),
    CKVM_RUN_OFFSET(IO_DATA_OFFSET, io.data_offset),
    CKVM_RUN_OFFSET(DEBUG_EXCEPTION, debug.arch.exception),
    CKVM_RUN_OFFSET(DEBUG_PC, debug.arch.pc),
    CKVM_RUN_OFFSET(DEBUG_DR6, debug.arch.dr6),
    CKVM_RUN_OFFSET(DEBUG_DR7, debug.arch.dr7),
    CKVM_RUN_OFFSET(MMIO_ADDRESS, mmio.phys_addr),
    CKVM_RUN_OFFSET(MMIO_DATA, mmio.data),
    CKVM_RUN_OFFSET(MMIO_LENGTH, mmio.len),
    CKVM_RUN_OFFSET(MMIO_IS_WRITE, mmio.is_write),
    CKVM_RUN_OFFSET(HYPERCALL_NUMBER, hypercall.nr),
    CKVM_RUN_OFFSET(HYPERCALL_ARGUMENTS, hypercall.args),
    CKVM_RUN_OFFSET(HYPERCALL_RESULT, hypercall.ret),
    /* Newer headers make the 32-bit longmode a union with a 64-bit flags word at the same place. */
    CKVM_RUN_OFFSET(HYPERCALL_FLAGS, hypercall.longmode),
    CKVM_RUN_OFFSET(TPR_RIP, tpr_access.rip),
    CKVM_RUN_OFFSET(TPR_IS_WRITE, tpr_access.is_write),
    CKVM_RUN_OFFSET(INTERNAL_SUBERROR, internal.suberror),
    CKVM_RUN_OFFSET(INTERNAL_NDATA, internal.ndata),
    CKVM_RUN_OFFSET(INTERNAL_DATA, internal.data),
    CKVM_RUN_OFFSET(EMULATION_FLAGS, emulation_failure.flags),
    CKVM_RUN_OFFSET(EMULATION_SIZE, emulation_failure.insn_size),
    CKVM_RUN_OFFSET(EMULATION_BYTES, emulation_failure.insn_bytes),
    CKVM_RUN_OFFSET(EVENT_TYPE, system_event.type),
    CKVM_RUN_OFFSET(EVENT_NDATA, system_event.ndata),
    CKVM_RUN_OFFSET(EVENT_DATA, system_event.data),
    CKVM_RUN_OFFSET(EOI_VECTOR, eoi.vector),
    CKVM_RUN_OFFSET(HYPERV_TYPE, hyperv.type),
    CKVM_RUN_OFFSET(HYPERV_DATA, hyperv.u),
    CKVM_RUN_OFFSET(MSR_ERROR, msr.error),
    CKVM_RUN_OFFSET(MSR_REASON, msr.reason),
    CKVM_RUN_OFFSET(MSR_INDEX, msr.index),
    CKVM_RUN_OFFSET(MSR_DATA, msr.data),
    CKVM_RUN_OFFSET(XEN_TYPE, xen.type),
    CKVM_RUN_OFFSET(XEN_LONG_MODE, xen.u.hcall.longmode),
    CKVM_RUN_OFFSET(XEN_CPL, xen.u.hcall.cpl),
    CKVM_RUN_OFFSET(XEN_INPUT, xen.u.hcall.input),
    CKVM_RUN_OFFSET(XEN_RESULT, xen.u.hcall.result),
    CKVM_RUN_OFFSET(XEN_PARAMETERS, xen.u.hcall.params),
    CKVM_RUN_OFFSET(NOTIFY_FLAGS, notify.flags),
    CKVM_RUN_MEMORY_FAULT_FLAGS = offsetof(struct kvm_run, hw) + offsetof(struct ckvm_memory_fault, flags),
    CKVM_RUN_MEMORY_FAULT_GPA = offsetof(struct kvm_run, hw) + offsetof(struct ckvm_memory_fault, gpa),
    CKVM_RUN_MEMORY_FAULT_SIZE = offsetof(struct kvm_run, hw) + offsetof(struct ckvm_memory_fault, size),
    CKVM_RUN_TDX_FLAGS = offsetof(struct kvm_run, hw) + offsetof(struct ckvm_tdx, flags),
    CKVM_RUN_TDX_NUMBER = offsetof(struct kvm_run, hw) + offsetof(struct ckvm_tdx, nr),
    CKVM_RUN_OFFSET(VALID_REGISTERS, kvm_valid_regs),
    CKVM_RUN_OFFSET(DIRTY_REGISTERS, kvm_dirty_regs),
    CKVM_RUN_OFFSET(SYNC_REGS, s.regs.regs),
    CKVM_RUN_OFFSET(SYNC_SREGS, s.regs.sregs),
    CKVM_RUN_OFFSET(SYNC_EVENTS, s.regs.events),
};

/* The union starts at 32 and is padded to 256 bytes, the register area to 2048: this is the kernel's ABI. */
_Static_assert(offsetof(struct kvm_run, hw) == 32, "the exit union starts at 32");
_Static_assert(offsetof(struct kvm_run, kvm_valid_regs) == 288, "the exit union takes 256 bytes");
_Static_assert(sizeof(struct kvm_run) == 2352, "kvm_run is 2352 bytes");
_Static_assert(sizeof(struct kvm_regs) == 144, "kvm_regs is 144 bytes");
_Static_assert(sizeof(struct kvm_sregs) == 312, "kvm_sregs is 312 bytes");
_Static_assert(sizeof(struct kvm_sregs2) == 320, "kvm_sregs2 is 320 bytes");
_Static_assert(sizeof(struct kvm_vcpu_events) == 64, "kvm_vcpu_events is 64 bytes");
_Static_assert(sizeof(struct kvm_fpu) == 416, "kvm_fpu is 416 bytes");
_Static_assert(sizeof(struct kvm_guest_debug) == 72, "kvm_guest_debug is 72 bytes");

#endif
