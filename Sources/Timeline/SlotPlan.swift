/// A memory slot beyond the guest's main memory, as a person asks for it: `START:SIZE` or `START:SIZE:ro`.
public struct SlotPlan: Sendable, Hashable {
    /// First guest physical address; a multiple of 4096.
    public var start: UInt64
    /// Bytes; a multiple of 4096.
    public var size: Int
    /// A write of the guest leaves it as an MMIO exit.
    public var isReadOnly: Bool

    public init(start: UInt64, size: Int, isReadOnly: Bool = false) {
        self.start = start
        self.size = size
        self.isReadOnly = isReadOnly
    }

    /// Reads `0x10000000:64K` or `4G:2M:ro`; nil where it is not whole pages below 2^52.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 || (parts.count == 3 && parts[2] == "ro"), let start = SizeNotation.number(parts[0]),
            let size = SizeNotation.number(parts[1]), size > 0, start % 4096 == 0, size % 4096 == 0,
            start < 1 << 52, size <= (1 << 52) - start
        else { return nil }
        self.init(start: start, size: Int(size), isReadOnly: parts.count == 3)
    }
}
