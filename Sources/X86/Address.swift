/// An address that says in its type which of the four address spaces it belongs to.
///
/// A guest virtual address becomes guest physical by the guest's page tables, host virtual by a memory slot, and
/// host physical by the host's page tables. The types keep one from being taken for another.
public protocol Address: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible
where RawValue == UInt64 {
    init(rawValue: UInt64)
}

extension Address {
    /// The address with this numeric value.
    @inlinable public init(_ rawValue: UInt64) { self.init(rawValue: rawValue) }

    @inlinable public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// The address this many bytes further on; like the processor's, the sum wraps at 64 bits.
    @inlinable public static func &+ (address: Self, bytes: UInt64) -> Self { Self(address.rawValue &+ bytes) }

    /// The address this many bytes before; wraps below zero.
    @inlinable public static func &- (address: Self, bytes: UInt64) -> Self { Self(address.rawValue &- bytes) }

    /// The number of bytes from the other address up to this one, or nil where the other lies above.
    @inlinable public func distance(above other: Self) -> UInt64? {
        rawValue >= other.rawValue ? rawValue &- other.rawValue : nil
    }

    /// Hexadecimal with the prefix `0x` and no leading zeros, as in the JSON contract.
    public var description: String { rawValue.hexadecimal }
}

/// An address as guest code uses it: with paging on the linear address that the page tables translate.
///
/// In real mode it is the offset into the segment (Intel SDM volume 3, "Protected-Mode Memory Management").
public struct GuestVirtualAddress: Address {
    public var rawValue: UInt64
    @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Whether the bits above the translated ones all equal the highest translated one.
    ///
    /// - Parameter bits: 48 with 4-level paging, 57 with 5-level paging; 64 and more admit every address.
    /// - SeeAlso: Intel SDM volume 1, "Canonical Addressing".
    @inlinable public func isCanonical(bits: Int) -> Bool {
        guard bits < 64 else { return true }
        guard bits > 0 else { return false }
        let unused = UInt64(64 - bits)
        return UInt64(bitPattern: Int64(bitPattern: rawValue << unused) >> Int64(unused)) == rawValue
    }
}

/// An address on the guest's memory bus: RAM where a memory slot holds it, otherwise MMIO.
public struct GuestPhysicalAddress: Address {
    public var rawValue: UInt64
    @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// An address in the VMM's own process, where a memory slot's bytes are mapped.
public struct HostVirtualAddress: Address {
    public var rawValue: UInt64
    @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// An address of the host's memory; where the host is itself a guest, that is the outer host's guest physical address.
public struct HostPhysicalAddress: Address {
    public var rawValue: UInt64
    @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }
}

extension FixedWidthInteger {
    var hexadecimal: String { "0x" + String(self, radix: 16) }
}
