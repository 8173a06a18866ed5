/// A small MMIO device for lessons: four 32-bit registers in one page of guest physical addresses.
///
/// | offset | register | |
/// |---|---|---|
/// | 0x0 | ID | reads 0x4B564D53, the letters "KVMS" |
/// | 0x4 | COUNT | how often it was read before; each read adds one |
/// | 0x8 | SCRATCH | keeps what was written |
/// | 0xC | BELL | each write adds one, reading gives the number |
final class CounterDevice: Device {
    static let address: UInt64 = 0xD000_0000
    static let size: UInt64 = 0x1000
    let name: StaticString = "counter"
    private var count: UInt32 = 0
    private var scratch: UInt32 = 0
    private var bell: UInt32 = 0

    var state: [UInt64] {
        get { [UInt64(count), UInt64(scratch), UInt64(bell)] }
        set { (count, scratch, bell) = (newValue.value(0), newValue.value(1), newValue.value(2)) }
    }

    func read(offset: UInt64, size: Int) -> UInt64 {
        let register: UInt32
        switch offset & ~3 {
        case 0x0: register = 0x4B56_4D53
        case 0x4:
            register = count
            count &+= 1
        case 0x8: register = scratch
        case 0xC: register = bell
        default: return UInt64.max
        }
        return UInt64(register) >> ((offset & 3) * 8)
    }

    func write(offset: UInt64, size: Int, value: UInt64) -> DeviceEffect? {
        switch offset {
        case 0x8: scratch = UInt32(truncatingIfNeeded: value)
        case 0xC: bell &+= 1
        default: break
        }
        return nil
    }
}
