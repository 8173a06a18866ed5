public import KVM

/// All that is needed to set a machine of the same make back to one moment, with no access left open.
public struct MachineSnapshot: Sendable {
    public internal(set) var vcpus: [VCPUSnapshot]
    public internal(set) var devices: [DeviceState]
    public internal(set) var pages: GuestPages
    /// The slots that were there beside the first; what they held is among the pages.
    var slots: [MemorySlot] = []
    /// Nanoseconds of the paravirtual clock, where a vCPU's guest uses it.
    public internal(set) var clock: UInt64?
    /// What the snapshot does not carry, each in one clause.
    public internal(set) var omissions: [String]
    /// How many ioctls taking it cost.
    public internal(set) var calls: Int
    /// From the request to the snapshot, in nanoseconds.
    public internal(set) var duration: UInt64 = 0

    /// Bytes that it takes beside its pages, nearly.
    public var stateSize: Int { vcpus.reduce(0) { $0 + $1.size } + devices.reduce(0) { $0 + $1.values.count * 8 } }

    /// Whether a machine that stands here would go on in the same way: everything but its clocks is equal.
    public func isSameState(as other: MachineSnapshot) -> Bool { differences(from: other).isEmpty }

    /// What would make a machine that stands here go on in another way, part by part; empty where nothing would.
    public func differences(from other: MachineSnapshot) -> [String] {
        var parts: [String] = []
        if devices != other.devices { parts.append("devices") }
        let frames = pages.frames(differingFrom: other.pages)
        if !frames.isEmpty { parts.append("pages \(frames.prefix(8))") }
        if slots.map(\.region) != other.slots.map(\.region) { parts.append("memory slots") }
        if vcpus.count != other.vcpus.count { parts.append("number of vCPUs") }
        for (index, (mine, theirs)) in zip(vcpus, other.vcpus).enumerated() {
            parts += mine.differences(from: theirs).map { "vCPU \(index): \($0)" }
        }
        return parts
    }
}

/// A port or memory access of which KVM was let finish its part before a snapshot, in a KVM_RUN that entered no guest.
public struct FinishedAccess: Sendable, Equatable {
    public let vcpu: Int
    /// When that KVM_RUN was called and when it was back, on the clock of `MonotonicClock`.
    public let moments: ClosedRange<UInt64>

    public init(vcpu: Int, moments: ClosedRange<UInt64>) {
        self.vcpu = vcpu
        self.moments = moments
    }
}

/// One vCPU between two instructions, as KVM tells it and takes it back.
///
/// Source: KVM API document, the GET and SET requests of each part.
public struct VCPUSnapshot: Sendable, Equatable {
    public internal(set) var general: Registers
    public internal(set) var special: SpecialRegisters
    public internal(set) var debug: DebugRegisters
    public internal(set) var events: VCPUEvents
    public internal(set) var mpState: MPState
    /// The XSAVE area; nil where this KVM has none, and `floatingPoint` is there instead.
    public internal(set) var xsave: XSAVEArea?
    public internal(set) var floatingPoint: FloatingPointState?
    public internal(set) var extendedControl: [ExtendedControlRegister]
    public internal(set) var msrs: [MSREntry]

    static let timeStampCounter: UInt32 = 0x10
    /// The time stamp counter, and Hyper-V's HV_X64_MSR_VP_RUNTIME and HV_X64_MSR_TIME_REF_COUNT: they run on whatever
    /// the guest does.
    private static let clocks: Set<UInt32> = [timeStampCounter, 0x4000_0010, 0x4000_0020]
    /// KVM_SYSTEM_TIME_NEW and its older number: bit 0 says that the guest uses the clock.
    static let systemTime: Set<UInt32> = [0x4B56_4D01, 0x12]

    var usesClock: Bool { msrs.contains { Self.systemTime.contains($0.index) && $0.value & 1 != 0 } }

    var size: Int { 1024 + (xsave?.bytes.count ?? 416) + msrs.count * 16 }

    fileprivate func differences(from other: VCPUSnapshot) -> [String] {
        var parts: [String] = []
        if general != other.general { parts.append("general registers \(general), \(other.general)") }
        if special != other.special { parts.append("special registers \(special), \(other.special)") }
        if debug != other.debug { parts.append("debug registers") }
        if events != other.events { parts.append("pending events \(events), \(other.events)") }
        if mpState != other.mpState { parts.append("state \(mpState), \(other.mpState)") }
        if let xsave, let theirs = other.xsave, xsave != theirs {
            parts.append("XSAVE area at \(xsave.differences(from: theirs).prefix(8))")
        } else if (xsave == nil) != (other.xsave == nil) {
            parts.append("XSAVE area")
        }
        if floatingPoint != other.floatingPoint { parts.append("FPU") }
        if extendedControl != other.extendedControl { parts.append("extended control registers") }
        let before = Dictionary(other.msrs.map { ($0.index, $0.value) }, uniquingKeysWith: { first, _ in first })
        for msr in msrs where !Self.clocks.contains(msr.index) && before[msr.index] != msr.value {
            let was = before[msr.index].map { "0x" + String($0, radix: 16) } ?? "unknown"
            parts.append("MSR 0x\(String(msr.index, radix: 16)) 0x\(String(msr.value, radix: 16)), \(was)")
        }
        if msrs.count != other.msrs.count { parts.append("number of MSRs") }
        return parts
    }
}

/// What a device remembers, in numbers of its own.
public struct DeviceState: Sendable, Equatable {
    public let name: String
    public let values: [UInt64]

    init(name: StaticString, values: [UInt64]) {
        self.name = name.description
        self.values = values
    }
}

/// What setting a machine back did.
public struct Restoration: Sendable, Equatable {
    /// Frames that were written since they differed, in order.
    public var frames: [UInt64] = []
    /// MSRs that KVM would not take back, by index and vCPU; each had another value than the snapshot's.
    public var refusedMSRs: [UInt32] = []

    public init() {}
}
