/// What an event is, as a recording numbers it; numbers are never given twice.
public enum EventKind: UInt8, Sendable, CaseIterable {
    case start = 1
    case ioctl, guide, descriptor, thread, exit, kernel, kernelTally, console, slot, descriptors, threads, registers
    case memory, gate, phase, resumed, stopped, mark, problem, end
    case kernelLost, statistics, sight, host, walk, translation, hostPage, processor, pastMark, road
    case keyframe, restored, disturbed

    /// As a recording's `kind` table and its `event` view spell it.
    public var name: String { "\(self)" }
}

/// An event of a kind that this program does not know, from the recording of a newer one.
public struct UnknownEvent: Sendable, Equatable {
    /// Its number among the kinds.
    public var code: UInt64
    /// What the recording calls the kind; empty where it does not say.
    public var name: String
    public var bytes: Bytes

    public init(code: UInt64, name: String = "", bytes: Bytes) {
        self.code = code
        self.name = name
        self.bytes = bytes
    }
}

extension Event {
    /// Nil for an event that this program does not know.
    public var kind: EventKind? {
        switch body {
        case .start: .start
        case .ioctl: .ioctl
        case .guide: .guide
        case .descriptor: .descriptor
        case .thread: .thread
        case .exit: .exit
        case .kernel: .kernel
        case .kernelTally: .kernelTally
        case .kernelLost: .kernelLost
        case .statistics: .statistics
        case .sight: .sight
        case .host: .host
        case .walk: .walk
        case .translation: .translation
        case .hostPage: .hostPage
        case .processor: .processor
        case .keyframe: .keyframe
        case .restored: .restored
        case .disturbed: .disturbed
        case .pastMark: .pastMark
        case .road: .road
        case .console: .console
        case .slot: .slot
        case .descriptors: .descriptors
        case .threads: .threads
        case .registers: .registers
        case .memory: .memory
        case .gate: .gate
        case .phase: .phase
        case .resumed: .resumed
        case .stopped: .stopped
        case .mark: .mark
        case .problem: .problem
        case .end: .end
        case .unknown: nil
        }
    }
}

/// An event in one byte: its kind, and whether it is a problem or a thing of no weight.
///
/// A timeline keeps one for each event, so that a million can be looked through without reading them.
public struct EventTag: Sendable, Equatable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Nil for a kind that this program does not know.
    public var kind: EventKind? { EventKind(rawValue: rawValue & 0x3F) }
    /// Made only to look, or the end of a step that has its own event already.
    public var isQuiet: Bool { rawValue & 0x40 != 0 }
    /// Refused, failed or shut down.
    public var isProblem: Bool { rawValue & 0x80 != 0 }

    public init(_ event: Event) {
        let code = event.kind?.rawValue ?? 0
        var (isQuiet, isProblem) = (false, false)
        switch event.body {
        case .ioctl(let call):
            isQuiet = call.observing
            isProblem = call.errno != 0 && !call.observing && call.errnoName != "EINTR"
        case .exit(let exit): isProblem = exit.isTrouble
        case .stopped(let stop):
            switch stop.reason {
            case .failure, .refused, .bios: isProblem = true
            case .instruction, .breakpoint, .watchpoint: break
            default: isQuiet = true
            }
        case .problem: isProblem = true
        default: break
        }
        rawValue = code | (isQuiet ? 0x40 : 0) | (isProblem ? 0x80 : 0)
    }
}

/// Kinds of events to be looked for.
public struct EventKindSet: Sendable, ExpressibleByArrayLiteral {
    private let bits: UInt64

    public init(arrayLiteral kinds: EventKind...) { bits = kinds.reduce(0) { $0 | 1 << UInt64($1.rawValue) } }

    /// Whether the byte of an event has one of these kinds.
    @inline(__always)
    func contains(_ tag: UInt8) -> Bool { bits &>> UInt64(tag & 0x3F) & 1 != 0 }
}
