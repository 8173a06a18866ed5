import Timeline

/// What each event of the timeline counts for on the strip, kept in a byte so that a million can be looked through.
public struct StripIndex: Equatable, Sendable {
    /// From the least to the most worth seeing: a column that stands for many events shows the highest.
    enum Mark: UInt8, CaseIterable {
        case other, kernel, console, ioctl, start, exit, fork, mark, end, problem
    }

    private var marks: [UInt8] = []
    /// The position of the first.
    private(set) var first = 0
    /// The branch whose events they are.
    private var branch = 1

    var end: Int { first + marks.count }

    /// Takes in what was appended and forgets what the timeline no longer keeps.
    mutating func follow(_ timeline: Timeline) {
        if timeline.branch != branch {
            // What the two share need not be looked at again.
            let shared = timeline.sharedEvents(of: branch, and: timeline.branch)
            if shared < end { marks.removeLast(min(marks.count, end - max(first, shared))) }
            branch = timeline.branch
        }
        if timeline.end < end || timeline.first > end || timeline.first < first {
            self = StripIndex(first: timeline.first, branch: timeline.branch)
        }
        if timeline.first > first {
            marks.removeFirst(timeline.first - first)
            first = timeline.first
        }
        for position in end..<timeline.end {
            marks.append((timeline.tag(at: position).map(Mark.init) ?? .other).rawValue)
        }
    }

    init(first: Int = 0, branch: Int = 1) { (self.first, self.branch) = (first, branch) }

    /// The most telling mark among events, counted from the first that is kept.
    func mark(in range: Range<Int>) -> Mark {
        var highest: UInt8 = 0
        for index in range.clamped(to: marks.indices) where marks[index] > highest { highest = marks[index] }
        return Mark(rawValue: highest) ?? .other
    }
}

extension StripIndex.Mark {
    init(_ tag: EventTag) {
        if tag.isProblem {
            self = .problem
            return
        }
        self =
            switch tag.kind {
            case .start: .start
            case .restored: .fork
            case .ioctl: tag.isQuiet ? .other : .ioctl
            case .exit: .exit
            case .kernel, .kernelTally, .kernelLost, .statistics: .kernel
            case .console: .console
            case .problem: .problem
            case .mark, .pastMark: .mark
            case .end: .end
            case .stopped: tag.isQuiet ? .other : .exit
            default: .other
            }
    }

    var meaning: String {
        switch self {
        case .other: "a reading, or a note of the program"
        case .kernel: "an event of the kernel"
        case .console: "the guest wrote to its console"
        case .ioctl: "an ioctl, an open or a close"
        case .start: "a machine is begun"
        case .exit: "an exit to user space, or the end of a single step"
        case .fork: "the machine was set back: a branch begins"
        case .mark: "a mark"
        case .end: "the run has ended"
        case .problem: "an error: refused, shut down, or what KVM could not do"
        }
    }

    /// The character on the strip; each is another one in ASCII too.
    var character: Character {
        switch self {
        case .other: "·"
        case .kernel: ":"
        case .console: "c"
        case .ioctl: "│"
        case .start: "▶"
        case .exit: "◆"
        case .fork: "Y"
        case .mark: "▼"
        case .end: "■"
        case .problem: "✗"
        }
    }
}
