public import KVM

/// All that is needed to set a machine of the same make back to one moment, with no access left open.
public struct MachineSnapshot: Sendable {
    public internal(set) var vcpus: [VCPUSnapshot]
    public internal(set) var devices: [DeviceState]
    public internal(set) var pages: GuestPages
    /// The slots that were there beside the first.
    public internal(set) var slots: [MemoryRegion] = []
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

    /// Whether a machine that stands here would go on in the same way: everything but the time stamp counter is equal.
    public func isSameState(as other: MachineSnapshot) -> Bool {
        devices == other.devices && pages.frames(differingFrom: other.pages).isEmpty
            && vcpus.count == other.vcpus.count
            && zip(vcpus, other.vcpus).allSatisfy { $0.withoutTime == $1.withoutTime }
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
    public internal(set) var xsave: [UInt8]?
    public internal(set) var floatingPoint: FloatingPointState?
    public internal(set) var extendedControl: [ExtendedControlRegister]
    public internal(set) var msrs: [MSREntry]

    static let timeStampCounter: UInt32 = 0x10
    /// KVM_SYSTEM_TIME_NEW and its older number: bit 0 says that the guest uses the clock.
    static let systemTime: Set<UInt32> = [0x4B56_4D01, 0x12]

    var usesClock: Bool { msrs.contains { Self.systemTime.contains($0.index) && $0.value & 1 != 0 } }

    var size: Int { 1024 + (xsave?.count ?? 416) + msrs.count * 16 }

    /// For comparison: the time stamp counter runs on whatever the guest does.
    fileprivate var withoutTime: VCPUSnapshot {
        var same = self
        same.msrs.removeAll { $0.index == Self.timeStampCounter }
        return same
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
