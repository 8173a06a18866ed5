private import CKVM

/// What one memory slot maps: a range of guest physical addresses onto a range of the VMM's own addresses.
///
/// Source: KVM API document, 4.35 "KVM_SET_USER_MEMORY_REGION".
public struct MemoryRegion: Sendable, Hashable {
    public struct Flags: OptionSet, Sendable, Hashable {
        public let rawValue: UInt32

        public init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        /// KVM keeps a bitmap of written pages.
        public static let logDirtyPages = Flags(rawValue: UInt32(KVM_MEM_LOG_DIRTY_PAGES))
        /// Guest writes become MMIO exits.
        public static let readOnly = Flags(rawValue: UInt32(KVM_MEM_READONLY))
    }

    /// Bits 0-15 number the slot, bits 16-31 the address space (1 is SMM's).
    public var slot: UInt32
    public var flags: Flags
    /// Guest physical address of the first byte; a multiple of the page size.
    public var guestAddress: UInt64
    /// Bytes; a multiple of the page size, and 0 to delete the slot.
    public var size: UInt64
    /// Where it lies in the VMM.
    public var hostAddress: UInt64

    public init(slot: UInt32, guestAddress: UInt64, size: UInt64, hostAddress: UInt64, flags: Flags = []) {
        self.slot = slot
        self.flags = flags
        self.guestAddress = guestAddress
        self.size = size
        self.hostAddress = hostAddress
    }
}
