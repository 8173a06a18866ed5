/// A small MMIO device for lessons: four 32-bit registers in one page of guest physical addresses.
///
/// | offset | register | |
/// |---|---|---|
/// | 0x0 | ID | reads 0x4B564D53, the letters "KVMS" |
/// | 0x4 | COUNT | how often it was read before; each read adds one |
/// | 0x8 | SCRATCH | keeps what was written |
/// | 0xC | BELL | each write adds one, reading gives the number |
///
/// An access of any size reaches the bytes that it names, in one register or two.
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
        let start = offset & 3
        let low = UInt64(read(register: offset & ~3)) >> (start * 8)
        guard start + UInt64(max(size, 1)) > 4 else { return low }
        // Swift's shifts give 0 where more bits are shifted than there are.
        return low | UInt64(read(register: (offset & ~3) &+ 4)) << ((4 - start) * 8)
    }

    private func read(register: UInt64) -> UInt32 {
        switch register {
        case 0x0: return 0x4B56_4D53
        case 0x4:
            defer { count &+= 1 }
            return count
        case 0x8: return scratch
        case 0xC: return bell
        default: return UInt32.max
        }
    }

    func write(offset: UInt64, size: Int, value: UInt64) -> DeviceEffect? {
        let bytes = offset..<offset &+ UInt64(min(max(size, 1), 8))
        for (index, place) in bytes.enumerated() where (0x8..<0xC).contains(place) {
            let shift = UInt32(place - 0x8) * 8
            scratch =
                scratch & ~(0xFF << shift) | UInt32(truncatingIfNeeded: value >> UInt64(index * 8) & 0xFF) << shift
        }
        if bytes.overlaps(0xC..<0x10) { bell &+= 1 }
        return nil
    }
}
