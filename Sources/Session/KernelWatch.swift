internal import Host
internal import KVM
internal import Machine
internal import Timeline

/// What a session knows of the kernel's half, and what it does to see it.
struct KernelWatch {
    /// Tracepoints kept one by one in one turn while a guest runs freely; those beyond it are counted.
    static let roomInFreeRun = 128
    /// The same in one turn of a step, where a person wants to walk along them.
    static let roomInStep = 1024

    /// Open from soon after the machine stands until the session is closed.
    var trace: KernelTrace?
    /// The trace while it is being opened.
    var opening: KernelOpening?
    /// Why it could not be opened; it is not tried again by itself.
    var failure: KernelTraceFailure?
    /// Whether the person wants to see the kernel's half.
    var isWanted: Bool
    /// The most that is tried.
    let limit: KernelSight.Level
    /// The statistics of each vCPU whose descriptor is open.
    var statistics: [Int: WatchedStatistics] = [:]
    /// Why there are none.
    var statisticsFailure: String?
    /// Records known to be lost, as far as they are told.
    var lostTold: UInt64 = 0
    /// The trace of the next ioctl's road, and how deep it goes.
    var road: (trace: RoadTrace, depth: Int)?
    /// What was told last of how far one can see.
    var sightTold: KernelSight?
    /// The vCPUs of the threads that are or were followed.
    var vcpus: [Int32: Int] = [:]
    /// Drained, in the order of time, and not older than what was last taken from the log.
    var pending: [KernelRecord] = []
    /// How many of them are told already.
    var told = 0
    /// What the program itself lets KVM do is no transition of the guest.
    var ownRuns = OwnRuns()
    /// The moment of CLOCK_MONOTONIC after which nothing that the kernel recorded is told any more; nil for none.
    var deadline: UInt64?
    /// How many more are kept one by one in this turn.
    var room = 0
    /// The names of the hardware's exit reasons, as far as they came.
    var exitReasons: [UInt64: String] = [:]
    /// Guest pages that KVM has to find anew since something was done to them from outside.
    var disturbed = DisturbedPages()
    /// Those that were not kept in this turn.
    var tallies: [Int: KernelTally] = [:]
}

extension Session {
    /// How the kernel's tracepoints are read.
    public enum KernelView: Sendable, Equatable {
        /// Not opened yet.
        case unopened
        case on
        /// Switched off by the person.
        case off
        case refused(reason: String, remedy: String)
    }

    public var kernelView: KernelView {
        if let failure = kernel.failure { return .refused(reason: failure.reason, remedy: failure.remedy) }
        if !kernel.isWanted { return .off }
        if kernel.limit != .tracepoints, let sight { return .refused(reason: sight.reason, remedy: sight.remedy) }
        return kernel.trace == nil ? .unopened : .on
    }

    /// Begins to observe a machine that has just been built, as far as that is wanted and permitted.
    ///
    /// The tracepoints come a little later, see `awaitKernelTrace`: nothing waits for them that need not.
    func observeMachine() {
        guard kernel.isWanted, machine != nil else { return tellSight() }
        if kernel.limit >= .statistics { openStatistics() }
        if kernel.limit == .tracepoints, kernel.failure == nil {
            if kernel.trace == nil, kernel.opening == nil {
                kernel.opening = KernelOpening { [log] in log.wakeReader() }
            } else {
                followNewThread()
            }
        }
        tellSight()
    }

    /// Takes over the tracepoints if they have been opened meanwhile.
    func adoptKernelTrace() {
        if kernel.opening?.isDone == true { awaitKernelTrace() }
    }

    /// Waits until the tracepoints that are being opened are there, or are known not to be had.
    func awaitKernelTrace() {
        guard let opening = kernel.opening else { return }
        kernel.opening = nil
        switch opening.take() {
        case .success(let trace):
            kernel.trace = trace
            kernel.lostTold = 0
            do throws(KernelTraceFailure) {
                try followVCPUs()
                if !kernel.isWanted { try trace.setOn(false) }
            } catch {
                refuseKernelTrace(error)
            }
        case .failure(let failure): kernel.failure = failure
        case nil: break
        }
        tellSight()
    }

    private func refuseKernelTrace(_ failure: KernelTraceFailure) {
        closeKernelTrace()
        kernel.failure = failure
        tellSight()
    }

    /// Says how far one can see, where that is not what was said last.
    func tellSight() {
        guard kernel.opening == nil, let sight = sight, sight != kernel.sightTold else { return }
        kernel.sightTold = sight
        append(.sight(sight))
    }

    private var sight: KernelSight? {
        guard kernel.isWanted else {
            return KernelSight(level: .boundary, reason: "observing the kernel is switched off", remedy: "observe on")
        }
        if kernel.trace != nil { return KernelSight(level: .tracepoints) }
        let variable = SessionConfiguration.kernelLimitVariable
        var reason = "\(variable)=\(kernel.limit.rawValue) asks for no more"
        var remedy = "start without \(variable)"
        if kernel.limit == .tracepoints {
            guard let failure = kernel.failure else { return nil }
            (reason, remedy) = (failure.reason, failure.remedy)
        }
        guard kernel.statistics.isEmpty else { return KernelSight(level: .statistics, reason: reason, remedy: remedy) }
        if let failure = kernel.statisticsFailure { reason += "; \(failure)" }
        return KernelSight(level: .boundary, reason: reason, remedy: remedy)
    }

    private func followVCPUs() throws(KernelTraceFailure) {
        guard let trace = kernel.trace else { return }
        var threads: [Int32] = []
        for case (let thread, .vcpu(let index)) in roles {
            kernel.vcpus[thread] = index
            threads.append(thread)
        }
        try trace.follow(threads.sorted())
    }

    /// A vCPU's thread began.
    func followNewThread() {
        guard kernel.trace != nil else { return }
        do throws(KernelTraceFailure) { try followVCPUs() } catch { refuseKernelTrace(error) }
    }

    /// Removes the trace instance.
    func closeKernelTrace() {
        if case .success(let trace) = kernel.opening?.take() { trace.close() }
        kernel.opening = nil
        kernel.trace?.close()
        kernel.trace = nil
        closeRoad()
        forgetKernelRecords()
    }

    /// What was drained of a machine that is gone belongs to no event of the next one.
    func forgetKernelRecords() {
        kernel.pending = []
        kernel.told = 0
        kernel.tallies = [:]
        kernel.vcpus = [:]
        kernel.ownRuns.forget()
        kernel.disturbed = DisturbedPages()
    }

    /// Carries out `observe on` and `observe off`, also while guests run.
    func observeKernel(_ on: Bool) -> Outcome {
        awaitKernelTrace()
        kernel.isWanted = on
        if on {
            kernel.failure = nil
            observeMachine()
            awaitKernelTrace()
        }
        do throws(KernelTraceFailure) { try kernel.trace?.setOn(on) } catch { refuseKernelTrace(error) }
        tellSight()
        guard on else { return .done("the kernel's half is not observed any more, and costs nothing") }
        guard machine != nil else { return .done("the kernel's half is observed as soon as there is a machine") }
        guard let sight, sight.level != .tracepoints else { return .done("the kernel's tracepoints are read") }
        let more = sight.remedy.isEmpty ? sight.reason : "\(sight.reason); \(sight.remedy)"
        if sight.level == .statistics { return .done("KVM's statistics are read at each stop: \(more)") }
        return .refused(more)
    }

    // MARK: Merging

    /// Takes what the kernel recorded. Must follow the taking of the log: then all that fired before the newest entry of
    /// the log is in, and what is told up to an entry's moment can no longer be overtaken.
    func drainKernel() {
        guard let trace = kernel.trace else { return }
        if kernel.told > 0 {
            kernel.pending.removeFirst(kernel.told)
            kernel.told = 0
        }
        kernel.pending += trace.drain()
        if trace.lost > kernel.lostTold {
            append(.kernelLost(Int(clamping: trace.lost - kernel.lostTold)))
            kernel.lostTold = trace.lost
        }
    }

    /// Before what the kernel recorded of them is drained.
    func noteOwnRuns(_ finished: [FinishedAccess]) {
        if kernel.trace != nil, kernel.isWanted { kernel.ownRuns.note(finished) }
    }

    /// At the beginning of a turn.
    func makeRoomForKernel() {
        guard kernel.trace != nil else { return }
        guard sink == nil else {
            kernel.room = Int.max
            return
        }
        var isFree = false
        if case .running(let run) = activity { isFree = run.isFree }
        kernel.room = isFree ? KernelWatch.roomInFreeRun : KernelWatch.roomInStep
    }

    /// Appends what fired up to a moment of CLOCK_MONOTONIC.
    @inline(__always)
    func tellKernel(upTo moment: UInt64) {
        guard kernel.told < kernel.pending.count else { return }
        tellRecords(upTo: moment)
    }

    /// Appends what can no longer be overtaken, though no entry of the log followed it: a guest may stay inside for ever.
    ///
    /// A vCPU logs its exit before it runs on, so what it did before the log was taken stands behind all of its entries.
    /// The millisecond is for other vCPUs, which may be about to log a moment that is over.
    /// - Parameter moment: just before the log was taken.
    func tellSettledKernel(before moment: UInt64) {
        let margin: UInt64 = configuration.vcpus > 1 ? 1_000_000 : 0
        if moment > margin { tellKernel(upTo: moment - margin) }
    }

    private func tellRecords(upTo moment: UInt64) {
        while kernel.told < kernel.pending.count {
            let record = kernel.pending[kernel.told]
            guard record.nanoseconds <= moment else { return }
            if let deadline = kernel.deadline, kernel.told & 0xFF == 0, monotonicNow() > deadline {
                return abandonKernel()
            }
            kernel.told += 1
            guard let vcpu = kernel.vcpus[record.thread] else { continue }
            if kernel.ownRuns.took(record.name, errno: record["errno"], vcpu: vcpu, at: record.nanoseconds) { continue }
            if kernel.room > 0, kernel.tallies.isEmpty {
                kernel.room -= 1
                var event = record.event(vcpu: vcpu)
                if let cause = cause(of: record) {
                    event.fields.append(IoctlField(name: KernelEvent.observerField, value: cause))
                }
                append(.kernel(event), at: relative(record.nanoseconds), thread: record.thread)
            } else {
                let vcpus = timeline.live.vcpus
                let before =
                    vcpus.indices.contains(vcpu)
                    ? KernelTally(vcpu: vcpu, loop: vcpus[vcpu].kernelLoop, timer: vcpus[vcpu].kernelTimer)
                    : KernelTally(vcpu: vcpu, loop: KernelLoop())
                kernel.tallies[vcpu, default: before].count(
                    record.name, at: relative(record.nanoseconds), reason: exitReason(of: record))
            }
        }
    }

    /// A run whose time is over does not go on because there is still so much to be told of it.
    private func abandonKernel() {
        let untold = kernel.pending.count - kernel.told
        kernel.told = kernel.pending.count
        kernel.deadline = nil
        let unread = kernel.trace?.abandon() ?? 0
        if untold + unread > 0 { append(.kernelLost(untold + unread)) }
    }

    /// The hardware's reason of a kvm_exit; text is made of each number once.
    private func exitReason(of record: KernelRecord) -> String? {
        guard record.name == "kvm_exit", let number = record[KernelEvent.exitReasonField] else { return nil }
        if let known = kernel.exitReasons[number] { return known }
        let text = record.text(KernelEvent.exitReasonField)
        kernel.exitReasons[number] = text
        return text
    }

    /// Appends the counts of what was not kept: at the end of a turn, and before a vCPU is said to stand.
    func tellKernelTallies() {
        guard !kernel.tallies.isEmpty else { return }
        for (_, tally) in kernel.tallies.sorted(by: { $0.key < $1.key }) { append(.kernelTally(tally)) }
        kernel.tallies.removeAll()
    }
}
