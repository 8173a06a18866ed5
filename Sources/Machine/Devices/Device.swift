/// Something that answers port or MMIO accesses of the guest.
///
/// Called by vCPU threads, one at a time: the bus holds its lock around every access.
protocol Device: AnyObject {
    var name: StaticString { get }
    /// - Parameters:
    ///   - offset: from the first address that the device serves.
    ///   - size: 1, 2, 4 or 8 bytes.
    func read(offset: UInt64, size: Int) -> UInt64
    func write(offset: UInt64, size: Int, value: UInt64) -> DeviceEffect?
    /// All that it remembers, for a snapshot; setting it makes the device what it was.
    ///
    /// Values that are missing are taken as zero.
    var state: [UInt64] { get set }
}

extension [UInt64] {
    /// A value of a device's state.
    func value<Value: FixedWidthInteger>(_ index: Int) -> Value {
        index < count ? Value(truncatingIfNeeded: self[index]) : 0
    }
}

/// What a write brings about outside the device.
public enum DeviceEffect: Sendable, Equatable {
    /// A byte for the person who watches.
    case console(UInt8)
    /// The guest ends its run with this code.
    case exit(code: UInt8)
}
