/// Where a step back or forward over what was recorded takes the cursor.
public enum StepBoundary: Sendable {
    /// Behind each exit to user space and what user space did about it.
    case exit
    /// Behind each stop of any kind; single steps end there.
    case stop
    /// Behind each ioctl.
    case ioctl
    /// Behind each event.
    case event
}

extension Timeline {
    /// The cursor one boundary back; nil at the beginning of what is kept.
    ///
    /// From behind an exit, the step goes behind the exit before it; before the first exit lies the moment at which
    /// the machine stood ready.
    public func cursor(before cursor: Int, boundary: StepBoundary, vcpu: Int?) -> Int? {
        switch boundary {
        case .event:
            return cursor > first ? cursor - 1 : nil
        case .ioctl:
            let here = last(before: cursor, of: [.ioctl], where: Self.isIoctl) ?? first
            guard here > first else { return cursor > first ? first : nil }
            return last(before: here, of: [.ioctl], where: Self.isIoctl).map { $0 + 1 } ?? first
        case .stop:
            let here = last(before: cursor, of: [.resumed]) { Self.isResumption($0, of: vcpu) }
            return here.map(firstOfGroup)
        case .exit:
            guard let here = last(before: cursor, of: [.exit], where: { Self.isExit($0, of: vcpu) }) else { return nil }
            // An exit of a machine before this one is not what lies behind its first exit.
            if let before = last(
                before: here, of: [.exit, .start], where: { Self.isExit($0, of: vcpu) || Self.isStart($0) }),
                let event = self[before], !Self.isStart(event)
            {
                return settled(after: before, vcpu)
            }
            return last(before: here, of: [.resumed]) { Self.isResumption($0, of: vcpu) }.map(firstOfGroup)
        }
    }

    /// The first of the resumptions that one command made together, with the keyframe that was taken before them.
    private func firstOfGroup(_ position: Int) -> Int {
        var position = position
        while position > first, let before = self[position - 1], Self.isResumption(before, of: nil) { position -= 1 }
        return keyframe(rightBefore: position) ?? position
    }

    /// The position of a keyframe that ends, with the memory that taking it showed, at a position.
    private func keyframe(rightBefore position: Int) -> Int? {
        for index in [position - 1, position - 2] where index >= first {
            switch self[index]?.body {
            case .keyframe: return index
            case .memory: continue
            default: return nil
            }
        }
        return nil
    }

    /// The cursor one boundary forward; nil where nothing recorded lies ahead.
    public func cursor(after cursor: Int, boundary: StepBoundary, vcpu: Int?) -> Int? {
        switch boundary {
        case .event:
            return cursor < end ? cursor + 1 : nil
        case .ioctl:
            return next(from: cursor, of: [.ioctl], where: Self.isIoctl).map { $0 + 1 }
        case .stop:
            guard let stop = next(from: cursor, of: [.stopped], where: { Self.isStop($0, of: vcpu) }) else {
                return nil
            }
            return settled(after: stop, vcpu)
        case .exit:
            guard let exit = next(from: cursor, of: [.exit], where: { Self.isExit($0, of: vcpu) }) else { return nil }
            return settled(after: exit, vcpu)
        }
    }

    /// The cursor behind a reading of memory and all that was read with it.
    func cursor(behindReading position: Int) -> Int { settled(after: position, nil) }

    /// The cursor behind an event and all that belongs to it: what devices did, the readings, the stop.
    ///
    /// Where another branch turned off it ends too: what comes there set the machine back. Behind an exit at which the
    /// vCPU did not stop the kernel tells of its next KVM_RUN before that call is logged.
    private func settled(after position: Int, _ vcpu: Int?) -> Int {
        let origin = self[position]
        var left: Int?
        if case .exit(let exit)? = origin?.body { left = exit.vcpu }
        let found = next(from: position + 1, of: [.resumed, .start, .keyframe, .ioctl, .gate, .kernel]) { event in
            switch event.body {
            case .resumed, .start, .keyframe: true
            case .kernel(let fired): fired.vcpu == left && event.nanoseconds > origin?.nanoseconds ?? .max
            case .ioctl(let call): call.name == "KVM_RUN" && !call.observing && (vcpu == nil || call.vcpu == vcpu)
            case .gate: true
            default: false
            }
        }
        return min(found ?? end, fork(after: position) ?? .max)
    }

    private static func isIoctl(_ event: Event) -> Bool {
        if case .ioctl(let call) = event.body { return !call.observing }
        return false
    }

    private static func isExit(_ event: Event, of vcpu: Int?) -> Bool {
        if case .exit(let exit) = event.body { return vcpu == nil || exit.vcpu == vcpu }
        return false
    }

    private static func isStop(_ event: Event, of vcpu: Int?) -> Bool {
        if case .stopped(let stop) = event.body { return vcpu == nil || stop.vcpu == vcpu }
        return false
    }

    private static func isStart(_ event: Event) -> Bool {
        if case .start = event.body { return true }
        return false
    }

    private static func isResumption(_ event: Event, of vcpu: Int?) -> Bool {
        if case .resumed(let resumption) = event.body { return vcpu == nil || resumption.vcpu == vcpu }
        return false
    }
}
