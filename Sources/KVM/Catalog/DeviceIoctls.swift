extension IoctlCatalog {
    /// Requests on an in-kernel device; x86 answers some of them on other descriptors too.
    static let device: [IoctlEntry] = [
        row(
            "KVM_SET_DEVICE_ATTR", 0xE1, .write, "struct kvm_device_attr", size: 24,
            [
                .device: generic("kvm_device_ioctl_attr"),
                .vcpu: archVCPU("kvm_vcpu_ioctl_device_attr"),
            ], cap: "KVM_CAP_DEVICE_CTRL", section: "4.80", qemu: all("kvm_device_access"),
            "Writes one attribute of a device."),
        row(
            "KVM_GET_DEVICE_ATTR", 0xE2, .write, "struct kvm_device_attr", size: 24,
            [
                .device: generic("kvm_device_ioctl_attr"),
                .system: archSystem("kvm_x86_dev_get_attr"),
                .vcpu: archVCPU("kvm_vcpu_ioctl_device_attr"),
            ], cap: "KVM_CAP_DEVICE_CTRL", section: "4.80", qemu: all("kvm_device_access"),
            "Reads one attribute of a device."),
        row(
            "KVM_HAS_DEVICE_ATTR", 0xE3, .write, "struct kvm_device_attr", size: 24,
            [
                .device: generic("kvm_device_ioctl_attr"),
                .system: archSystem("kvm_x86_dev_has_attr"),
                .vcpu: archVCPU("kvm_vcpu_ioctl_device_attr"),
            ], cap: "KVM_CAP_DEVICE_CTRL", section: "4.81", qemu: all("kvm_device_check_attr"),
            "Asks whether a device has an attribute."),
    ]
}
