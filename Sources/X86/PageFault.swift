/// The error code that the processor pushes with #PF.
///
/// Source: Intel SDM volume 3, "Page-Fault Exceptions", figure "Page-Fault Error Code".
public struct PageFaultErrorCode: OptionSet, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt32
    @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// P: every entry was present; the fault is a protection or reserved-bit violation.
    public static let present = PageFaultErrorCode(rawValue: 1 << 0)
    /// W/R: the access was a write.
    public static let write = PageFaultErrorCode(rawValue: 1 << 1)
    /// U/S: the access was made at CPL 3.
    public static let user = PageFaultErrorCode(rawValue: 1 << 2)
    /// RSVD: a present entry had a reserved bit set.
    public static let reserved = PageFaultErrorCode(rawValue: 1 << 3)
    /// I/D: the access was an instruction fetch; reported only with SMEP, or with PAE and NXE.
    public static let instruction = PageFaultErrorCode(rawValue: 1 << 4)

    /// Every bit with its name and meaning, those that a walk never produces included.
    public static let bits = [
        NamedBit("P", 0, "the page was present, its protection refused; clear: an entry was not present"),
        NamedBit("W/R", 1, "a write; clear: a read or fetch"),
        NamedBit("U/S", 2, "at CPL 3; clear: a supervisor access"),
        NamedBit("RSVD", 3, "a reserved bit was set in an entry"),
        NamedBit("I/D", 4, "an instruction fetch"),
        NamedBit("PK", 5, "refused by a protection key"),
        NamedBit("SS", 6, "a shadow-stack access"),
        NamedBit("HLAT", 7, "during HLAT paging"),
        NamedBit("SGX", 15, "refused by SGX"),
        NamedBit("RMP", 31, "refused by AMD's reverse map table"),
    ]

    /// The bits that #PF reports for an access under these registers, without P and RSVD.
    init(_ access: MemoryAccess, _ registers: PagingRegisters) {
        self = access.user ? .user : []
        switch access.kind {
        case .read: break
        case .write: insert(.write)
        case .execute:
            let hasNX = registers.cr4.contains(.pae) && registers.efer.contains(.nxe)
            if hasNX || registers.cr4.contains(.smep) { insert(.instruction) }
        }
    }

    /// The names of the bits that are set, as `P W/R`; `0` when none is; a bit without a name as `bit 9`.
    public var description: String {
        let named = Self.bits.reduce(0) { $0 | $1.bits.mask }
        let names = Self.bits.filter { $0.bits.value(in: UInt64(rawValue)) != 0 }.map(\.name)
        let unnamed = (0..<32).filter { UInt64(rawValue) & ~named & 1 << UInt64($0) != 0 }.map { "bit \($0)" }
        return names.isEmpty && unnamed.isEmpty ? "0" : (names + unnamed).joined(separator: " ")
    }
}

/// Why a walk ended in an exception; raw values are those of `walk --json`.
public enum FaultReason: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    /// #PF: an entry had P clear.
    case notPresent = "not-present"
    /// #PF: the entries were good, but refuse this access.
    case protection
    /// #PF: a present entry had a reserved bit set.
    case reserved
    /// #GP, or #SS through the stack segment: the address is not canonical, and no table was read.
    case nonCanonical = "non-canonical"

    public var description: String { rawValue }
}
