private import CKVM

/// One access of the guest to a port, or to an address where it has no memory, as plain bits.
///
/// Nearly all exits to user space are of this kind, so there is a way from the run page to a device and back that
/// allocates nothing and counts no references. `Exit` says the same and everything else.
public struct GuestAccess: Sendable, Hashable {
    public enum Space: UInt8, Sendable, Hashable {
        case port, memory
    }

    public var space: Space
    public var isWrite: Bool
    /// Bytes, 1 to 8.
    public var size: UInt8
    /// Where the data lies, in bytes from the start of the run page.
    var dataOffset: UInt32
    /// Port number or guest physical address.
    public var address: UInt64
    /// What the guest writes, its unused high bytes zero; 0 for a read.
    public var value: UInt64

    public init(_ space: Space, at address: UInt64, isWrite: Bool, size: UInt8, value: UInt64 = 0) {
        self.init(space, at: address, isWrite: isWrite, size: size, value: value, dataOffset: 0)
    }

    fileprivate init(
        _ space: Space, at address: UInt64, isWrite: Bool, size: UInt8, value: UInt64, dataOffset: UInt32
    ) {
        self.space = space
        self.isWrite = isWrite
        self.size = size
        self.address = address
        self.value = isWrite ? value & Self.mask(size) : 0
        self.dataOffset = dataOffset
    }

    fileprivate static func mask(_ size: UInt8) -> UInt64 {
        size >= 8 ? UInt64.max : (1 << (UInt64(size) &* 8)) &- 1
    }

    /// The same as KVM's exit.
    public var exit: Exit {
        let data = isWrite ? ExitBytes(word: value, count: Int(size)) : ExitBytes()
        switch space {
        case .port:
            return .io(
                IOExit(
                    direction: isWrite ? .output : .input, port: UInt16(truncatingIfNeeded: address), size: size,
                    data: data, dataOffset: UInt64(dataOffset)))
        case .memory:
            return .mmio(MMIOExit(address: address, isWrite: isWrite, length: UInt32(size), data: data))
        }
    }
}

extension RunPage {
    /// The last exit, where it was a single access; nil for string I/O of more than one and for all other exits.
    @inline(__always)
    public borrowing func access() -> GuestAccess? {
        switch Int32(truncatingIfNeeded: exitReason) {
        case KVM_EXIT_IO:
            let offset = base.load(fromByteOffset: CKVM_RUN_IO_DATA_OFFSET, as: UInt64.self)
            let unit = base.load(fromByteOffset: CKVM_RUN_IO_SIZE, as: UInt8.self)
            // Eight bytes are read at once below: they must lie in the page.
            guard base.load(fromByteOffset: CKVM_RUN_IO_COUNT, as: UInt32.self) == 1, unit >= 1, unit <= 8,
                offset <= UInt64(size - 8)
            else { return nil }
            return GuestAccess(
                .port, at: UInt64(base.load(fromByteOffset: CKVM_RUN_IO_PORT, as: UInt16.self)),
                isWrite: base.load(fromByteOffset: CKVM_RUN_IO_DIRECTION, as: UInt8.self) == KVM_EXIT_IO_OUT,
                size: unit,
                value: base.loadUnaligned(fromByteOffset: Int(offset), as: UInt64.self),
                dataOffset: UInt32(truncatingIfNeeded: offset))
        case KVM_EXIT_MMIO:
            let length = base.load(fromByteOffset: CKVM_RUN_MMIO_LENGTH, as: UInt32.self)
            guard length >= 1, length <= 8 else { return nil }
            return GuestAccess(
                .memory, at: base.load(fromByteOffset: CKVM_RUN_MMIO_ADDRESS, as: UInt64.self),
                isWrite: base.load(fromByteOffset: CKVM_RUN_MMIO_IS_WRITE, as: UInt8.self) != 0,
                size: UInt8(truncatingIfNeeded: length),
                value: base.loadUnaligned(fromByteOffset: CKVM_RUN_MMIO_DATA, as: UInt64.self),
                dataOffset: UInt32(CKVM_RUN_MMIO_DATA))
        default: return nil
        }
    }

    /// The last exit, where it was a debug exit; nil for all others.
    public borrowing func debugExit() -> DebugExit? {
        guard Int32(truncatingIfNeeded: exitReason) == KVM_EXIT_DEBUG else { return nil }
        return DebugExit(decoding: base)
    }

    /// Puts what the device says to a read that `access` gave where the kernel takes it from at the next `KVM_RUN`.
    @inline(__always)
    public borrowing func answer(_ access: GuestAccess, with value: UInt64) {
        guard !access.isWrite, Int(access.dataOffset) <= size - 8 else { return }
        let place = Int(access.dataOffset)
        let mask = GuestAccess.mask(access.size)
        let old = base.loadUnaligned(fromByteOffset: place, as: UInt64.self)
        base.storeBytes(of: old & ~mask | value & mask, toByteOffset: place, as: UInt64.self)
    }
}
