extension IoctlCatalog {
    /// Requests on a vCPU that only x86 has.
    static let vcpuX86: [IoctlEntry] = [
        row(
            "KVM_INTERRUPT", 0x86, .write, "struct kvm_interrupt", size: 4,
            [.vcpu: archVCPU("kvm_vcpu_ioctl_interrupt")], section: "4.16", qemu: i386("kvm_arch_pre_run"),
            "Queues one external interrupt, where the controllers are in user space."),
        row(
            "KVM_GET_MSRS", 0x88, .readWrite, "struct kvm_msrs", size: 8, flexible: true,
            [.system: archSystem("msr_io"), .vcpu: archVCPU("msr_io")], section: "4.18", qemu: i386("kvm_get_msrs"),
            "Reads MSRs and answers how many, stopping at the first that is refused."),
        row(
            "KVM_SET_MSRS", 0x89, .write, "struct kvm_msrs", size: 8, flexible: true, [.vcpu: archVCPU("msr_io")],
            section: "4.19", qemu: i386("kvm_buf_set_msrs"),
            "Writes MSRs and answers how many, stopping at the first that is refused."),
        row(
            "KVM_SET_CPUID", 0x8A, .write, "struct kvm_cpuid", size: 8, flexible: true,
            [.vcpu: archVCPU("kvm_vcpu_ioctl_set_cpuid", KernelFile.cpuid)], section: "4.20",
            "Sets what CPUID tells the guest, without sub-leaves; KVM_SET_CPUID2 came after it."),
        row(
            "KVM_GET_LAPIC", 0x8E, .read, "struct kvm_lapic_state", size: 1024,
            [.vcpu: archVCPU("kvm_vcpu_ioctl_get_lapic")], cap: "KVM_CAP_IRQCHIP", section: "4.57",
            qemu: i386("kvm_get_apic"), "Reads the in-kernel local APIC."),
        row(
            "KVM_SET_LAPIC", 0x8F, .write, "struct kvm_lapic_state", size: 1024,
            [.vcpu: archVCPU("kvm_vcpu_ioctl_set_lapic")], cap: "KVM_CAP_IRQCHIP", section: "4.58",
            qemu: SourceFunction("kvm_apic_put", QEMUFile.apic), "Writes the in-kernel local APIC."),
        row(
            "KVM_SET_CPUID2", 0x90, .write, "struct kvm_cpuid2", size: 8, flexible: true,
            [.vcpu: archVCPU("kvm_vcpu_ioctl_set_cpuid2", KernelFile.cpuid)], cap: "KVM_CAP_EXT_CPUID",
            section: "4.20", qemu: i386("kvm_arch_init_vcpu"), "Sets what CPUID tells the guest."),
        row(
            "KVM_GET_CPUID2", 0x91, .readWrite, "struct kvm_cpuid2", size: 8, flexible: true,
            [.vcpu: archVCPU("kvm_vcpu_ioctl_get_cpuid2", KernelFile.cpuid)], cap: "KVM_CAP_EXT_CPUID",
            "Reads what CPUID tells the guest."),
        row(
            "KVM_TPR_ACCESS_REPORTING", 0x92, .readWrite, "struct kvm_tpr_access_ctl", size: 40,
            [.vcpu: archVCPU("vcpu_ioctl_tpr_access_reporting", KernelFile.x86)], cap: "KVM_CAP_VAPIC",
            qemu: SourceFunction("kvm_apic_enable_tpr_reporting", QEMUFile.apic),
            "Makes accesses to the task priority register exits."),
        row(
            "KVM_SET_VAPIC_ADDR", 0x93, .write, "struct kvm_vapic_addr", size: 8,
            [.vcpu: archVCPU("kvm_lapic_set_vapic_addr", KernelFile.lapic)], cap: "KVM_CAP_VAPIC",
            qemu: SourceFunction("kvm_apic_vapic_base_update", QEMUFile.apic),
            "Says where in guest memory the task priority is mirrored."),
        row(
            "KVM_NMI", 0x9A, .none, "", [.vcpu: archVCPU("kvm_inject_nmi")], cap: "KVM_CAP_USER_NMI", section: "4.64",
            qemu: i386("kvm_arch_pre_run"), "Queues a non-maskable interrupt."),
        row(
            "KVM_X86_SETUP_MCE", 0x9C, .write, "__u64", size: 8, [.vcpu: archVCPU("kvm_vcpu_ioctl_x86_setup_mce")],
            cap: "KVM_CAP_MCE", section: "4.105", qemu: i386("kvm_arch_init_vcpu"),
            "Says how many machine-check banks the guest sees."),
        row(
            "KVM_X86_GET_MCE_CAP_SUPPORTED", 0x9D, .read, "__u64", size: 8, [.system: archSystem()],
            cap: "KVM_CAP_MCE", section: "4.104", qemu: i386("kvm_get_mce_cap_supported"),
            "Tells which machine-check features a guest can have."),
        row(
            "KVM_X86_SET_MCE", 0x9E, .write, "struct kvm_x86_mce", size: 64,
            [.vcpu: archVCPU("kvm_vcpu_ioctl_x86_set_mce")], cap: "KVM_CAP_MCE", section: "4.106",
            "Injects a machine check."),
        row(
            "KVM_GET_VCPU_EVENTS", 0x9F, .read, "struct kvm_vcpu_events", size: 64,
            [.vcpu: archVCPU("kvm_vcpu_ioctl_x86_get_vcpu_events")], cap: "KVM_CAP_VCPU_EVENTS", section: "4.31",
            qemu: i386("kvm_get_vcpu_events"), "Reads which exceptions and interrupts are under way."),
        row(
            "KVM_SET_VCPU_EVENTS", 0xA0, .write, "struct kvm_vcpu_events", size: 64,
            [.vcpu: archVCPU("kvm_vcpu_ioctl_x86_set_vcpu_events")], cap: "KVM_CAP_VCPU_EVENTS", section: "4.32",
            qemu: i386("kvm_put_vcpu_events"), "Writes which exceptions and interrupts are under way."),
        row(
            "KVM_GET_DEBUGREGS", 0xA1, .read, "struct kvm_debugregs", size: 128,
            [.vcpu: archVCPU("kvm_vcpu_ioctl_x86_get_debugregs")], cap: "KVM_CAP_DEBUGREGS", section: "4.33",
            qemu: i386("kvm_get_debugregs"), "Reads the guest's own debug registers."),
        row(
            "KVM_SET_DEBUGREGS", 0xA2, .write, "struct kvm_debugregs", size: 128,
            [.vcpu: archVCPU("kvm_vcpu_ioctl_x86_set_debugregs")], cap: "KVM_CAP_DEBUGREGS", section: "4.34",
            qemu: i386("kvm_put_debugregs"), "Writes the guest's own debug registers."),
        row(
            "KVM_SET_TSC_KHZ", 0xA2, .none, "int", [.vm: archVM(), .vcpu: archVCPU("kvm_set_tsc_khz")],
            cap: "KVM_CAP_TSC_CONTROL", section: "4.55", qemu: i386("kvm_arch_set_tsc_khz"),
            "Sets the frequency of the guest's time-stamp counter."),
        row(
            "KVM_GET_TSC_KHZ", 0xA3, .none, "", [.vm: archVM(), .vcpu: archVCPU()], cap: "KVM_CAP_GET_TSC_KHZ",
            section: "4.56", qemu: i386("kvm_arch_set_tsc_khz"),
            "Answers the frequency of the guest's time-stamp counter."),
        row(
            "KVM_GET_XSAVE", 0xA4, .read, "struct kvm_xsave", size: 4096,
            [.vcpu: archVCPU("kvm_vcpu_ioctl_x86_get_xsave")], cap: "KVM_CAP_XSAVE", section: "4.42",
            qemu: i386("kvm_get_xsave"), "Reads the extended register state as XSAVE stores it."),
        row(
            "KVM_SET_XSAVE", 0xA5, .write, "struct kvm_xsave", size: 4096,
            [.vcpu: archVCPU("kvm_vcpu_ioctl_x86_set_xsave")], cap: "KVM_CAP_XSAVE", section: "4.43",
            qemu: i386("kvm_put_xsave"), "Writes the extended register state."),
        row(
            "KVM_GET_XCRS", 0xA6, .read, "struct kvm_xcrs", size: 392,
            [.vcpu: archVCPU("kvm_vcpu_ioctl_x86_get_xcrs")], cap: "KVM_CAP_XCRS", section: "4.44",
            qemu: i386("kvm_get_xcrs"), "Reads the extended control registers."),
        row(
            "KVM_SET_XCRS", 0xA7, .write, "struct kvm_xcrs", size: 392,
            [.vcpu: archVCPU("kvm_vcpu_ioctl_x86_set_xcrs")], cap: "KVM_CAP_XCRS", section: "4.45",
            qemu: i386("kvm_put_xcrs"), "Writes the extended control registers."),
        row(
            "KVM_KVMCLOCK_CTRL", 0xAD, .none, "", [.vcpu: archVCPU("kvm_set_guest_paused")],
            cap: "KVM_CAP_KVMCLOCK_CTRL", section: "4.70", qemu: SourceFunction("do_kvmclock_ctrl", QEMUFile.clock),
            "Tells the guest that it was paused, so that its watchdogs stay quiet."),
        row(
            "KVM_SMI", 0xB7, .none, "", [.vcpu: archVCPU("kvm_inject_smi")], cap: "KVM_CAP_X86_SMM", section: "4.96",
            qemu: i386("kvm_arch_pre_run"), "Queues a system-management interrupt."),
        row(
            "KVM_GET_NESTED_STATE", 0xBE, .readWrite, "struct kvm_nested_state", size: 128, flexible: true,
            [.vcpu: archVCPU()], cap: "KVM_CAP_NESTED_STATE", qemu: i386("kvm_get_nested_state"),
            "Reads what a guest that is itself a hypervisor has set up."),
        row(
            "KVM_SET_NESTED_STATE", 0xBF, .write, "struct kvm_nested_state", size: 128, flexible: true,
            [.vcpu: archVCPU()], cap: "KVM_CAP_NESTED_STATE", qemu: i386("kvm_put_nested_state"),
            "Writes it back."),
        row(
            "KVM_GET_SUPPORTED_HV_CPUID", 0xC1, .readWrite, "struct kvm_cpuid2", size: 8, flexible: true,
            [
                .system: archSystem("kvm_ioctl_get_supported_hv_cpuid"),
                .vcpu: archVCPU("kvm_ioctl_get_supported_hv_cpuid"),
            ], cap: "KVM_CAP_HYPERV_CPUID", section: "4.118", qemu: i386("try_get_hv_cpuid"),
            "Lists the CPUID leaves of the Hyper-V interface."),
        row(
            "KVM_XEN_VCPU_GET_ATTR", 0xCA, .readWrite, "struct kvm_xen_vcpu_attr", size: 72,
            [.vcpu: archVCPU("kvm_xen_vcpu_get_attr", KernelFile.xen)], cap: "KVM_CAP_XEN_HVM", section: "4.129",
            qemu: SourceFunction("kvm_get_xen_state", QEMUFile.xen), "Reads a vCPU's attribute of the Xen interface."),
        row(
            "KVM_XEN_VCPU_SET_ATTR", 0xCB, .write, "struct kvm_xen_vcpu_attr", size: 72,
            [.vcpu: archVCPU("kvm_xen_vcpu_set_attr", KernelFile.xen)], cap: "KVM_CAP_XEN_HVM", section: "4.128",
            qemu: SourceFunction("kvm_xen_set_vcpu_attr", QEMUFile.xen),
            "Writes a vCPU's attribute of the Xen interface."),
        row(
            "KVM_GET_SREGS2", 0xCC, .read, "struct kvm_sregs2", size: 320, [.vcpu: archVCPU("__get_sregs2")],
            cap: "KVM_CAP_SREGS2", section: "4.131", qemu: i386("kvm_get_sregs2"),
            "Reads special registers with the PAE pointers, without the interrupt bitmap."),
        row(
            "KVM_SET_SREGS2", 0xCD, .write, "struct kvm_sregs2", size: 320, [.vcpu: archVCPU("__set_sregs2")],
            cap: "KVM_CAP_SREGS2", section: "4.132", qemu: i386("kvm_put_sregs2"),
            "Writes special registers with the PAE pointers."),
        row(
            "KVM_GET_XSAVE2", 0xCF, .read, "struct kvm_xsave", size: 4096, flexible: true,
            [.vcpu: archVCPU("kvm_vcpu_ioctl_x86_get_xsave2")], cap: "KVM_CAP_XSAVE2", section: "4.134",
            qemu: i386("kvm_get_xsave"), "Reads extended register state that may be larger than a page."),
    ]
}
