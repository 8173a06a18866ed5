/// One entry of a page table as it lies in guest memory, read by the rules of its mode and level.
///
/// Entries are decoded whether present or not; in one that is not present the processor looks at nothing but P.
public struct PageTableEntry: Hashable, Sendable {
    /// The entry's 4 or 8 bytes as a number.
    public let rawValue: UInt64
    /// 1 for a PTE up to 5 for a PML5E.
    public let level: Int
    /// The rules that it is read by.
    public let format: PagingFormat

    @inline(__always)
    init(rawValue: UInt64, checkedLevel level: Int, format: PagingFormat) {
        self.rawValue = format.mode == .thirtyTwoBit ? rawValue & 0xffff_ffff : rawValue
        self.level = level
        self.format = format
    }

    /// Nil where the mode has no such level. With 32-bit paging the upper half of the value is dropped.
    public init?(rawValue: UInt64, level: Int, format: PagingFormat) {
        guard level >= 1, level <= format.mode.levels else { return nil }
        self.init(rawValue: rawValue, checkedLevel: level, format: format)
    }

    /// The manual's name, `PTE` to `PML5E`.
    public var name: String { format.mode.entryName(level: level) ?? "" }

    /// P, bit 0.
    public var isPresent: Bool { rawValue & 1 != 0 }
    /// R/W, bit 1. A PDPTE of PAE paging has no such bit and restricts nothing.
    public var isWritable: Bool { isPAEPointer || rawValue & 2 != 0 }
    /// U/S, bit 2. A PDPTE of PAE paging has no such bit and restricts nothing.
    public var isUser: Bool { isPAEPointer || rawValue & 4 != 0 }
    /// Not NX, bit 63, where EFER.NXE gives that bit its meaning; otherwise true.
    public var isExecutable: Bool { !hasNoExecuteBit || rawValue >> 63 == 0 }
    /// A, bit 5: the processor has used this entry in a translation.
    public var isAccessed: Bool { rawValue & 0x20 != 0 }
    /// Bit 6 as it stands; it means D (a write went through this entry) in a leaf, and is ignored elsewhere.
    public var isDirty: Bool { rawValue & 0x40 != 0 }
    /// PS makes it a leaf above the last level: a page of 2 MiB, 4 MiB or 1 GiB.
    public var isLarge: Bool { rawValue & 0x80 != 0 && format.canBeLarge(level: level) }
    /// It maps a page rather than pointing to a table.
    public var isLeaf: Bool { level == 1 || isLarge }
    /// Bits that are set and must not be.
    public var reservedBitsSet: UInt64 { rawValue & format.reservedBits(level: level, isLarge: isLarge) }

    /// Of those, the ones at which a translation ends in a fault.
    ///
    /// PDPTEs of PAE paging are checked when CR3 is loaded. A processor that marks them as accessed by bit 5, as it does
    /// other entries, has loaded them before and goes on; QEMU's software emulation is one.
    @inline(__always)
    public var faultingBitsSet: UInt64 { reservedBitsSet & ~(isPAEPointer ? 0x20 : 0) }

    /// What this entry alone grants.
    @inline(__always)
    public var permissions: PagePermissions {
        var result: PagePermissions = []
        if isWritable { result.insert(.writable) }
        if isUser { result.insert(.user) }
        if isExecutable { result.insert(.executable) }
        return result
    }

    /// The size of the page that it maps, or nil where it points to a table.
    public var pageSize: PageSize? { isLeaf ? format.mode.pageSize(level: level) : nil }

    /// Where the page or the next table begins.
    public var frame: GuestPhysicalAddress {
        guard isLarge else {
            return GuestPhysicalAddress(rawValue & (format.mode == .thirtyTwoBit ? bits(31, 12) : bits(51, 12)))
        }
        if format.mode == .thirtyTwoBit {
            return GuestPhysicalAddress(rawValue & bits(31, 22) | (rawValue & bits(20, 13)) << 19)
        }
        return GuestPhysicalAddress(rawValue & (level == 3 ? bits(51, 30) : bits(51, 21)))
    }

    @inline(__always)
    var isPAEPointer: Bool { format.mode == .pae && level == 3 }

    @inline(__always)
    var hasNoExecuteBit: Bool { format.hasNoExecute && format.mode != .thirtyTwoBit && !isPAEPointer }
}
