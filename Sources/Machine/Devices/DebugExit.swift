/// A port that ends the run: the byte written is the code, as QEMU's isa-debug-exit would take it, but unchanged.
final class DebugExit: Device {
    static let port: UInt16 = 0xF4
    let name: StaticString = "debug-exit"
    /// It remembers nothing.
    var state: [UInt64] {
        get { [] }
        set {}
    }

    func read(offset: UInt64, size: Int) -> UInt64 { UInt64.max }

    func write(offset: UInt64, size: Int, value: UInt64) -> DeviceEffect? {
        .exit(code: UInt8(truncatingIfNeeded: value))
    }
}
