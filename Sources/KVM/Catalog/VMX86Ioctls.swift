extension IoctlCatalog {
    /// Requests on a VM that x86 answers.
    static let vmX86: [IoctlEntry] = [
        row(
            "KVM_SET_NR_MMU_PAGES", 0x44, .none, "int", [.vm: archVM("kvm_vm_ioctl_set_nr_mmu_pages")],
            cap: "KVM_CAP_MMU_SHADOW_CACHE_CONTROL", qemu: i386("kvm_vm_set_nr_mmu_pages"),
            "Limits how many page-table pages KVM keeps for the guest."),
        row(
            "KVM_GET_NR_MMU_PAGES", 0x45, .none, "", [.vm: archVM()], cap: "KVM_CAP_MMU_SHADOW_CACHE_CONTROL",
            "Answered that limit; kernels no longer know it."),
        row(
            "KVM_SET_TSS_ADDR", 0x47, .none, "int", [.vm: archVM("kvm_vm_ioctl_set_tss_addr")],
            cap: "KVM_CAP_SET_TSS_ADDR", section: "4.36", qemu: i386("kvm_vm_set_tss_addr"),
            "Gives VT-x three guest pages for the task-state segment that real mode needs on old processors."),
        row(
            "KVM_SET_IDENTITY_MAP_ADDR", 0x48, .write, "__u64", size: 8,
            [.vm: archVM("kvm_vm_ioctl_set_identity_map_addr")], cap: "KVM_CAP_SET_IDENTITY_MAP_ADDR",
            section: "4.40", qemu: i386("kvm_vm_set_identity_map_addr"),
            "Gives VT-x one guest page for the page table that real mode needs on old processors."),
        row(
            "KVM_CREATE_IRQCHIP", 0x60, .none, "", [.vm: archVM()], cap: "KVM_CAP_IRQCHIP", section: "4.24",
            qemu: all("kvm_irqchip_create"), "Puts two 8259s, an IO-APIC and local APICs into the kernel."),
        row(
            "KVM_GET_IRQCHIP", 0x62, .readWrite, "struct kvm_irqchip", size: 520,
            [.vm: archVM("kvm_vm_ioctl_get_irqchip", KernelFile.irq)], cap: "KVM_CAP_IRQCHIP", section: "4.26",
            qemu: SourceFunction("kvm_pic_get", QEMUFile.pic), "Reads one interrupt controller's state."),
        row(
            "KVM_SET_IRQCHIP", 0x63, .read, "struct kvm_irqchip", size: 520,
            [.vm: archVM("kvm_vm_ioctl_set_irqchip", KernelFile.irq)], cap: "KVM_CAP_IRQCHIP", section: "4.27",
            qemu: SourceFunction("kvm_pic_put", QEMUFile.pic),
            "Writes one interrupt controller's state; its number says read by mistake, for ever."),
        row(
            "KVM_CREATE_PIT", 0x64, .none, "", [.vm: archVM("kvm_create_pit", KernelFile.i8254)], cap: "KVM_CAP_PIT",
            "Puts an 8254 timer into the kernel; KVM_CREATE_PIT2 came after it."),
        row(
            "KVM_GET_PIT", 0x65, .readWrite, "struct kvm_pit_state", size: 72, [.vm: archVM()], cap: "KVM_CAP_PIT",
            "Reads the timer's three channels."),
        row(
            "KVM_SET_PIT", 0x66, .read, "struct kvm_pit_state", size: 72, [.vm: archVM()], cap: "KVM_CAP_PIT",
            "Writes the timer's three channels."),
        row(
            "KVM_REINJECT_CONTROL", 0x71, .none, "struct kvm_reinject_control",
            [.vm: archVM("kvm_vm_ioctl_reinject", KernelFile.i8254)], cap: "KVM_CAP_REINJECT_CONTROL",
            qemu: SourceFunction("kvm_pit_realizefn", QEMUFile.pit), "Says whether missed timer ticks are made up for."),
        row(
            "KVM_CREATE_PIT2", 0x77, .write, "struct kvm_pit_config", size: 64,
            [.vm: archVM("kvm_create_pit", KernelFile.i8254)], cap: "KVM_CAP_PIT2", section: "4.71",
            qemu: SourceFunction("kvm_pit_realizefn", QEMUFile.pit), "Puts an 8254 timer into the kernel."),
        row(
            "KVM_SET_BOOT_CPU_ID", 0x78, .none, "int", [.vm: archVM()], cap: "KVM_CAP_SET_BOOT_CPU_ID",
            section: "4.41", "Says which vCPU starts the machine."),
        row(
            "KVM_XEN_HVM_CONFIG", 0x7A, .write, "struct kvm_xen_hvm_config", size: 56,
            [.vm: archVM("kvm_xen_hvm_config", KernelFile.xen)], cap: "KVM_CAP_XEN_HVM", section: "4.28",
            qemu: SourceFunction("kvm_xen_init", QEMUFile.xen), "Prepares the interface of Xen for the guest."),
        row(
            "KVM_SET_CLOCK", 0x7B, .write, "struct kvm_clock_data", size: 48, [.vm: archVM("kvm_vm_ioctl_set_clock")],
            cap: "KVM_CAP_ADJUST_CLOCK", section: "4.30",
            qemu: SourceFunction("kvmclock_vm_state_change", QEMUFile.clock), "Sets the guest's paravirtual clock."),
        row(
            "KVM_GET_CLOCK", 0x7C, .read, "struct kvm_clock_data", size: 48, [.vm: archVM("kvm_vm_ioctl_get_clock")],
            cap: "KVM_CAP_ADJUST_CLOCK", section: "4.29", qemu: SourceFunction("kvm_update_clock", QEMUFile.clock),
            "Reads the guest's paravirtual clock."),
        row(
            "KVM_GET_PIT2", 0x9F, .read, "struct kvm_pit_state2", size: 112,
            [.vm: archVM("kvm_vm_ioctl_get_pit2", KernelFile.i8254)],
            cap: "KVM_CAP_PIT_STATE2", section: "4.72", qemu: SourceFunction("kvm_pit_get", QEMUFile.pit),
            "Reads the timer's state and flags."),
        row(
            "KVM_SET_PIT2", 0xA0, .write, "struct kvm_pit_state2", size: 112,
            [.vm: archVM("kvm_vm_ioctl_set_pit2", KernelFile.i8254)],
            cap: "KVM_CAP_PIT_STATE2", section: "4.73", qemu: SourceFunction("kvm_pit_put", QEMUFile.pit),
            "Writes the timer's state and flags."),
        row(
            "KVM_SET_PMU_EVENT_FILTER", 0xB2, .write, "struct kvm_pmu_event_filter", size: 32, flexible: true,
            [.vm: archVM("kvm_vm_ioctl_set_pmu_event_filter", KernelFile.pmu)], cap: "KVM_CAP_PMU_EVENT_FILTER",
            section: "4.120", "Chooses which performance events the guest may count."),
        row(
            "KVM_MEMORY_ENCRYPT_OP", 0xBA, .readWrite, "unsigned long", size: 8, [.vm: archVM()],
            "Hands a command to SEV or TDX."),
        row(
            "KVM_MEMORY_ENCRYPT_REG_REGION", 0xBB, .read, "struct kvm_enc_region", size: 16, [.vm: archVM()],
            "Pins a range of memory that the guest will encrypt."),
        row(
            "KVM_MEMORY_ENCRYPT_UNREG_REGION", 0xBC, .read, "struct kvm_enc_region", size: 16, [.vm: archVM()],
            "Unpins it."),
        row(
            "KVM_HYPERV_EVENTFD", 0xBD, .write, "struct kvm_hyperv_eventfd", size: 24,
            [.vm: archVM("kvm_vm_ioctl_hv_eventfd", KernelFile.hyperv)], cap: "KVM_CAP_HYPERV_EVENTFD",
            "Ties an eventfd to a connection of the Hyper-V interface."),
        row(
            "KVM_X86_SET_MSR_FILTER", 0xC6, .write, "struct kvm_msr_filter", size: 392,
            [.vm: archVM("kvm_vm_ioctl_set_msr_filter")], cap: "KVM_CAP_X86_MSR_FILTER", section: "4.97",
            qemu: i386("kvm_install_msr_filters"), "Chooses which MSRs the guest may read and write."),
        row(
            "KVM_XEN_HVM_GET_ATTR", 0xC8, .readWrite, "struct kvm_xen_hvm_attr", size: 72,
            [.vm: archVM("kvm_xen_hvm_get_attr", KernelFile.xen)], cap: "KVM_CAP_XEN_HVM", section: "4.127",
            "Reads an attribute of the Xen interface."),
        row(
            "KVM_XEN_HVM_SET_ATTR", 0xC9, .write, "struct kvm_xen_hvm_attr", size: 72,
            [.vm: archVM("kvm_xen_hvm_set_attr", KernelFile.xen)], cap: "KVM_CAP_XEN_HVM", section: "4.126",
            qemu: SourceFunction("kvm_xen_init", QEMUFile.xen), "Writes an attribute of the Xen interface."),
        row(
            "KVM_XEN_HVM_EVTCHN_SEND", 0xD0, .write, "struct kvm_irq_routing_xen_evtchn", size: 12,
            [.vm: archVM("kvm_xen_hvm_evtchn_send", KernelFile.xen)], cap: "KVM_CAP_XEN_HVM",
            "Signals an event channel of the Xen interface."),
    ]
}
