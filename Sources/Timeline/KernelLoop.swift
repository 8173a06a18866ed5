/// Follows one vCPU through the kernel's inner loop, tracepoint by tracepoint.
///
/// Linux, arch/x86/kvm/trace.h: kvm_entry and kvm_exit stand around guest mode, and include/trace/events/kvm.h:
/// kvm_userspace_exit stands at the end of each KVM_RUN.
public struct KernelLoop: Sendable, Equatable {
    /// What one tracepoint says about the flowchart.
    public enum Turn: Sendable, Equatable {
        /// Into guest mode; `again` where KVM handled the exit before without user space.
        case enter(again: Bool)
        case exit
        /// On the way to user space, for a signal or for what the exit asks.
        case leave(isInterrupted: Bool)
        /// Nothing that moves along an arrow.
        case none
    }

    /// The vCPU left the guest and neither came back nor went to user space yet.
    public private(set) var isHandling: Bool

    public init(isHandling: Bool = false) { self.isHandling = isHandling }

    public mutating func note(_ name: String, isInterrupted: Bool = false) -> Turn {
        switch name {
        case "kvm_entry":
            defer { isHandling = false }
            return .enter(again: isHandling)
        case "kvm_exit":
            isHandling = true
            return .exit
        case "kvm_userspace_exit":
            isHandling = false
            return .leave(isInterrupted: isInterrupted)
        default: return .none
        }
    }

    /// KVM_RUN has returned.
    public mutating func leave() { isHandling = false }
}

/// How often tracepoints of one vCPU fired that are not kept as events of their own, because there were too many.
public struct KernelTally: Sendable, Equatable {
    public var vcpu: Int
    /// By name.
    public private(set) var counts: [String: Int] = [:]
    /// Exits that KVM handled without user space.
    public private(set) var handled = 0
    /// The time between them, rounded to seven significant bits, each with how often it came.
    public private(set) var samples: [KernelSample: Int] = [:]
    /// Where the inner loop stands behind the last of them.
    public private(set) var loop: KernelLoop
    /// Where the clock stands behind the last of them.
    public private(set) var timer: KernelTimer

    /// - Parameters:
    ///   - loop: where it stood before the first of them.
    ///   - timer: where its clock stood.
    public init(vcpu: Int, loop: KernelLoop, timer: KernelTimer = KernelTimer()) {
        self.vcpu = vcpu
        self.loop = loop
        self.timer = timer
    }

    /// Makes one of what was recorded.
    public init(
        vcpu: Int, counts: [String: Int], handled: Int, samples: [KernelSample: Int], loop: KernelLoop,
        timer: KernelTimer
    ) {
        self.init(vcpu: vcpu, loop: loop, timer: timer)
        self.counts = counts
        self.handled = handled
        self.samples = samples
    }

    /// - Parameters:
    ///   - moment: nanoseconds on the timeline's clock.
    ///   - reason: of a kvm_exit, the hardware's.
    public mutating func count(_ name: String, at moment: UInt64 = 0, reason: String? = nil) {
        counts[name, default: 0] += 1
        if let sample = timer.note(name, at: moment, reason: reason) { samples[sample.rounded, default: 0] += 1 }
        if loop.note(name) == .enter(again: true) { handled += 1 }
    }

    public mutating func leave(at moment: UInt64 = 0) {
        if let sample = timer.leave(at: moment) { samples[sample.rounded, default: 0] += 1 }
        loop.leave()
    }

    /// All of them together.
    public var total: Int { counts.values.reduce(0, &+) }
}

extension KernelLoop {
    mutating func code(_ coder: inout some FieldCoder) throws(Damage) { try coder.flag(&isHandling) }
}

extension KernelTally: Recordable {
    static var blank: KernelTally { KernelTally(vcpu: 0, loop: KernelLoop()) }

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.number(&vcpu)
        try coder.dictionary(&counts)
        try coder.number(&handled)
        try loop.code(&coder)
        guard handled >= 0, counts.values.allSatisfy({ $0 >= 0 }) else { throw .malformed }
        // A recording of an older program ends here.
        guard !coder.isReading || coder.remaining > 0 else { return }
        var counted = CountedSample.sorted(samples)
        try coder.list(&counted)
        samples = Dictionary(counted.map { ($0.sample, $0.count) }, uniquingKeysWith: { first, _ in first })
        try timer.code(&coder)
    }
}
