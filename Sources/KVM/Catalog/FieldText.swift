/// Bytes of a C structure, read without trusting their length.
struct StructureBytes {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var count: Int { bytes.count }

    /// A little-endian number, or nil where the structure is too short.
    func value(at offset: Int, size: Int) -> UInt64? {
        guard offset >= 0, size > 0, size <= 8, offset <= bytes.count - size else { return nil }
        return bytes[offset..<(offset + size)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Rows of sixteen bytes in hex, the first `limit` bytes of all.
    func rows(limit: Int = 256) -> [IoctlField] {
        let shown = min(limit, bytes.count)
        var rows = stride(from: 0, to: shown, by: 16).map { start in
            IoctlField(
                "+" + FieldText.hex(UInt64(start)),
                bytes[start..<min(start + 16, shown)].map { FieldText.padded(UInt64($0), 2) }.joined(separator: " "))
        }
        if bytes.count > shown { rows.append(IoctlField("…", "", "\(bytes.count - shown) bytes more")) }
        return rows
    }
}

/// How numbers are written in fields.
enum FieldText {
    static func hex(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }

    static func padded(_ value: UInt64, _ digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    /// "2 MiB", or nothing for a size that is not a whole number of KiB.
    static func size(_ bytes: UInt64) -> String {
        if bytes == 0 { return "deletes the slot" }
        for (unit, name) in [(UInt64(1) << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")] where bytes % unit == 0 {
            return "\(bytes / unit) \(name)"
        }
        return ""
    }

    /// Names of the set bits joined by `|`; bits without a name as one hex number.
    static func bits(_ value: UInt64, _ names: [(Int, String)]) -> String {
        var rest = value
        var parts: [String] = []
        for (bit, name) in names where value >> UInt64(bit) & 1 != 0 {
            parts.append(name)
            rest &= ~(1 << UInt64(bit))
        }
        if rest != 0 { parts.append(hex(rest)) }
        return parts.joined(separator: "|")
    }
}
