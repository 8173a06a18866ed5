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
            marks.append((timeline[position].map(Mark.init) ?? .other).rawValue)
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
    init(_ event: Event) {
        switch event.body {
        case .start: self = .start
        case .restored: self = .fork
        case .ioctl(let call):
            if call.errno != 0 && !call.observing && call.errnoName != "EINTR" {
                self = .problem
            } else {
                self = call.observing ? .other : .ioctl
            }
        case .exit(let exit):
            switch exit.reason {
            case "internal-error", "fail-entry", "shutdown": self = .problem
            default: self = .exit
            }
        case .kernel, .kernelTally, .kernelLost, .statistics: self = .kernel
        case .console: self = .console
        case .problem: self = .problem
        case .mark: self = .mark
        case .end: self = .end
        case .stopped(let stop):
            switch stop.reason {
            case .failure, .refused: self = .problem
            case .instruction, .breakpoint, .watchpoint: self = .exit
            default: self = .other
            }
        default: self = .other
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
