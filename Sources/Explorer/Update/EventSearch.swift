import Timeline

/// Finds events whose line holds a text, in either case of ASCII letters.
///
/// A run is long because a few things happen over and over: what was found out about an exit or a call is kept, so
/// that a million events are searched without writing a million lines.
final class EventSearch {
    private let sought: [UInt8]
    /// The first event that only explains or was only read, and holds the text.
    private(set) var firstProse: Int?
    private var exits: [ExitKey: Bool] = [:]
    /// The newest answers: the same comes over and over, and comparing costs less than hashing.
    private var lastExit: (key: ExitKey, found: Bool)?
    private var lastCall: (key: CallKey, found: Bool)?
    private var calls: [CallKey: Bool] = [:]
    /// Answers that are kept of each kind.
    private static let limit = 4096

    init(_ needle: String) { sought = needle.utf8.map(Self.folded) }

    /// The number of the exit that a text asks for, as in `exit 3`: the screen shows it, and no event knows its own.
    static func exitNumber(in needle: String) -> Int? {
        let words = needle.lowercased().split(separator: " ")
        guard words.count == 2, words[0] == "exit", let number = Int(words[1]), number > 0 else { return nil }
        return number
    }

    /// Whether something happened here that the text names; what only speaks of it is kept for want of better.
    func happened(_ position: Int, _ event: Event) -> Bool {
        guard matches(event) else { return false }
        guard Self.isProse(event) else { return true }
        if firstProse == nil { firstProse = position }
        return false
    }

    /// Whether an event explains a call, or only says that something was read: of what happened it says nothing.
    private static func isProse(_ event: Event) -> Bool {
        switch event.body {
        case .guide, .keyframe, .sight, .host: true
        default: false
        }
    }

    func matches(_ event: Event) -> Bool {
        switch event.body {
        case .exit(let exit):
            guard let key = ExitKey(exit) else { return lineMatches(event) }
            if let lastExit, lastExit.key == key { return lastExit.found }
            let found = exits[key] ?? lineMatches(event)
            if exits.count >= Self.limit { exits = [:] }
            exits[key] = found
            lastExit = (key, found)
            return found
        case .ioctl(let call):
            let key = CallKey(call)
            if let lastCall, lastCall.key == key { return lastCall.found }
            let found = calls[key] ?? lineMatches(event)
            if calls.count >= Self.limit { calls = [:] }
            calls[key] = found
            lastCall = (key, found)
            return found
        default: return lineMatches(event)
        }
    }

    private func lineMatches(_ event: Event) -> Bool {
        guard let head = sought.first else { return false }
        let text = EventText.line(event).utf8.map(Self.folded)
        guard text.count >= sought.count else { return false }
        return (0...(text.count - sought.count)).contains { start in
            text[start] == head && text[start..<start + sought.count].elementsEqual(sought)
        }
    }

    private static func folded(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
}

/// All of an exit that its line shows, for the exits of which there are many.
private struct ExitKey: Hashable {
    var vcpu: Int
    var reason: String
    var rip: UInt64?
    var servedBy: String?
    var place: UInt64 = 0
    var form: UInt32 = 0
    var count: UInt32 = 1
    var data = Bytes([UInt8]())

    init?(_ exit: Exit) {
        (vcpu, reason, rip, servedBy) = (exit.vcpu, exit.reason, exit.rip, exit.servedBy)
        switch exit.detail {
        case .none: break
        case .io(let io):
            (place, form, count, data) = (UInt64(io.port), io.isWrite ? 1 : 2, io.count, io.data)
        case .mmio(let mmio):
            (place, form, data) = (mmio.address, mmio.isWrite ? 3 : 4, mmio.data)
        default: return nil
        }
    }
}

/// All of a call that its line shows.
private struct CallKey: Hashable {
    var name: String
    var fd: Int32
    var result: Int64
    var errno: Int32
    var errnoName: String
    var observing: Bool
    var kind: IoctlClass

    init(_ call: IoctlCall) {
        (name, fd, result, errno) = (call.name, call.fd, call.result, call.errno)
        (errnoName, observing, kind) = (call.errnoName, call.observing, call.kind)
    }
}
