// Stepping along the arrows of the flowchart that were really taken, one by one.
extension Timeline {
    /// The cursor behind the next arrow that a vCPU took; nil where nothing recorded lies ahead.
    public func transition(after cursor: Int, vcpu: Int) -> Int? {
        var from = cursor
        while let position = next(from: from, where: { Self.isTransition($0, vcpu) }) {
            if !isEcho(position, vcpu) { return position + 1 }
            from = position + 1
        }
        return nil
    }

    /// The cursor behind the arrow before the one that the cursor stands behind; where it stands farther on than that,
    /// as the present does, the cursor behind that one.
    public func transition(before cursor: Int, vcpu: Int) -> Int? {
        guard let here = lastTransition(before: cursor, vcpu) else { return nil }
        if here + 1 < cursor { return here + 1 }
        return lastTransition(before: here, vcpu).map { $0 + 1 } ?? here
    }

    /// The newest arrow before a cursor, by the position of its event.
    public func lastTransition(before cursor: Int, _ vcpu: Int) -> Int? {
        var before = cursor
        while let position = last(before: before, where: { Self.isTransition($0, vcpu) }) {
            if !isEcho(position, vcpu) { return position }
            before = position
        }
        return nil
    }

    private static func isTransition(_ event: Event, _ vcpu: Int) -> Bool {
        switch event.body {
        case .resumed(let resumption): resumption.vcpu == vcpu
        case .ioctl(let call): call.name == "KVM_RUN" && !call.observing && (call.vcpu ?? vcpu) == vcpu
        case .exit(let exit): exit.vcpu == vcpu
        case .kernel(let kernel): kernel.vcpu == vcpu
        default: false
        }
    }

    /// KVM_RUN is told when it returns: where the way through it was told before, that says nothing new, and neither
    /// does the exit `intr` behind a return with EINTR.
    private func isEcho(_ position: Int, _ vcpu: Int) -> Bool {
        guard let event = self[position] else { return false }
        let before = { self.last(before: position, where: { Self.isTransition($0, vcpu) }).flatMap { self[$0]?.body } }
        switch event.body {
        case .ioctl(let call):
            guard call.errno == 0 else { return false }
            switch before() {
            case .resumed, .kernel: return true
            default: return false
            }
        case .exit(let exit):
            guard exit.reason == "intr", case .ioctl(let call) = before() else { return false }
            return call.errnoName == "EINTR"
        default: return false
        }
    }

    /// Where a moment of a KVM_RUN stands among the arrows that were taken in it.
    public struct Passage: Sendable, Equatable {
        /// From 1.
        public var number: Int
        public var count: Int
        /// Nanoseconds since the arrow before; nil at the first.
        public var sincePrevious: UInt64?
        /// Nanoseconds since KVM_RUN was called; nil where its return is not recorded.
        public var sinceCall: UInt64?
    }

    /// The arrow behind which a cursor stands; nil where it stands behind something else.
    public func passage(at cursor: Int, vcpu: Int) -> Passage? {
        guard let event = self[cursor - 1], Self.isTransition(event, vcpu), !isEcho(cursor - 1, vcpu) else {
            return nil
        }
        var (number, count) = (1, 1)
        var previous: UInt64?
        var position = cursor - 1
        // No KVM_RUN that a person steps through is longer; one that is, is numbered from where the count began.
        while number < 4096, !Self.begins(self[position]), let before = lastTransition(before: position, vcpu),
            !Self.ends(self[before])
        {
            if previous == nil { previous = self[before]?.nanoseconds }
            number += 1
            position = before
        }
        count = number
        position = cursor
        var last = cursor - 1
        while count < 8192, !Self.ends(self[last]), let next = transition(after: position, vcpu: vcpu),
            !Self.begins(self[next - 1])
        {
            count += 1
            (position, last) = (next, next - 1)
        }
        let call = self.call(around: cursor - 1, vcpu)
        return Passage(
            number: number, count: count,
            sincePrevious: previous.map { event.nanoseconds &- min($0, event.nanoseconds) },
            sinceCall: call.flatMap { event.nanoseconds >= $0 ? event.nanoseconds - $0 : nil })
    }

    private static func begins(_ event: Event?) -> Bool {
        if case .resumed = event?.body { return true }
        return false
    }

    /// User space has the vCPU again.
    private static func ends(_ event: Event?) -> Bool {
        switch event?.body {
        case .exit: true
        case .ioctl(let call): call.errno != 0
        default: false
        }
    }

    /// When the KVM_RUN was called in which an event lies.
    private func call(around position: Int, _ vcpu: Int) -> UInt64? {
        guard let event = self[position] else { return nil }
        let isRun = { (event: Event) -> Bool in
            guard case .ioctl(let call) = event.body else { return false }
            return call.name == "KVM_RUN" && !call.observing && call.vcpu == vcpu
        }
        let run: Int?
        if case .exit = event.body {
            run = last(before: position, where: isRun)
        } else {
            run = next(from: position, where: isRun)
        }
        guard let run, let end = self[run], case .ioctl(let call) = end.body else { return nil }
        return end.nanoseconds &- min(call.duration, end.nanoseconds)
    }
}
