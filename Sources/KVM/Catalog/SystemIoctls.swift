extension IoctlCatalog {
    /// Requests on `/dev/kvm`. Those that other descriptors answer too carry all their roads.
    static let system: [IoctlEntry] = [
        row(
            "KVM_GET_API_VERSION", 0x00, .none, "", [.system: []], section: "4.1", qemu: all("kvm_init"),
            "Answers 12 on every kernel since the interface was declared stable."),
        row(
            "KVM_CREATE_VM", 0x01, .none, "int", [.system: generic("kvm_dev_ioctl_create_vm")], section: "4.2",
            qemu: all("do_kvm_create_vm"),
            "Makes a virtual machine without memory or processors and answers its descriptor."),
        row(
            "KVM_GET_MSR_INDEX_LIST", 0x02, .readWrite, "struct kvm_msr_list", size: 4, flexible: true,
            [.system: archSystem()], section: "4.3", qemu: i386("kvm_get_supported_msrs"),
            "Lists the MSRs to save and restore with a guest."),
        row(
            "KVM_CHECK_EXTENSION", 0x03, .none, "int",
            [
                .system: generic("kvm_vm_ioctl_check_extension_generic")
                    + generic("kvm_vm_ioctl_check_extension", KernelFile.x86),
                .vm: generic("kvm_vm_ioctl_check_extension_generic")
                    + generic("kvm_vm_ioctl_check_extension", KernelFile.x86),
            ], section: "4.4", qemu: all("kvm_check_extension"),
            "Asks whether a capability is there, and for some of them how much of it."),
        row(
            "KVM_GET_VCPU_MMAP_SIZE", 0x04, .none, "", [.system: []], section: "4.5", qemu: all("kvm_init_vcpu"),
            "Answers how many bytes to map of each vCPU: run page, port data, coalesced ring."),
        row(
            "KVM_GET_SUPPORTED_CPUID", 0x05, .readWrite, "struct kvm_cpuid2", size: 8, flexible: true,
            [.system: archSystem("kvm_dev_ioctl_get_cpuid", KernelFile.cpuid)], cap: "KVM_CAP_EXT_CPUID",
            section: "4.46", qemu: i386("try_get_cpuid"),
            "Lists the CPUID leaves that this processor and this KVM can give a guest."),
        row(
            "KVM_GET_EMULATED_CPUID", 0x09, .readWrite, "struct kvm_cpuid2", size: 8, flexible: true,
            [.system: archSystem("kvm_dev_ioctl_get_cpuid", KernelFile.cpuid)], cap: "KVM_CAP_EXT_EMUL_CPUID",
            section: "4.88", "Lists features that KVM imitates although the processor has them not."),
        row(
            "KVM_GET_MSR_FEATURE_INDEX_LIST", 0x0A, .readWrite, "struct kvm_msr_list", size: 4, flexible: true,
            [.system: archSystem()], cap: "KVM_CAP_GET_MSR_FEATURES", section: "4.3",
            qemu: i386("kvm_get_supported_feature_msrs"),
            "Lists the MSRs that describe features and can be read without a vCPU."),
    ]
}
