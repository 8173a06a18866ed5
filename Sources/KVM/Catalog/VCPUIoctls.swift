extension IoctlCatalog {
    /// Requests on a vCPU that every architecture has; most lead to a hook of the architecture's.
    static let vcpu: [IoctlEntry] = [
        row(
            "KVM_RUN", 0x80, .none, "", [.vcpu: generic("kvm_arch_vcpu_ioctl_run", KernelFile.x86)], section: "4.10",
            qemu: all("kvm_cpu_exec"),
            "Enters the guest and comes back when user space is needed; the run page says why."),
        row(
            "KVM_GET_REGS", 0x81, .read, "struct kvm_regs", size: 144,
            [.vcpu: generic("kvm_arch_vcpu_ioctl_get_regs", KernelFile.x86)], section: "4.11",
            qemu: i386("kvm_getput_regs"), "Reads the general registers, RIP and RFLAGS."),
        row(
            "KVM_SET_REGS", 0x82, .write, "struct kvm_regs", size: 144,
            [.vcpu: generic("kvm_arch_vcpu_ioctl_set_regs", KernelFile.x86)], section: "4.12",
            qemu: i386("kvm_getput_regs"), "Writes the general registers, RIP and RFLAGS."),
        row(
            "KVM_GET_SREGS", 0x83, .read, "struct kvm_sregs", size: 312,
            [.vcpu: generic("kvm_arch_vcpu_ioctl_get_sregs", KernelFile.x86)], section: "4.13",
            qemu: i386("kvm_get_sregs"), "Reads segments, descriptor tables and control registers."),
        row(
            "KVM_SET_SREGS", 0x84, .write, "struct kvm_sregs", size: 312,
            [.vcpu: generic("kvm_arch_vcpu_ioctl_set_sregs", KernelFile.x86)], section: "4.14",
            qemu: i386("kvm_put_sregs"), "Writes segments, descriptor tables and control registers."),
        row(
            "KVM_TRANSLATE", 0x85, .readWrite, "struct kvm_translation", size: 24,
            [.vcpu: generic("kvm_arch_vcpu_ioctl_translate", KernelFile.x86)], section: "4.15",
            qemu: SourceFunction("kvm_gva_to_gpa", QEMUFile.xen),
            "Walks the guest's page tables for one linear address."),
        row(
            "KVM_SET_SIGNAL_MASK", 0x8B, .write, "struct kvm_signal_mask", size: 4, flexible: true,
            [.vcpu: generic("kvm_vcpu_ioctl_set_sigmask")], section: "4.21", qemu: all("kvm_set_signal_mask"),
            "Sets the signals that are blocked while the guest runs."),
        row(
            "KVM_GET_FPU", 0x8C, .read, "struct kvm_fpu", size: 416,
            [.vcpu: generic("kvm_arch_vcpu_ioctl_get_fpu", KernelFile.x86)], section: "4.22",
            "Reads x87 and SSE registers."),
        row(
            "KVM_SET_FPU", 0x8D, .write, "struct kvm_fpu", size: 416,
            [.vcpu: generic("kvm_arch_vcpu_ioctl_set_fpu", KernelFile.x86)], section: "4.23",
            "Writes x87 and SSE registers."),
        row(
            "KVM_GET_MP_STATE", 0x98, .read, "struct kvm_mp_state", size: 4,
            [.vcpu: generic("kvm_arch_vcpu_ioctl_get_mpstate", KernelFile.x86)], cap: "KVM_CAP_MP_STATE",
            section: "4.38", qemu: i386("kvm_get_mp_state"),
            "Tells whether the vCPU can run, halts, or waits to be started."),
        row(
            "KVM_SET_MP_STATE", 0x99, .write, "struct kvm_mp_state", size: 4,
            [.vcpu: generic("kvm_arch_vcpu_ioctl_set_mpstate", KernelFile.x86)], cap: "KVM_CAP_MP_STATE",
            section: "4.39", qemu: i386("kvm_put_mp_state"), "Makes the vCPU able to run, halted or waiting."),
        row(
            "KVM_SET_GUEST_DEBUG", 0x9B, .write, "struct kvm_guest_debug", size: 72,
            [.vcpu: generic("kvm_arch_vcpu_ioctl_set_guest_debug", KernelFile.x86)], cap: "KVM_CAP_SET_GUEST_DEBUG",
            section: "4.87", qemu: all("kvm_invoke_set_guest_debug"),
            "Arms single-stepping and breakpoints, which come back as debug exits."),
        row(
            "KVM_PRE_FAULT_MEMORY", 0xD5, .readWrite, "struct kvm_pre_fault_memory", size: 64,
            [.vcpu: generic("kvm_vcpu_pre_fault_memory")], cap: "KVM_CAP_PRE_FAULT_MEMORY", section: "4.143",
            "Fills KVM's page tables before the guest touches the memory."),
        row(
            "KVM_GET_ONE_REG", 0xAB, .write, "struct kvm_one_reg", size: 16, [.vcpu: archVCPU()],
            cap: "KVM_CAP_ONE_REG", section: "4.69", qemu: all("kvm_get_one_reg"),
            "Reads one register by number; on x86 only the newest kernels know it."),
        row(
            "KVM_SET_ONE_REG", 0xAC, .write, "struct kvm_one_reg", size: 16, [.vcpu: archVCPU()],
            cap: "KVM_CAP_ONE_REG", section: "4.68", qemu: all("kvm_set_one_reg"),
            "Writes one register by number; on x86 only the newest kernels know it."),
        row(
            "KVM_GET_REG_LIST", 0xB0, .readWrite, "struct kvm_reg_list", size: 8, flexible: true,
            [.vcpu: archVCPU()], cap: "KVM_CAP_ONE_REG", section: "4.84",
            "Lists the registers that can be asked by number."),
    ]
}
