public import Timeline

/// A moment of a run that is worth a screen: something stands again, and all that belongs to it was read.
public struct Moment: Equatable, Sendable {
    /// Position in the timeline, behind its last event.
    public var cursor: Int
    /// The vCPU that it is about.
    public var vcpu: Int

    public init(cursor: Int, vcpu: Int) {
        self.cursor = cursor
        self.vcpu = vcpu
    }
}

extension Moment {
    /// The moments of a timeline in their order: descriptors and memory slots as they come, the machine ready, each exit
    /// with what user space did about it, each stop, and the end.
    public static func all(in timeline: Timeline) -> [Moment] {
        var moments: [Moment] = []
        var vcpu: Int?
        var isWorthIt = false
        for position in timeline.first..<timeline.end {
            guard let event = timeline[position] else { continue }
            if isWorthIt, event.beginsSomething {
                moments.append(Moment(cursor: position, vcpu: vcpu ?? 0))
                isWorthIt = false
            }
            if event.isWorthAScreen {
                isWorthIt = true
                // One vCPU's stop makes the others stand with it; it stays the one that it is about.
                if case .stopped(let stop) = event.body, stop.reason == .together { continue }
                vcpu = event.vcpu ?? vcpu
            }
        }
        if isWorthIt { moments.append(Moment(cursor: timeline.end, vcpu: vcpu ?? 0)) }
        return moments
    }
}

extension Event {
    /// What went before is over and done with.
    fileprivate var beginsSomething: Bool {
        switch body {
        case .resumed, .start, .gate: true
        // What the kernel told behind an exit belongs to the call of KVM_RUN that has not come back yet.
        case .kernel, .kernelTally: true
        case .ioctl(let call): !call.observing && call.kind != .call || call.name == "open"
        default: false
        }
    }

    fileprivate var isWorthAScreen: Bool {
        switch body {
        case .exit, .stopped, .problem, .end, .slot: true
        case .descriptor(let change): change.isOpen
        case .phase(.ready): true
        default: false
        }
    }
}
