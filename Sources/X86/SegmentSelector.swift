/// The visible half of a segment register: in protected mode an index into a descriptor table.
///
/// Source: Intel SDM volume 3, "Segment Selectors".
public struct SegmentSelector: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// Which descriptor of the table.
    public var index: Int { Int(rawValue >> 3) }
    /// TI: the descriptor is in the local table, not the global one.
    public var isLocal: Bool { rawValue & 4 != 0 }
    /// RPL, 0 to 3; in CS the current privilege level.
    public var requestedPrivilegeLevel: Int { Int(rawValue & 3) }
    /// Index 0 of the global table: no segment.
    public var isNull: Bool { rawValue & ~3 == 0 }

    /// As `0x10 = GDT[2] RPL 0`; the null selector as `0x0 = null`.
    public var description: String {
        isNull
            ? "\(rawValue.hexadecimal) = null"
            : "\(rawValue.hexadecimal) = \(isLocal ? "LDT" : "GDT")[\(index)] RPL \(requestedPrivilegeLevel)"
    }
}

/// An address as real-mode code writes it, `segment:offset`.
///
/// Source: Intel SDM volume 3, "Real-Address Mode".
public struct RealModeAddress: Hashable, Sendable, CustomStringConvertible {
    public var segment: UInt16
    public var offset: UInt16

    public init(segment: UInt16, offset: UInt16) {
        self.segment = segment
        self.offset = offset
    }

    /// Segment × 16, what the processor keeps as the segment's base.
    public var segmentBase: UInt64 { UInt64(segment) << 4 }
    /// Segment × 16 + offset, up to 0x10ffef.
    public var linearAddress: UInt64 { segmentBase &+ UInt64(offset) }

    /// Four digits each, as `f000:fff0`.
    public var description: String { "\(digits(segment)):\(digits(offset))" }

    private func digits(_ value: UInt16) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: 4 - text.count) + text
    }
}

/// What a segment descriptor's type field says, as KVM gives it in `kvm_segment.type` and `.s`.
///
/// Source: Intel SDM volume 3, "Code- and Data-Segment Descriptor Types" and "System Descriptor Types".
public struct SegmentType: Hashable, Sendable, CustomStringConvertible {
    /// The four bits of the type field.
    public let type: UInt8
    /// S is set: code or data rather than a system segment.
    public let isCodeOrData: Bool

    public init(type: UInt8, isCodeOrData: Bool) {
        self.type = type & 15
        self.isCodeOrData = isCodeOrData
    }

    /// As `code execute/read, accessed` or `TSS, busy`; a reserved type as its number.
    public var description: String {
        guard isCodeOrData else {
            switch type {
            case 1: return "16-bit TSS, available"
            case 2: return "LDT"
            case 3: return "16-bit TSS, busy"
            case 9: return "TSS, available"
            case 11: return "TSS, busy"
            case 12: return "call gate"
            case 14: return "interrupt gate"
            case 15: return "trap gate"
            default: return "system type \(type)"
            }
        }
        let accessed = type & 1 != 0 ? ", accessed" : ""
        if type & 8 != 0 {
            let rights = type & 2 != 0 ? "execute/read" : "execute-only"
            return "code \(rights)\(type & 4 != 0 ? ", conforming" : "")\(accessed)"
        }
        let rights = type & 2 != 0 ? "read/write" : "read-only"
        return "data \(rights)\(type & 4 != 0 ? ", expand-down" : "")\(accessed)"
    }
}
