/// Every ioctl that KVM has on x86, by request number.
///
/// Sources: `include/uapi/linux/kvm.h` and `virt/kvm/kvm_main.c` of Linux 6.18, the KVM API document, QEMU 10.1.
public enum IoctlCatalog {
    /// All entries: system, VM, device, vCPU.
    public static let entries: [IoctlEntry] = system + vm + vmX86 + device + vcpu + vcpuX86

    private static let byRequest: [UInt: IoctlEntry] = Dictionary(
        entries.map { ($0.code.rawValue, $0) }, uniquingKeysWith: { first, _ in first })

    /// What is known of a request, or nil for one that is newer than this table or none of KVM's.
    public static func entry(for request: UInt) -> IoctlEntry? {
        byRequest[request]
    }

    /// The request's name, or its number in hex.
    public static func name(of request: UInt) -> String {
        byRequest[request]?.name ?? "0x" + String(request, radix: 16)
    }

    /// The kernel's first function for an ioctl on such a descriptor.
    static func entryFunction(of kind: DescriptorKind) -> String {
        switch kind {
        case .system: "kvm_dev_ioctl"
        case .vm: "kvm_vm_ioctl"
        case .vcpu: "kvm_vcpu_ioctl"
        case .device: "kvm_device_ioctl"
        case .statistics: "kvm_stats_read"
        }
    }

    /// The road of a request that such a descriptor does not answer: to the end of the last list of requests.
    ///
    /// A vCPU's looks at the type before all else (Linux, virt/kvm/kvm_main.c, `kvm_vcpu_ioctl`).
    public static func roadOfUnanswered(_ request: UInt, on kind: DescriptorKind) -> [SourceFunction] {
        let entry = SourceFunction(entryFunction(of: kind), KernelFile.main)
        return switch kind {
        case .system: [entry] + archSystem()
        case .vm: [entry] + archVM()
        case .vcpu: RequestCode(rawValue: request).type == RequestCode.kvmType ? [entry] + archVCPU() : [entry]
        case .device: [entry]
        case .statistics: []
        }
    }

    /// The request of a name; nil for a name that is not in the catalog.
    public static func request(named name: String) -> UInt? {
        entries.first { $0.name == name }?.code.rawValue
    }

    /// One row of the tables. `size` is the argument's size as the request number states it.
    static func row(
        _ name: String, _ number: UInt8, _ direction: RequestCode.Direction = .none, _ argument: String = "",
        size: Int = 0, flexible: Bool = false, _ handlers: [DescriptorKind: [SourceFunction]], cap: String? = nil,
        section: String? = nil, qemu: SourceFunction? = nil, _ summary: String
    ) -> IoctlEntry {
        IoctlEntry(
            name: name, code: RequestCode(direction: direction, number: number, size: size), argument: argument,
            isFlexible: flexible, handlers: handlers, capability: cap, section: section, qemu: qemu, summary: summary)
    }

    static func generic(_ name: String, _ file: String = KernelFile.main) -> [SourceFunction] {
        [SourceFunction(name, file)]
    }

    /// The shared code does not know the request and hands it to the architecture.
    static func archSystem(_ name: String? = nil, _ file: String = KernelFile.x86) -> [SourceFunction] {
        [SourceFunction("kvm_arch_dev_ioctl", KernelFile.x86)] + (name.map { [SourceFunction($0, file)] } ?? [])
    }

    static func archVM(_ name: String? = nil, _ file: String = KernelFile.x86) -> [SourceFunction] {
        [SourceFunction("kvm_arch_vm_ioctl", KernelFile.x86)] + (name.map { [SourceFunction($0, file)] } ?? [])
    }

    static func archVCPU(_ name: String? = nil, _ file: String = KernelFile.x86) -> [SourceFunction] {
        [SourceFunction("kvm_arch_vcpu_ioctl", KernelFile.x86)] + (name.map { [SourceFunction($0, file)] } ?? [])
    }

    static func all(_ name: String) -> SourceFunction { SourceFunction(name, QEMUFile.all) }
    static func i386(_ name: String) -> SourceFunction { SourceFunction(name, QEMUFile.i386) }
}
