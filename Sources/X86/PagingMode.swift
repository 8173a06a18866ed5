/// How the processor turns a linear address into a physical one; raw values are those of `walk --json`.
///
/// Source: Intel SDM volume 3, "Paging Modes and Control Bits" and "Hierarchical Paging Structures: an Overview".
public enum PagingMode: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    /// CR0.PE is off: segment base plus offset is the physical address (with larger limits, unreal mode).
    case real
    /// Protected mode with CR0.PG off: the linear address is the physical address.
    case none
    /// Two levels of 4-byte entries; pages of 4 KiB and 4 MiB.
    case thirtyTwoBit = "32-bit"
    /// Three levels of 8-byte entries, the topmost with four entries; pages of 4 KiB and 2 MiB.
    case pae
    /// Long mode with 48-bit addresses; pages of 4 KiB, 2 MiB and 1 GiB.
    case fourLevel = "4-level"
    /// Long mode with 57-bit addresses.
    case fiveLevel = "5-level"

    /// The mode that these registers select. LME or LMA means long mode: with paging on the processor keeps them equal.
    public init(cr0: CR0, cr4: CR4, efer: EFER) {
        if !cr0.contains(.pe) {
            self = .real
        } else if !cr0.contains(.pg) {
            self = .none
        } else if !cr4.contains(.pae) {
            self = .thirtyTwoBit
        } else if efer.isDisjoint(with: [.lma, .lme]) {
            self = .pae
        } else {
            self = cr4.contains(.la57) ? .fiveLevel : .fourLevel
        }
    }

    /// How many tables a walk reads at most: 0 without paging, otherwise 2 to 5. The topmost has the highest number.
    public var levels: Int {
        switch self {
        case .real, .none: 0
        case .thirtyTwoBit: 2
        case .pae: 3
        case .fourLevel: 4
        case .fiveLevel: 5
        }
    }

    /// The width of a linear address: 32, 48 or 57 bits.
    public var linearAddressBits: Int {
        switch self {
        case .real, .none, .thirtyTwoBit, .pae: 32
        case .fourLevel: 48
        case .fiveLevel: 57
        }
    }

    /// Bytes of one table entry: 4 with 32-bit paging, otherwise 8; 0 without paging.
    public var entrySize: Int {
        switch self {
        case .real, .none: 0
        case .thirtyTwoBit: 4
        case .pae, .fourLevel, .fiveLevel: 8
        }
    }

    /// The bits of the linear address that choose the entry at this level, or nil where the mode has no such level.
    public func indexBits(level: Int) -> BitRange? {
        guard level >= 1, level <= levels else { return nil }
        let low = indexShift(level: level)
        return BitRange(low + indexWidth(level: level) - 1, low)
    }

    /// The manual's name of an entry at this level, or nil where the mode has no such level.
    public func entryName(level: Int) -> String? {
        guard level >= 1, level <= levels else { return nil }
        return ["PTE", "PDE", "PDPTE", "PML4E", "PML5E"][level - 1]
    }

    /// The size of the page that an entry at this level maps when it is a leaf, or nil where none can be.
    public func pageSize(level: Int) -> PageSize? {
        switch (level, self) {
        case (_, .real), (_, .none): nil
        case (1, _): .fourKiB
        case (2, .thirtyTwoBit): .fourMiB
        case (2, _): .twoMiB
        case (3, .fourLevel), (3, .fiveLevel): .oneGiB
        default: nil
        }
    }

    public var description: String { rawValue }

    @inline(__always)
    func indexWidth(level: Int) -> Int {
        switch self {
        case .thirtyTwoBit: 10
        case .pae where level == 3: 2
        default: 9
        }
    }

    @inline(__always)
    func indexShift(level: Int) -> Int {
        12 &+ (level &- 1) &* (self == .thirtyTwoBit ? 10 : 9)
    }

    @inline(__always)
    func index(of linear: UInt64, level: Int) -> UInt64 {
        (linear >> UInt64(indexShift(level: level))) & ((1 << UInt64(indexWidth(level: level))) &- 1)
    }
}

/// The size of a page in bytes.
public enum PageSize: UInt64, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    case fourKiB = 0x1000
    case twoMiB = 0x20_0000
    case fourMiB = 0x40_0000
    case oneGiB = 0x4000_0000

    /// The same as the raw value, for sums.
    public var bytes: UInt64 { rawValue }

    public var description: String {
        switch self {
        case .fourKiB: "4 KiB"
        case .twoMiB: "2 MiB"
        case .fourMiB: "4 MiB"
        case .oneGiB: "1 GiB"
        }
    }
}
