/// Where a vCPU's time went, exit by exit: in the guest, in the kernel, in user mode.
///
/// Guest and kernel are told apart by the tracepoints kvm_entry and kvm_exit alone; without them the time inside
/// KVM_RUN is one.
public struct ExitTimes: Sendable {
    /// What belongs to one reason.
    public struct Entry: Sendable {
        /// The hardware's reason as the kernel prints it, or the exit's name for user space.
        public internal(set) var reason: String
        public internal(set) var durations = Durations()
        /// Of the exits with this reason, those that KVM handled without user space.
        public internal(set) var handled = 0
    }

    /// From kvm_entry to kvm_exit.
    public internal(set) var guest = Durations()
    /// From kvm_exit to the next kvm_entry or the way to user space, by the hardware's reason.
    public internal(set) var kernel: [Entry] = []
    /// From the return of KVM_RUN to its next call, by exit; what a person thinks at a stop is left out.
    public internal(set) var user: [Entry] = []
    /// From the call of KVM_RUN to its return, by exit.
    public internal(set) var inside: [Entry] = []

    /// When KVM_RUN returned with which exit; nil after a stop.
    private var returned: (reason: String, moment: UInt64)?
    private var lastRun: UInt64 = 0

    mutating func note(_ sample: KernelSample, times: Int = 1) {
        switch sample.place {
        case .guest: guest.record(sample.nanoseconds, times: times)
        case .handled, .needed:
            let index = Self.entry(sample.reason, in: &kernel)
            kernel[index].durations.record(sample.nanoseconds, times: times)
            if sample.place == .handled { kernel[index].handled += times }
        }
    }

    /// A KVM_RUN that returned.
    mutating func noteRun(returnedAt moment: UInt64, duration: UInt64) {
        lastRun = duration
        guard let last = returned else { return }
        returned = nil
        let begin = moment &- min(duration, moment)
        let index = Self.entry(last.reason, in: &user)
        user[index].durations.record(begin > last.moment ? begin - last.moment : 0)
    }

    /// The exit with which it returned.
    mutating func noteExit(_ reason: String, at moment: UInt64) {
        let index = Self.entry(reason, in: &inside)
        inside[index].durations.record(lastRun)
        returned = (reason, moment)
    }

    /// What follows is no part of the vCPU's own pace.
    mutating func noteStop() { returned = nil }

    /// Reasons are few, and comparing short names costs less than hashing one.
    private static func entry(_ reason: String, in entries: inout [Entry]) -> Int {
        // By index, which copies no entry with its histogram.
        for index in entries.indices where entries[index].reason == reason { return index }
        entries.append(Entry(reason: reason))
        return entries.count - 1
    }
}

/// One stretch of time between two tracepoints.
public struct KernelSample: Sendable, Hashable, Codable {
    public enum Place: String, Sendable, Hashable, Codable, CaseIterable {
        case guest
        /// In KVM, which then entered the guest again.
        case handled
        /// In KVM, which then went to user space.
        case needed
    }
    public var place: Place
    /// The hardware's reason of the exit at the stretch's end, or at its beginning where it lies in KVM.
    public var reason: String
    public var nanoseconds: UInt64

    public init(place: Place, reason: String, nanoseconds: UInt64) {
        self.place = place
        self.reason = reason
        self.nanoseconds = nanoseconds
    }

    /// The same with seven significant bits, so that many of them are few.
    var rounded: KernelSample {
        let shift = max(0, UInt64.bitWidth - 7 - nanoseconds.leadingZeroBitCount)
        var sample = self
        sample.nanoseconds = (nanoseconds >> shift) << shift
        return sample
    }
}

/// Takes the time between the tracepoints of one vCPU.
public struct KernelTimer: Sendable, Hashable, Codable {
    private var enteredAt: UInt64?
    private var leftAt: UInt64?
    private var reason = ""

    public init() {}

    /// - Parameter reason: of a kvm_exit, the hardware's.
    mutating func note(_ name: String, at moment: UInt64, reason new: String?) -> KernelSample? {
        switch name {
        case "kvm_entry":
            enteredAt = moment
            return handled(until: moment, .handled)
        case "kvm_exit":
            defer { (enteredAt, leftAt, reason) = (nil, moment, new ?? "?") }
            return enteredAt.map {
                KernelSample(place: .guest, reason: new ?? "?", nanoseconds: moment &- min($0, moment))
            }
        case "kvm_userspace_exit": return handled(until: moment, .needed)
        default: return nil
        }
    }

    /// KVM_RUN has returned.
    mutating func leave(at moment: UInt64) -> KernelSample? {
        enteredAt = nil
        return handled(until: moment, .needed)
    }

    private mutating func handled(until moment: UInt64, _ place: KernelSample.Place) -> KernelSample? {
        guard let begin = leftAt else { return nil }
        leftAt = nil
        return KernelSample(place: place, reason: reason, nanoseconds: moment &- min(begin, moment))
    }
}

extension ExitTimes: Recordable {
    static var blank: ExitTimes { ExitTimes() }

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try guest.code(&coder)
        try coder.list(&kernel)
        try coder.list(&user)
        try coder.list(&inside)
        var (reason, moment) = (returned?.reason, returned?.moment ?? 0)
        try coder.option(&reason)
        try coder.number(&moment)
        returned = reason.map { ($0, moment) }
        try coder.number(&lastRun)
    }
}

extension ExitTimes.Entry: Recordable {
    static var blank: ExitTimes.Entry { ExitTimes.Entry(reason: "") }

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.text(&reason)
        try durations.code(&coder)
        try coder.number(&handled)
    }
}

extension KernelSample: Recordable {
    static var blank: KernelSample { KernelSample(place: .guest, reason: "", nanoseconds: 0) }

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.choice(&place)
        try coder.text(&reason)
        try coder.number(&nanoseconds)
    }
}

/// A stretch of time and how often one like it came.
struct CountedSample: Recordable {
    var sample: KernelSample
    var count: Int

    static var blank: CountedSample { CountedSample(sample: .blank, count: 0) }

    /// In an order that does not depend on hashing.
    static func sorted(_ samples: [KernelSample: Int]) -> [CountedSample] {
        samples.map { CountedSample(sample: $0.key, count: $0.value) }.sorted {
            ($0.sample.place.rawValue, $0.sample.reason, $0.sample.nanoseconds)
                < ($1.sample.place.rawValue, $1.sample.reason, $1.sample.nanoseconds)
        }
    }

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try sample.code(&coder)
        try coder.number(&count)
    }
}

extension KernelTimer: Recordable {
    static var blank: KernelTimer { KernelTimer() }

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.option(&enteredAt)
        try coder.option(&leftAt)
        try coder.text(&reason)
    }
}
