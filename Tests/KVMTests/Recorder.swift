import Synchronization

@testable import KVM

/// Keeps all that passes the door.
final class Recorder: IoctlObserver {
    enum Event: Sendable, Equatable {
        case will(IoctlCall)
        case did(IoctlRecord)
        case run(RunRecord)
    }

    private let kept = Mutex<[Event]>([])

    func willCall(_ call: IoctlCall) { kept.withLock { $0.append(.will(call)) } }
    func didCall(_ record: IoctlRecord) { kept.withLock { $0.append(.did(record)) } }
    func didRun(_ record: RunRecord) { kept.withLock { $0.append(.run(record)) } }

    var events: [Event] { kept.withLock { $0 } }

    var records: [IoctlRecord] {
        events.compactMap { if case .did(let record) = $0 { record } else { nil } }
    }

    var runs: [RunRecord] {
        events.compactMap { if case .run(let record) = $0 { record } else { nil } }
    }

    /// "open", "KVM_CREATE_VM", "mmap": one word a call, with the kind of descriptor.
    var names: [String] {
        records.map { record in
            let name =
                switch record.call.operation {
                case .open: "open"
                case .close: "close"
                case .map: "mmap"
                case .unmap: "munmap"
                case .ioctl(let request, _): IoctlCatalog.name(of: request)
                }
            return "\(record.call.kind.rawValue) \(name)"
        }
    }
}
