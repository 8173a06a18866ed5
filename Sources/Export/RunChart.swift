internal import Explorer
public import Timeline

/// A run as a drawing: its exits in time, a lane for each vCPU, and the flowchart with its counts.
///
/// Events are handed in one by one in their order, and take bounded room however many they are: of a long run exits are
/// counted in stretches of time, and the drawing says so.
public struct RunChart {
    /// Exits and calls of KVM_RUN that are kept one by one.
    static let exactLimit = 2000
    /// Stretches of time in which they are counted beyond that.
    private static let stretches = 4096
    /// vCPUs with a lane of their own.
    static let laneLimit = 64

    struct Mark {
        var nanoseconds: UInt64
        var vcpu: Int
        var reason: Int
        var text: String
    }

    /// One call of KVM_RUN, from its begin to its return.
    struct Span {
        var begin: UInt64
        var end: UInt64
        var vcpu: Int
    }

    struct Tally: Hashable {
        var vcpu: Int
        var reason: Int
    }

    private(set) var start: RunStart?
    /// Machines that were built; the last one is drawn.
    private(set) var machines = 0
    private(set) var reasons: [String] = []
    /// How often each was the reason, in the order of `reasons`.
    private(set) var reasonCounts: [Int] = []
    private(set) var exitCount = 0
    private(set) var exits: [Mark] = []
    private(set) var spans: [Span] = []
    /// No exit was left out of `exits`.
    var isExact: Bool { exitCount == exits.count }
    private(set) var hasAllSpans = true
    /// Nanoseconds that one stretch lasts; doubled whenever the run is longer than all of them.
    private(set) var stretch: UInt64 = 1
    private(set) var counted: [Int: [Tally: Int]] = [:]
    private(set) var end: RunEnd?
    private(set) var duration: UInt64 = 0
    /// Keeps no event longer than it must: only the world after the last one is asked of it.
    private let timeline = Timeline(capacity: 1)

    public init() {}

    /// The state after the last event.
    var world: World { timeline.live }

    public mutating func take(_ event: Event) {
        if case .start(let start) = event.body { begin(start) }
        timeline.append(event)
        duration = max(duration, event.nanoseconds)
        switch event.body {
        case .exit(let exit): take(exit, event)
        case .ioctl(let call):
            guard call.name == "KVM_RUN", !call.observing, let vcpu = call.vcpu else { break }
            let begin = event.nanoseconds > call.duration ? event.nanoseconds - call.duration : 0
            if spans.count < Self.exactLimit {
                spans.append(Span(begin: begin, end: event.nanoseconds, vcpu: vcpu))
            } else {
                hasAllSpans = false
            }
        case .end(let end): self.end = end
        default: break
        }
    }

    /// What came before belongs to an earlier machine, and to another clock.
    private mutating func begin(_ start: RunStart) {
        let machines = machines
        self = RunChart()
        self.start = start
        self.machines = machines + 1
    }

    private mutating func take(_ exit: Exit, _ event: Event) {
        let reason: Int
        if let known = reasons.firstIndex(of: exit.reason) {
            reason = known
        } else {
            reason = reasons.count
            reasons.append(exit.reason)
            reasonCounts.append(0)
        }
        reasonCounts[reason] += 1
        exitCount += 1
        if exits.count < Self.exactLimit {
            exits.append(
                Mark(
                    nanoseconds: event.nanoseconds, vcpu: exit.vcpu, reason: reason, text: EventText.line(event)))
        }
        while event.nanoseconds / stretch >= UInt64(Self.stretches) { widen() }
        counted[Int(event.nanoseconds / stretch), default: [:]][Tally(vcpu: exit.vcpu, reason: reason), default: 0] += 1
    }

    private mutating func widen() {
        stretch *= 2
        var merged: [Int: [Tally: Int]] = [:]
        for (place, tallies) in counted { merged[place / 2, default: [:]].merge(tallies, uniquingKeysWith: +) }
        counted = merged
    }
}
