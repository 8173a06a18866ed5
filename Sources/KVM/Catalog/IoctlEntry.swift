/// A C function and the source file that holds it, from the root of its project.
public struct SourceFunction: Sendable, Hashable {
    public var name: String
    public var file: String

    public init(_ name: String, _ file: String) {
        self.name = name
        self.file = file
    }
}

/// What is known of one KVM request: its number, where it is answered, and who makes the same call in QEMU.
public struct IoctlEntry: Sendable, Hashable {
    /// `KVM_…`.
    public var name: String
    public var code: RequestCode
    /// The argument: a C structure, `int` where the third argument is itself a number, empty where it is unused.
    public var argument: String
    /// The structure ends in an array whose length it states; the request's size counts only what is before it.
    public var isFlexible: Bool
    /// After the entry function: how the kernel goes on, for each kind of descriptor that answers the request.
    public var handlers: [DescriptorKind: [SourceFunction]]
    /// `KVM_CAP_…` to check before, or nil where every KVM has it.
    public var capability: String?
    /// Section of the KVM API document, whose title is the request's name; nil where the document has none.
    public var section: String?
    /// Who makes this call in QEMU 10; nil where nobody does or it is not known.
    public var qemu: SourceFunction?
    /// What it does, in one line.
    public var summary: String

    /// The kinds of descriptor that answer it.
    public var kinds: [DescriptorKind] {
        DescriptorKind.allCases.filter { handlers[$0] != nil }
    }

    /// The architecture's own code answers it, not the part that all architectures share.
    public var isArchitecture: Bool {
        handlers.values.contains { $0.contains { $0.name.hasPrefix("kvm_arch_") } }
    }

    /// From the kernel's entry for that kind of descriptor to the function that does the work.
    public func road(on kind: DescriptorKind) -> [SourceFunction] {
        guard let rest = handlers[kind] else { return [] }
        return [SourceFunction(IoctlCatalog.entryFunction(of: kind), KernelFile.main)] + rest
    }
}

/// Linux source files that the roads lead through.
enum KernelFile {
    static let main = "virt/kvm/kvm_main.c"
    static let x86 = "arch/x86/kvm/x86.c"
    static let cpuid = "arch/x86/kvm/cpuid.c"
    static let irq = "arch/x86/kvm/irq.c"
    static let lapic = "arch/x86/kvm/lapic.c"
    static let pmu = "arch/x86/kvm/pmu.c"
    static let xen = "arch/x86/kvm/xen.c"
    static let hyperv = "arch/x86/kvm/hyperv.c"
    static let i8254 = "arch/x86/kvm/i8254.c"
    static let coalesced = "virt/kvm/coalesced_mmio.c"
    static let eventfd = "virt/kvm/eventfd.c"
    static let irqchip = "virt/kvm/irqchip.c"
    static let memfd = "virt/kvm/guest_memfd.c"
}

/// QEMU source files.
enum QEMUFile {
    static let all = "accel/kvm/kvm-all.c"
    static let i386 = "target/i386/kvm/kvm.c"
    static let apic = "hw/i386/kvm/apic.c"
    static let clock = "hw/i386/kvm/clock.c"
    static let pit = "hw/i386/kvm/i8254.c"
    static let pic = "hw/i386/kvm/i8259.c"
    static let xen = "target/i386/kvm/xen-emu.c"
}
