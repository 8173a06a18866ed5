import Glibc
import KVM
import Synchronization
import TestSupport
import Testing

@testable import Machine

/// Sees a machine and keeps all of it.
final class Watcher: MachineObserver {
    struct Seen {
        var exits: [ExitRecord] = []
        var calls: [IoctlRecord] = []
        var runs = 0
        var threads: [(isStart: Bool, id: Int32, name: String, vcpu: Int?)] = []
    }

    private let seen = Mutex(Seen())
    private let stops = Mailbox<VCPUStop>()

    var all: Seen { seen.withLock { $0 } }
    var exits: [ExitRecord] { all.exits }

    func willCall(_ call: IoctlCall) {}
    func didCall(_ record: IoctlRecord) { seen.withLock { $0.calls.append(record) } }
    func didRun(_ record: RunRecord) { seen.withLock { $0.runs += 1 } }
    func didExit(_ record: ExitRecord) { seen.withLock { $0.exits.append(record) } }
    func didStop(_ stop: VCPUStop) { stops.put(stop) }

    func threadDidChange(isStart: Bool, thread: Int32, name: String, vcpu: Int?) {
        seen.withLock { $0.threads.append((isStart, thread, name, vcpu)) }
    }

    /// Waits until a vCPU stands.
    func stop() -> VCPUStop { stops.take() }

    /// Descriptors that were opened and not closed, by the door's own account.
    var openDescriptors: [Int32] {
        var open: [Int32] = []
        for record in all.calls where record.result >= 0 {
            if let made = record.created { open.append(made.fd) }
            if record.call.operation == .close, let index = open.firstIndex(of: record.call.fd) {
                open.remove(at: index)
            }
        }
        return open
    }

    /// Mappings that were made and not taken away.
    var mappings: Int {
        all.calls.reduce(0) { count, record in
            guard record.result >= 0 else { return count }
            switch record.call.operation {
            case .map: return count + 1
            case .unmap: return count - 1
            default: return count
            }
        }
    }

    var runningThreads: Int { all.threads.reduce(0) { $0 + ($1.isStart ? 1 : -1) } }
}

/// A machine with the watcher that sees it; closed at the end of its life.
final class LiveMachine {
    let watcher = Watcher()
    let door: IoctlDoor
    let machine: Machine

    init(
        _ image: GuestImage, vcpus: Int = 1, memory: Int = 16 << 20, slots: [MachineConfiguration.Slot] = [],
        logsDirtyPages: Bool = false,
        tracking: MemoryTracking? = nil
    ) throws {
        door = IoctlDoor(observer: watcher, level: .record)
        var configuration = MachineConfiguration(
            image: image, vcpus: vcpus, memorySize: memory,
            tracking: tracking ?? (logsDirtyPages ? .dirtyLog : .none))
        configuration.moreSlots = slots
        machine = try Machine(configuration, door: door, observer: watcher)
    }

    deinit { machine.close() }

    func run(_ extent: RunOrder.Extent, vcpu: Int = 0, breakpoints: [UInt64] = [], maximumExits: Int? = nil) -> VCPUStop
    {
        machine.run(vcpu, RunOrder(extent, breakpoints: breakpoints, maximumExits: maximumExits))
        return watcher.stop()
    }

    /// What the guest wrote to a port, one number an access.
    func written(to port: UInt16) -> [UInt64] {
        watcher.exits.compactMap { record in
            guard case .io(let io) = record.exit, io.port == port, io.direction == .output else { return nil }
            return io.data.value
        }
    }
}

/// What this process holds of KVM, as the kernel tells it.
struct Holdings {
    var descriptors = 0
    var threads = 0
    var mappings = 0

    static func count() -> Holdings {
        var holdings = Holdings()
        for name in names(in: "/proc/self/fd") where link("/proc/self/fd/\(name)").contains("kvm") {
            holdings.descriptors += 1
        }
        for name in names(in: "/proc/self/task") where text("/proc/self/task/\(name)/comm").hasSuffix("/KVM\n") {
            holdings.threads += 1
        }
        holdings.mappings = text("/proc/self/maps").split(separator: "\n").count { $0.contains("kvm-vcpu") }
        return holdings
    }

    static func text(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer[..<count]
        }
    }

    private static func link(_ path: String) -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink(path, &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func names(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }
}

/// All suites that run guests, one after the other: they count what the process holds.
@Suite(
    "On this machine's KVM", .serialized, .enabled(if: LiveHost.hasKVM, LiveHost.kvmReason),
    .enabled(if: LiveHost.hasToolchain, LiveHost.toolchainReason), .timeLimit(.minutes(2)))
enum Live {}
