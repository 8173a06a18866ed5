public import KVM
internal import Synchronization

/// Who serves which ports and which guest physical addresses; ports and memory alike.
public final class Bus: Sendable {
    /// The device that serves an address.
    private struct Place {
        /// Where its addresses begin.
        var first: UInt64
        /// Place among the devices.
        var device: Int

        // Who serves an address never changes, so that looking it up needs no lock; and constants, so that at an exit
        // no memory is touched for it.
        @inline(__always)
        init?(of access: GuestAccess) {
            switch access.space {
            case .port where access.address &- UInt64(Console.port) < 8: (first, device) = (UInt64(Console.port), 0)
            case .port where access.address == UInt64(DebugExit.port): (first, device) = (UInt64(DebugExit.port), 1)
            case .memory where access.address &- CounterDevice.address < CounterDevice.size:
                (first, device) = (CounterDevice.address, 2)
            default: return nil
            }
        }
    }

    // Devices are reached only under this lock, whichever vCPU asks.
    private let devices: Mutex<[any Device]>

    /// A bus with the devices that every machine has: console, debug exit and the lessons' counter.
    init() {
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
    @inline(__always)
    public func serve(_ access: GuestAccess) -> DeviceAnswer {
        guard let place = Place(of: access) else { return DeviceAnswer() }
        return serve(access, place)
    }

    @inline(never)
    private func serve(_ access: GuestAccess, _ place: Place) -> DeviceAnswer {
        let offset = access.address &- place.first
        return devices.withLock { devices in
            let device = devices[place.device]
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
