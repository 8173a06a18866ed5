public import KVM
internal import Synchronization

/// Who serves which ports and which guest physical addresses; ports and memory alike.
public final class Bus: Sendable {
    /// Addresses that one device serves.
    private struct Window: Sendable {
        var first: UInt64
        var last: UInt64
        /// Place among the devices.
        var device: Int
    }

    // Who serves an address never changes, so that looking it up needs no lock.
    private let ports: [Window]
    private let memory: [Window]
    // Devices are reached only under this lock, whichever vCPU asks.
    private let devices: Mutex<[any Device]>

    /// A bus with the devices that every machine has: console, debug exit and the lessons' counter.
    init() {
        ports = [
            Window(first: UInt64(Console.port), last: UInt64(Console.port) + 7, device: 0),
            Window(first: UInt64(DebugExit.port), last: UInt64(DebugExit.port), device: 1),
        ]
        memory = [
            Window(first: CounterDevice.address, last: CounterDevice.address + CounterDevice.size - 1, device: 2)
        ]
        devices = Mutex([Console(), DebugExit(), CounterDevice()])
    }

    /// What each device remembers; setting it needs the same devices.
    var state: [DeviceState] {
        get { devices.withLock { $0.map { DeviceState(name: $0.name, values: $0.state) } } }
        set {
            devices.withLock { devices in
                for (device, state) in zip(devices, newValue) where device.name.description == state.name {
                    device.state = state.values
                }
            }
        }
    }

    /// Has the access served by whoever serves its address.
    public func serve(_ access: GuestAccess) -> DeviceAnswer {
        switch access.space {
        case .port: serve(access, ports)
        case .memory: serve(access, memory)
        }
    }

    private func serve(_ access: GuestAccess, _ windows: [Window]) -> DeviceAnswer {
        for window in windows where access.address >= window.first && access.address <= window.last {
            return serve(access, window)
        }
        return DeviceAnswer()
    }

    private func serve(_ access: GuestAccess, _ window: Window) -> DeviceAnswer {
        let offset = access.address &- window.first
        return devices.withLock { devices in
            let device = devices[window.device]
            var answer = DeviceAnswer(device: device.name)
            if access.isWrite {
                answer.effect = device.write(offset: offset, size: Int(access.size), value: access.value)
            } else {
                answer.value = device.read(offset: offset, size: Int(access.size))
            }
            return answer
        }
    }
}

/// What came of one access.
public struct DeviceAnswer: Sendable {
    /// What a read gives: all ones where nobody answers, as an empty PC bus gives.
    public var value = UInt64.max
    /// Who served it; nil where nobody did. Static, so that copying it counts no references.
    public var device: StaticString?
    /// What a write brought about outside the device.
    public var effect: DeviceEffect?
}
