/// Which address is followed, for whom, and how far it is shown; the newest one is the walk in view.
public struct WalkQuestion: Sendable, Equatable {
    /// What kind of address it begins with.
    public enum Space: String, Sendable, CaseIterable {
        /// As the guest's instructions use it; in real mode the offset in DS, or in CS for an instruction.
        case virtual
        /// In real mode the offset in SS; elsewhere as `virtual`.
        case stack
        /// In real mode the offset in CS, whatever is done there; elsewhere as `virtual`.
        case code
        /// In real mode the sum of segment and offset; elsewhere as `virtual`.
        case linear
        case physical
    }

    public enum Access: String, Sendable, CaseIterable { case read, write, execute }

    /// Whose registers decide.
    public var vcpu: Int
    public var space: Space
    public var address: UInt64
    public var access: Access
    /// Code at CPL 3 asks; otherwise the supervisor.
    public var isUser: Bool
    /// How many stages of it a person has gone through, table levels first; nil when all of it is shown.
    public var shown: Int?

    public init(
        vcpu: Int, space: Space = .virtual, address: UInt64, access: Access = .read, isUser: Bool = false,
        shown: Int? = nil
    ) {
        self.vcpu = vcpu
        self.space = space
        self.address = address
        self.access = access
        self.isUser = isUser
        self.shown = shown
    }

    /// The same question, however much of the answer is shown.
    public func asks(theSameAs other: WalkQuestion) -> Bool {
        var other = other
        other.shown = shown
        return self == other
    }
}

/// What KVM itself says of a linear address; KVM API document, "KVM_TRANSLATE".
public struct KernelTranslation: Sendable, Equatable {
    public var vcpu: Int
    public var linear: UInt64
    public var isValid: Bool
    /// Meaningless where it is not valid, and kept as the kernel gave it.
    public var physical: UInt64
    /// KVM fills these two with constants on most hosts.
    public var isWritable: Bool
    public var isUser: Bool
    /// The errno's name where the ioctl was refused.
    public var refusal: String?

    public init(
        vcpu: Int, linear: UInt64, isValid: Bool, physical: UInt64, isWritable: Bool = false, isUser: Bool = false,
        refusal: String? = nil
    ) {
        self.vcpu = vcpu
        self.linear = linear
        self.isValid = isValid
        self.physical = physical
        self.isWritable = isWritable
        self.isUser = isUser
        self.refusal = refusal
    }
}

/// What the kernel says of the host page behind one page of guest memory.
public struct HostPage: Sendable, Equatable {
    public enum State: String, Sendable, CaseIterable {
        case present, swapped
        /// No page: nobody has touched it yet.
        case absent
        /// The page map could not be read.
        case unknown
    }

    /// The first byte's address in the guest, and in this process.
    public var guestAddress: UInt64
    public var hostAddress: UInt64
    public var state: State
    /// The page frame number; nil where there is none or the kernel hides it.
    public var frame: UInt64?
    /// Why the frame is not known, with the remedy.
    public var hidden: String?
    /// The kernel's names of the frame's flags, without their `KPF_`; empty where they are not known.
    public var flags: [String]
    /// Why the flags are not known, with the remedy.
    public var flagsHidden: String?
    /// Bytes of the unit that the kernel manages it in: 4096, or more for a huge page; nil where that is not known.
    public var unit: UInt64?

    public init(
        guestAddress: UInt64, hostAddress: UInt64, state: State, frame: UInt64? = nil, hidden: String? = nil,
        flags: [String] = [], flagsHidden: String? = nil, unit: UInt64? = nil
    ) {
        self.guestAddress = guestAddress
        self.hostAddress = hostAddress
        self.state = state
        self.frame = frame
        self.hidden = hidden
        self.flags = flags
        self.flagsHidden = flagsHidden
        self.unit = unit
    }

    /// The host physical address of a guest physical address in this page.
    public func physicalAddress(of guestAddress: UInt64) -> UInt64? {
        frame.map { $0 << 12 | guestAddress & 0xFFF }
    }
}

/// What of the guest's processor, as its CPUID says, decides which entry bits are reserved.
public struct GuestProcessor: Sendable, Equatable {
    /// Leaf 0x80000008, EAX bits 7:0.
    public var physicalAddressBits: Int
    /// Leaf 0x80000001, EDX bit 26.
    public var has1GiBPages: Bool
    /// Leaf 1, EDX bit 17.
    public var hasPSE36: Bool
    /// Leaf 0: an AMD processor reserves a bit that Intel's ignore.
    public var isAMD: Bool

    public init(physicalAddressBits: Int, has1GiBPages: Bool, hasPSE36: Bool, isAMD: Bool) {
        self.physicalAddressBits = physicalAddressBits
        self.has1GiBPages = has1GiBPages
        self.hasPSE36 = hasPSE36
        self.isAMD = isAMD
    }
}

/// The entry that KVM installed in its own tables for a guest frame; tracepoint kvmmmu:kvm_mmu_set_spte.
public struct InstalledEntry: Sendable, Equatable {
    /// The first guest frame that it maps.
    public var guestFrame: UInt64
    public var value: UInt64
    /// 1 maps 4 KiB, 2 maps 2 MiB, 3 maps 1 GiB.
    public var level: Int
    /// Where in the timeline it was told.
    public var position: Int

    public init(guestFrame: UInt64, value: UInt64, level: Int, position: Int) {
        self.guestFrame = guestFrame
        self.value = value
        self.level = level
        self.position = position
    }

    /// Host page frame of the first byte that it maps: bits 51:12 in EPT, NPT and shadow tables alike.
    public var hostFrame: UInt64 { value >> 12 & 0xFF_FFFF_FFFF }

    /// Host page frame of a guest frame in it; nil for one that it does not map.
    public func hostFrame(of frame: UInt64) -> UInt64? {
        let span: UInt64 = level == 3 ? 1 << 18 : level == 2 ? 1 << 9 : 1
        let first = guestFrame & ~(span - 1)
        guard frame >= first, frame - first < span else { return nil }
        return (hostFrame & ~(span - 1)) + (frame - first)
    }
}

/// The entries that KVM was seen to install; bounded, the oldest half goes when it is full.
public struct InstalledEntries: Sendable, Equatable {
    private static let limit = 8192
    private var entries: [UInt64: InstalledEntry] = [:]

    /// The newest entry that maps a guest frame.
    public func entry(for frame: UInt64) -> InstalledEntry? {
        [frame, frame & ~0x1FF, frame & ~0x3FFFF].compactMap { entries[$0] }
            .filter { $0.hostFrame(of: frame) != nil }.max { $0.position < $1.position }
    }

    public var count: Int { entries.count }

    mutating func note(_ event: KernelEvent, at position: Int) {
        guard event.name == "kvm_mmu_set_spte" else { return }
        func number(_ name: String) -> UInt64? {
            guard let text = event.fields.first(where: { $0.name == name })?.value else { return nil }
            return text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
        }
        guard let frame = number("gfn"), let value = number("spte"), let level = number("level"), level <= 3 else {
            return
        }
        let span: UInt64 = level == 3 ? 1 << 18 : level == 2 ? 1 << 9 : 1
        let first = frame & ~(span - 1)
        if entries.count >= Self.limit {
            let kept = entries.values.sorted { $0.position > $1.position }.prefix(Self.limit / 2)
            entries = Dictionary(kept.map { ($0.guestFrame, $0) }, uniquingKeysWith: { first, _ in first })
        }
        entries[first] = InstalledEntry(guestFrame: first, value: value, level: Int(level), position: position)
    }
}

extension InstalledEntries {
    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.dictionary(&entries, by: \.guestFrame)
    }
}
