extension IoctlCatalog {
    /// Requests on a VM that the shared part of KVM answers.
    static let vm: [IoctlEntry] = [
        row(
            "KVM_CREATE_VCPU", 0x41, .none, "int",
            [.vm: generic("kvm_vm_ioctl_create_vcpu") + generic("kvm_arch_vcpu_create", KernelFile.x86)],
            section: "4.7", qemu: all("kvm_create_vcpu"), "Adds a virtual processor and answers its descriptor."),
        row(
            "KVM_GET_DIRTY_LOG", 0x42, .write, "struct kvm_dirty_log", size: 16,
            [.vm: generic("kvm_vm_ioctl_get_dirty_log")], section: "4.8", qemu: all("kvm_slot_get_dirty_log"),
            "Copies out which pages of a slot were written since the last call, and starts anew."),
        row(
            "KVM_SET_USER_MEMORY_REGION", 0x46, .write, "struct kvm_userspace_memory_region", size: 32,
            [.vm: generic("kvm_vm_ioctl_set_memory_region")], cap: "KVM_CAP_USER_MEMORY", section: "4.35",
            qemu: all("kvm_set_user_memory_region"),
            "Lays memory of the VMM under a range of guest physical addresses, or takes it away."),
        row(
            "KVM_SET_USER_MEMORY_REGION2", 0x49, .write, "struct kvm_userspace_memory_region2", size: 160,
            [.vm: generic("kvm_vm_ioctl_set_memory_region")], cap: "KVM_CAP_USER_MEMORY2", section: "4.140",
            qemu: all("kvm_set_user_memory_region"), "The same, with private memory from a guest_memfd."),
        row(
            "KVM_IRQ_LINE", 0x61, .write, "struct kvm_irq_level", size: 8,
            [.vm: generic("kvm_vm_ioctl_irq_line", KernelFile.x86)], cap: "KVM_CAP_IRQCHIP", section: "4.25",
            qemu: all("kvm_set_irq"), "Raises or lowers an input of the in-kernel interrupt controllers."),
        row(
            "KVM_IRQ_LINE_STATUS", 0x67, .readWrite, "struct kvm_irq_level", size: 8,
            [.vm: generic("kvm_vm_ioctl_irq_line", KernelFile.x86)], cap: "KVM_CAP_IRQ_INJECT_STATUS",
            qemu: all("kvm_set_irq"), "The same, and tells whether the interrupt got through."),
        row(
            "KVM_REGISTER_COALESCED_MMIO", 0x67, .write, "struct kvm_coalesced_mmio_zone", size: 16,
            [.vm: generic("kvm_vm_ioctl_register_coalesced_mmio", KernelFile.coalesced)], cap: "KVM_CAP_COALESCED_MMIO",
            section: "4.116", qemu: all("kvm_coalesce_mmio_region"),
            "Lets writes to a range be queued in a ring, to be read at the next exit."),
        row(
            "KVM_UNREGISTER_COALESCED_MMIO", 0x68, .write, "struct kvm_coalesced_mmio_zone", size: 16,
            [.vm: generic("kvm_vm_ioctl_unregister_coalesced_mmio", KernelFile.coalesced)],
            cap: "KVM_CAP_COALESCED_MMIO", section: "4.116", qemu: all("kvm_uncoalesce_mmio_region"),
            "Makes writes to the range exits again."),
        row(
            "KVM_SET_GSI_ROUTING", 0x6A, .write, "struct kvm_irq_routing", size: 8, flexible: true,
            [.vm: generic("kvm_set_irq_routing", KernelFile.irqchip)], cap: "KVM_CAP_IRQ_ROUTING", section: "4.52",
            qemu: all("kvm_irqchip_commit_routes"),
            "Says which interrupt line leads to which pin or message."),
        row(
            "KVM_IRQFD", 0x76, .write, "struct kvm_irqfd", size: 32,
            [.vm: generic("kvm_irqfd", KernelFile.eventfd)], cap: "KVM_CAP_IRQFD", section: "4.75",
            qemu: all("kvm_irqchip_assign_irqfd"), "Ties an eventfd to an interrupt line: writing to it interrupts."),
        row(
            "KVM_IOEVENTFD", 0x79, .write, "struct kvm_ioeventfd", size: 64,
            [.vm: generic("kvm_ioeventfd", KernelFile.eventfd)], cap: "KVM_CAP_IOEVENTFD", section: "4.59",
            qemu: all("kvm_set_ioeventfd_mmio"),
            "Ties a port or address to an eventfd: a guest's write signals it and causes no exit."),
        row(
            "KVM_SIGNAL_MSI", 0xA5, .write, "struct kvm_msi", size: 32,
            [.vm: generic("kvm_send_userspace_msi", KernelFile.irqchip)], cap: "KVM_CAP_SIGNAL_MSI", section: "4.71",
            qemu: all("kvm_irqchip_send_msi"), "Delivers a message-signalled interrupt."),
        row(
            "KVM_CLEAR_DIRTY_LOG", 0xC0, .readWrite, "struct kvm_clear_dirty_log", size: 24,
            [.vm: generic("kvm_vm_ioctl_clear_dirty_log")], cap: "KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2",
            section: "4.117", qemu: all("kvm_log_clear_one_slot"), "Clears chosen bits of a slot's dirty log."),
        row(
            "KVM_RESET_DIRTY_RINGS", 0xC7, .none, "", [.vm: generic("kvm_vm_ioctl_reset_dirty_pages")],
            cap: "KVM_CAP_DIRTY_LOG_RING", qemu: all("kvm_dirty_ring_reap_locked"),
            "Write-protects again what the VMM has taken out of the dirty rings."),
        row(
            "KVM_GET_STATS_FD", 0xCE, .none, "",
            [.vm: generic("kvm_vm_ioctl_get_stats_fd"), .vcpu: generic("kvm_vcpu_ioctl_get_stats_fd")],
            cap: "KVM_CAP_BINARY_STATS_FD", section: "4.133", qemu: all("kvm_init_vcpu"),
            "Answers a descriptor from which the counters can be read."),
        row(
            "KVM_SET_MEMORY_ATTRIBUTES", 0xD2, .write, "struct kvm_memory_attributes", size: 32,
            [.vm: generic("kvm_vm_ioctl_set_mem_attributes")], cap: "KVM_CAP_MEMORY_ATTRIBUTES", section: "4.141",
            qemu: all("kvm_set_memory_attributes"), "Makes guest pages private or shared."),
        row(
            "KVM_CREATE_GUEST_MEMFD", 0xD4, .readWrite, "struct kvm_create_guest_memfd", size: 64,
            [.vm: generic("kvm_gmem_create", KernelFile.memfd)], cap: "KVM_CAP_GUEST_MEMFD", section: "4.142",
            qemu: all("kvm_create_guest_memfd"), "Makes memory that only the guest can reach."),
        row(
            "KVM_CREATE_DEVICE", 0xE0, .readWrite, "struct kvm_create_device", size: 12,
            [.vm: generic("kvm_ioctl_create_device")], cap: "KVM_CAP_DEVICE_CTRL", section: "4.79",
            qemu: all("kvm_create_device"), "Makes a device inside the kernel and fills in its descriptor."),
        row(
            "KVM_ENABLE_CAP", 0xA3, .write, "struct kvm_enable_cap", size: 104,
            [
                .vm: generic("kvm_vm_ioctl_enable_cap_generic")
                    + generic("kvm_vm_ioctl_enable_cap", KernelFile.x86),
                .vcpu: archVCPU("kvm_vcpu_ioctl_enable_cap"),
            ], cap: "KVM_CAP_ENABLE_CAP", section: "4.37",
            qemu: SourceFunction("kvm_vm_enable_cap", "include/system/kvm.h"),
            "Switches on a capability that is off by default."),
    ]
}
