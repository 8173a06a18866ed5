internal import Synchronization

/// Who serves which ports and which guest physical addresses; ports and memory alike.
public final class Bus: Sendable {
    private struct Range {
        var first: UInt64
        var last: UInt64
        var device: any Device
    }

    private struct State {
        var ports: [Range] = []
        var memory: [Range] = []
    }

    // Devices are reached only under this lock, whichever vCPU asks.
    private let state: Mutex<State>

    /// A bus with the devices that every machine has: console, debug exit and the lessons' counter.
    init() {
        var state = State()
        state.ports.append(Range(first: UInt64(Console.port), last: UInt64(Console.port) + 7, device: Console()))
        state.ports.append(Range(first: UInt64(DebugExit.port), last: UInt64(DebugExit.port), device: DebugExit()))
        state.memory.append(
            Range(
                first: CounterDevice.address, last: CounterDevice.address + CounterDevice.size - 1,
                device: CounterDevice()))
        self.state = Mutex(state)
    }

    /// The answer to one access, and the device that gave it; nil where nobody serves the address.
    struct Answer: Sendable {
        var value: UInt64 = 0
        var device: String
        var effect: DeviceEffect?
    }

    func readPort(_ port: UInt16, size: Int) -> Answer? {
        state.withLock { state in Self.read(state.ports, UInt64(port), size) }
    }

    func writePort(_ port: UInt16, size: Int, value: UInt64) -> Answer? {
        state.withLock { state in Self.write(state.ports, UInt64(port), size, value) }
    }

    func readMemory(_ address: UInt64, size: Int) -> Answer? {
        state.withLock { state in Self.read(state.memory, address, size) }
    }

    func writeMemory(_ address: UInt64, size: Int, value: UInt64) -> Answer? {
        state.withLock { state in Self.write(state.memory, address, size, value) }
    }

    private static func read(_ ranges: [Range], _ address: UInt64, _ size: Int) -> Answer? {
        for range in ranges where address >= range.first && address <= range.last {
            return Answer(value: range.device.read(offset: address - range.first, size: size), device: range.device.name)
        }
        return nil
    }

    private static func write(_ ranges: [Range], _ address: UInt64, _ size: Int, _ value: UInt64) -> Answer? {
        for range in ranges where address >= range.first && address <= range.last {
            let effect = range.device.write(offset: address - range.first, size: size, value: value)
            return Answer(device: range.device.name, effect: effect)
        }
        return nil
    }
}
