/// A tracepoint by its two names, as tracefs lists it below `events`.
public struct KernelTracepoint: Sendable, Hashable, CustomStringConvertible {
    /// The directory, such as `kvm`.
    public var system: String
    public var name: String

    public init(_ system: String, _ name: String) {
        self.system = system
        self.name = name
    }

    /// `kvm:kvm_exit`
    public var description: String { system + ":" + name }

    /// Its directory below a trace instance or the top of tracefs.
    var directory: String { "events/\(system)/\(name)" }

    /// What KVM does inside one KVM_RUN: transitions, their causes, and the SPTEs that it installs.
    ///
    /// No kernel has all of them. Linux, arch/x86/kvm/trace.h, arch/x86/kvm/mmu/mmutrace.h, include/trace/events/kvm.h.
    public static let innerLoop: [KernelTracepoint] =
        [
            "kvm_entry", "kvm_exit", "kvm_userspace_exit", "kvm_pio", "kvm_mmio", "kvm_fast_mmio", "kvm_cpuid",
            "kvm_msr", "kvm_cr", "kvm_hypercall", "kvm_page_fault", "kvm_inj_exception", "kvm_inj_virq",
            "kvm_emulate_insn", "kvm_vcpu_wakeup", "kvm_dirty_ring_exit",
        ].map { KernelTracepoint("kvm", $0) }
        + ["kvm_mmu_set_spte", "mark_mmio_spte"].map { KernelTracepoint("kvmmmu", $0) }
}
