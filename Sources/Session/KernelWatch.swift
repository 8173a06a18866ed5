internal import Host
internal import KVM
internal import Timeline

/// What a session knows of the kernel's half, and what it does to see it.
struct KernelWatch {
    /// Tracepoints kept one by one in one turn while a guest runs freely; those beyond it are counted.
    static let roomInFreeRun = 128
    /// The same in one turn of a step, where a person wants to walk along them.
    static let roomInStep = 1024

    /// Open from the moment the machine stands until the session is closed.
    var trace: KernelTrace?
    /// Why it could not be opened; it is not tried again by itself.
    var failure: KernelTraceFailure?
    /// Whether the person wants it.
    var isWanted: Bool
    /// The vCPUs of the threads that are or were followed.
    var vcpus: [Int32: Int] = [:]
    /// Drained, in the order of time, and not older than what was last taken from the log.
    var pending: [KernelRecord] = []
    /// How many of them are told already.
    var told = 0
    /// How many more are kept one by one in this turn.
    var room = 0
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
        return kernel.trace == nil ? .unopened : .on
    }

    /// Opens the tracepoints if they are wanted, and follows the vCPU threads that are there; some 50 ms the first time.
    func openKernelTrace() {
        guard kernel.isWanted, kernel.failure == nil else { return }
        do throws(KernelTraceFailure) {
            if kernel.trace == nil { kernel.trace = try KernelTrace() }
            try followVCPUs()
        } catch {
            closeKernelTrace()
            kernel.failure = error
        }
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
        do throws(KernelTraceFailure) { try followVCPUs() } catch {
            closeKernelTrace()
            kernel.failure = error
        }
    }

    /// Removes the trace instance.
    func closeKernelTrace() {
        kernel.trace?.close()
        kernel.trace = nil
        forgetKernelRecords()
    }

    /// What was drained of a machine that is gone belongs to no event of the next one.
    func forgetKernelRecords() {
        kernel.pending = []
        kernel.told = 0
        kernel.tallies = [:]
        kernel.vcpus = [:]
    }

    /// Carries out `observe on` and `observe off`.
    func observeKernel(_ on: Bool) -> Outcome {
        kernel.isWanted = on
        do throws(KernelTraceFailure) {
            if on {
                kernel.failure = nil
                if machine != nil { openKernelTrace() }
            }
            try kernel.trace?.setOn(on)
        } catch {
            closeKernelTrace()
            kernel.failure = error
        }
        if on, let failure = kernel.failure { return .refused(failure.description) }
        return .done(on ? "the kernel's tracepoints are read" : "the kernel's tracepoints are off, and cost nothing")
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
    }

    /// At the beginning of a turn.
    func makeRoomForKernel() {
        guard kernel.trace != nil else { return }
        guard sink == nil else { return kernel.room = Int.max }
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
        if moment > 1_000_000 { tellKernel(upTo: moment - 1_000_000) }
    }

    private func tellRecords(upTo moment: UInt64) {
        while kernel.told < kernel.pending.count {
            let record = kernel.pending[kernel.told]
            guard record.nanoseconds <= moment else { return }
            kernel.told += 1
            guard let vcpu = kernel.vcpus[record.thread] else { continue }
            if kernel.room > 0, kernel.tallies.isEmpty {
                kernel.room -= 1
                append(.kernel(record.event(vcpu: vcpu)), at: relative(record.nanoseconds), thread: record.thread)
            } else {
                let vcpus = timeline.live.vcpus
                let loop = vcpus.indices.contains(vcpu) ? vcpus[vcpu].kernelLoop : KernelLoop()
                kernel.tallies[vcpu, default: KernelTally(vcpu: vcpu, loop: loop)].count(record.name)
            }
        }
    }

    /// Appends the counts of what was not kept: at the end of a turn, and before a vCPU is said to stand.
    func tellKernelTallies() {
        guard !kernel.tallies.isEmpty else { return }
        for (_, tally) in kernel.tallies.sorted(by: { $0.key < $1.key }) { append(.kernelTally(tally)) }
        kernel.tallies.removeAll()
    }
}
