/// What decides how the 32 or 64 bits of a page-table entry are read: the mode, and features that are on.
///
/// Source: Intel SDM volume 3, the tables "Format of …" in "32-Bit Paging", "PAE Paging" and "4-Level Paging and
/// 5-Level Paging".
public struct PagingFormat: Hashable, Sendable {
    /// Chooses the figure in the manual.
    public let mode: PagingMode
    /// EFER.NXE; without it bit 63 is reserved.
    public let hasNoExecute: Bool
    /// CR4.PSE; without it PS is ignored in 32-bit paging. Other modes do not ask for it.
    public let hasPageSizeExtension: Bool
    /// PS is allowed in a PDPTE of long mode.
    public let has1GiBPages: Bool
    /// Bits 62:59 of a leaf are a protection key.
    public let hasProtectionKeys: Bool
    /// Bit 8 is reserved in PML4E and PML5E.
    public let reservesUpperGlobalBit: Bool
    /// Entries may not have address bits from here up, 32 to 52.
    public let physicalAddressBits: UInt8
    /// A 4 MiB page may not have address bits from here up, 32 to 40.
    let largePageAddressBits: UInt8

    /// Address widths that no processor has are brought to 32 or 52.
    public init(_ registers: PagingRegisters) {
        mode = registers.mode
        hasNoExecute = registers.efer.contains(.nxe)
        hasPageSizeExtension = registers.cr4.contains(.pse)
        has1GiBPages = registers.has1GiBPages
        hasProtectionKeys = !registers.cr4.isDisjoint(with: [.pke, .pks])
        reservesUpperGlobalBit = registers.reservesUpperGlobalBit
        physicalAddressBits = UInt8(min(max(registers.maxPhysicalAddressBits, 32), 52))
        largePageAddressBits = registers.hasPSE36 ? min(physicalAddressBits, 40) : 32
    }

    /// Whether PS in an entry of this level makes it a leaf rather than a pointer to a table.
    @inline(__always)
    func canBeLarge(level: Int) -> Bool {
        switch level {
        case 2: mode == .thirtyTwoBit ? hasPageSizeExtension : true
        case 3: mode != .pae && has1GiBPages
        default: false
        }
    }

    /// The bits that must be zero in a present entry; when one is set the processor raises #PF with RSVD.
    @inline(__always)
    func reservedBits(level: Int, isLarge: Bool) -> UInt64 {
        let width = Int(physicalAddressBits)
        switch mode {
        case .real, .none:
            return 0
        case .thirtyTwoBit:
            return isLarge ? bits(21, Int(largePageAddressBits) &- 19) : 0
        case .pae:
            if level == 3 { return bits(63, width) | bits(8, 5) | bits(2, 1) }
            return bits(62, width) | noExecuteReserved | (isLarge ? bits(20, 13) : 0)
        case .fourLevel, .fiveLevel:
            let always = bits(51, width) | noExecuteReserved
            switch level {
            case 1: return always
            case 2: return always | (isLarge ? bits(20, 13) : 0)
            case 3: return always | (isLarge ? bits(29, 13) : has1GiBPages ? 0 : bits(7, 7))
            default: return always | bits(7, 7) | (reservesUpperGlobalBit ? bits(8, 8) : 0)
            }
        }
    }

    @inline(__always)
    private var noExecuteReserved: UInt64 { hasNoExecute ? 0 : bits(63, 63) }
}
