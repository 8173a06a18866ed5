/// An address cut into the fields that the page tables are indexed with.
///
/// Source: Intel SDM volume 3, the figures "Linear-Address Translation to a …".
public struct AddressSplit: Hashable, Sendable, CustomStringConvertible {
    /// A run of bits of the address.
    public struct Field: Hashable, Sendable {
        /// As in the manual's figures: `PML4`, `Directory Ptr`, `Directory`, `Table`, `Offset`.
        public let name: String
        public let bits: BitRange
        /// The bits as a number: the index into that level's table, or the offset.
        public let value: UInt64
        /// The level whose table this field indexes; nil for the offset and the sign extension.
        public let level: Int?
    }

    public let address: GuestVirtualAddress
    public let mode: PagingMode
    /// From the highest bits to the lowest; together they are the whole address of 32 or 64 bits.
    public let fields: [Field]

    /// - Parameter pageSize: The page that the walk ended in; the indices below it belong to the offset. Nil, or a size
    ///   that the mode does not have, is the smallest page.
    public init(_ address: GuestVirtualAddress, mode: PagingMode, pageSize: PageSize? = nil) {
        self.address = address
        self.mode = mode
        let word = address.rawValue
        var fields: [Field] = []
        func add(_ name: String, _ bits: BitRange, _ level: Int?) {
            fields.append(Field(name: name, bits: bits, value: bits.value(in: word), level: level))
        }
        let width = mode.linearAddressBits
        if width > 32 { add("Sign extension", BitRange(63, width), nil) }
        let leaf = (1...5).first { pageSize != nil && mode.pageSize(level: $0) == pageSize } ?? 1
        for level in stride(from: mode.levels, through: leaf, by: -1) {
            guard let bits = mode.indexBits(level: level) else { continue }
            add(["Table", "Directory", "Directory Ptr", "PML4", "PML5"][level - 1], bits, level)
        }
        let top = mode.indexBits(level: leaf)?.low ?? 32
        add("Offset", BitRange(top - 1, 0), nil)
        self.fields = fields
    }

    /// As `PML4 47:39 = 0x0 | … | Offset 11:0 = 0x123`.
    public var description: String {
        fields.map { "\($0.name) \($0.bits) = \($0.value.hexadecimal)" }.joined(separator: " | ")
    }
}
