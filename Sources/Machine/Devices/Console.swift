/// The transmit half of a 16550 UART on eight ports: what a guest writes is shown, and it is always ready.
///
/// National Semiconductor PC16550D data sheet, section "Registers".
final class Console: Device {
    static let port: UInt16 = 0x3F8
    let name: StaticString = "console"
    private var lineControl: UInt8 = 0
    private var scratch: UInt8 = 0
    private var interruptEnable: UInt8 = 0
    private var modemControl: UInt8 = 0
    private var divisor: (low: UInt8, high: UInt8) = (1, 0)

    var state: [UInt64] {
        get { [lineControl, scratch, interruptEnable, modemControl, divisor.low, divisor.high].map(UInt64.init) }
        set {
            (lineControl, scratch, interruptEnable) = (newValue.value(0), newValue.value(1), newValue.value(2))
            (modemControl, divisor) = (newValue.value(3), (newValue.value(4), newValue.value(5)))
        }
    }

    /// While it is set, offsets 0 and 1 are the baud rate divisor.
    private var divisorLatch: Bool { lineControl & 0x80 != 0 }

    func read(offset: UInt64, size: Int) -> UInt64 {
        switch offset {
        case 0: divisorLatch ? UInt64(divisor.low) : 0
        case 1: UInt64(divisorLatch ? divisor.high : interruptEnable)
        case 2: 0x01  // no interrupt is pending
        case 3: UInt64(lineControl)
        case 4: UInt64(modemControl)
        case 5: 0x60  // transmitter holding register and transmitter empty
        case 6: 0xB0  // carrier, data set ready, clear to send
        case 7: UInt64(scratch)
        default: UInt64.max
        }
    }

    func write(offset: UInt64, size: Int, value: UInt64) -> DeviceEffect? {
        let byte = UInt8(truncatingIfNeeded: value)
        switch offset {
        case 0 where divisorLatch: divisor.low = byte
        case 0: return .console(byte)
        case 1 where divisorLatch: divisor.high = byte
        case 1: interruptEnable = byte & 0x0F
        case 3: lineControl = byte
        case 4: modemControl = byte
        case 7: scratch = byte
        default: break
        }
        return nil
    }
}
