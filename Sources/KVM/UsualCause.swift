private import CKVM

/// What usually makes a call fail, by request and error number, with what to do about it.
///
/// Source: KVM API document, the "Errors" table of each section, and the checks in `virt/kvm/kvm_main.c`.
enum UsualCause {
    private struct Key: Hashable {
        let request: UInt
        let errno: Errno
    }

    static func text(request: UInt, errno: Errno) -> String {
        byRequest[Key(request: request, errno: errno)] ?? general[errno] ?? ""
    }

    static func text(call: String, errno: Errno) -> String {
        switch (call, errno) {
        case ("open", .noEntry):
            """
            KVM is not there: load kvm_intel or kvm_amd, and switch virtualization on in the firmware \
            (in a virtual machine: nested virtualization)
            """
        case ("open", .accessDenied), ("open", .notPermitted):
            "this user may not use KVM: join the group that owns the device (usually kvm) and log in again"
        case ("open", .noDevice), ("open", .noSuchAddress):
            "the device node is there but no KVM driver answers: load kvm_intel or kvm_amd"
        case ("open", .busy):
            "another hypervisor holds the virtualization hardware: stop it"
        case ("mmap", .outOfMemory):
            "no address space or memory is left for the run page"
        default:
            general[errno] ?? ""
        }
    }

    private static let general: [Errno: String] = [
        .badDescriptor: "the descriptor was closed already",
        .noTerminalControl: "this kind of descriptor does not know the request, or the kernel is older than it",
        Errno(rawValue: 24): "the process has too many open files: raise `ulimit -n`",
        .outOfMemory: "the kernel has no memory for it",
        .fault: "the argument's address is not readable or writable",
        Errno(rawValue: 5): "the VM belongs to another process (after a fork), or it is dead: build it anew",
    ]

    private static let byRequest: [Key: String] = [
        Key(request: ckvm_KVM_CREATE_VM, errno: .busy): "another hypervisor holds the virtualization hardware: stop it",
        Key(request: ckvm_KVM_CREATE_VM, errno: .invalid): "the machine type is unknown here: use 0",
        Key(request: ckvm_KVM_CREATE_VCPU, errno: .exists):
            "the VM has a vCPU with this number: give each vCPU its own number",
        Key(request: ckvm_KVM_CREATE_VCPU, errno: .invalid):
            "the number is beyond KVM_CAP_MAX_VCPU_ID, or there are KVM_CAP_MAX_VCPUS already",
        Key(request: ckvm_KVM_SET_USER_MEMORY_REGION, errno: .exists):
            "the guest addresses overlap those of another slot: move it or delete the other",
        Key(request: ckvm_KVM_SET_USER_MEMORY_REGION, errno: .invalid):
            """
        address, size and host address must be multiples of the page, the slot's number within \
        KVM_CAP_NR_MEMSLOTS, the flags known, and a slot's size cannot change
        """,
        Key(request: ckvm_KVM_RUN, errno: .interrupted): "a signal came, or immediate_exit was set: run again",
        Key(request: ckvm_KVM_RUN, errno: .again): "the vCPU was not ready (waiting for INIT or SIPI): run again",
        Key(request: ckvm_KVM_RUN, errno: .fault):
            "the guest touched memory whose host address is not mapped, or the slot is gone",
        Key(request: ckvm_KVM_RUN, errno: .invalid):
            "the vCPU's state cannot be run, or kvm_valid_regs names registers that this kernel cannot share",
        Key(request: ckvm_KVM_RUN, errno: Errno(rawValue: 5)): "the VM belongs to another process or is dead",
        Key(request: ckvm_KVM_SET_SREGS, errno: .invalid):
            """
        the control registers contradict each other (for example EFER.LMA without CR0.PG), \
        or ask for a mode that this KVM has not
        """,
        Key(request: ckvm_KVM_SET_CPUID2, errno: .invalid):
            "a leaf is not acceptable, or CPUID was changed after the first KVM_RUN",
        Key(request: ckvm_KVM_SET_CPUID2, errno: .tooBig): "too many leaves: KVM takes 256 at most",
        Key(request: ckvm_KVM_GET_SUPPORTED_CPUID, errno: .tooBig):
            "the list has room for too few leaves: ask again with more",
        Key(request: ckvm_KVM_GET_MSR_INDEX_LIST, errno: .tooBig):
            "the list has room for too few numbers: the right count is filled in",
        Key(request: ckvm_KVM_SET_GUEST_DEBUG, errno: .invalid): "a control flag is not known to this KVM",
        Key(request: ckvm_KVM_SET_GUEST_DEBUG, errno: .busy): "an exception is pending: run the vCPU first",
        Key(request: ckvm_KVM_CREATE_IRQCHIP, errno: .exists): "the VM has its interrupt controllers already",
        Key(request: ckvm_KVM_CREATE_IRQCHIP, errno: .invalid):
            "there are vCPUs already: make the interrupt controllers first",
        Key(request: ckvm_KVM_CREATE_PIT2, errno: .exists): "the VM has its timer already",
        Key(request: ckvm_KVM_CREATE_PIT2, errno: .noEntry):
            "the timer needs the interrupt controllers: KVM_CREATE_IRQCHIP first",
        Key(request: ckvm_KVM_CREATE_DEVICE, errno: .noDevice): "this KVM has no device of that type",
        Key(request: ckvm_KVM_CREATE_DEVICE, errno: .exists): "a VM has one device of that type at most",
        Key(request: ckvm_KVM_GET_DIRTY_LOG, errno: .noEntry):
            "the slot does not exist or was made without KVM_MEM_LOG_DIRTY_PAGES",
        Key(request: ckvm_KVM_GET_DIRTY_LOG, errno: .noSuchAddress): "the VM logs dirty pages in a ring instead",
        Key(request: ckvm_KVM_SET_TSS_ADDR, errno: .invalid): "the three pages must lie below 4 GiB",
        Key(request: ckvm_KVM_SET_IDENTITY_MAP_ADDR, errno: .invalid): "vCPUs exist already: set it before the first",
        Key(request: ckvm_KVM_INTERRUPT, errno: .exists): "an interrupt is waiting already",
        Key(request: ckvm_KVM_INTERRUPT, errno: .invalid): "the vector is above 255",
        Key(request: ckvm_KVM_INTERRUPT, errno: .noSuchAddress):
            "the VM has interrupt controllers in the kernel: use KVM_IRQ_LINE",
        Key(request: ckvm_KVM_GET_LAPIC, errno: .invalid):
            "the local APIC is not in the kernel: KVM_CREATE_IRQCHIP first",
        Key(request: ckvm_KVM_SET_LAPIC, errno: .invalid):
            "the local APIC is not in the kernel: KVM_CREATE_IRQCHIP first",
        Key(request: ckvm_KVM_ENABLE_CAP, errno: .invalid):
            "this KVM has not the capability, or the arguments are wrong",
    ]
}
