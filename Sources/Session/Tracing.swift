internal import Glibc
internal import KVM
public import Machine
public import Timeline

/// Limits of a headless run.
public struct TraceLimits: Sendable {
    /// Exits of all vCPUs together; nil for no limit.
    public var exits: Int?
    /// Seconds; nil for no limit.
    public var seconds: Double?

    public init(exits: Int? = nil, seconds: Double? = nil) {
        self.exits = exits
        self.seconds = seconds
    }
}

extension Session {
    /// Builds the machine and runs it to its end, a limit or the time, handing every event to `sink` and keeping none.
    ///
    /// - Parameters:
    ///   - kernel: whether the kernel's tracepoints are events too; `kernelView` says afterwards whether they could be had.
    ///   - stop: asked now and then; true ends the run as the time does, for Ctrl-C.
    /// - Returns: how it ended; the same stands in the last event.
    public func trace(
        _ limits: TraceLimits, kernel observesKernel: Bool = false, stop: () -> Bool = { false },
        sink: @escaping (Event) -> Void
    ) throws(MachineError) -> RunEnd {
        self.sink = sink
        defer { self.sink = nil }
        return try runToEnd(limits, kernel: observesKernel, stop)
    }

    /// The same with all that a screen shows: registers at each exit, memory and the host's tables at beginning and end.
    ///
    /// The events go into the timeline and to `recorder`.
    public func record(
        _ limits: TraceLimits, kernel observesKernel: Bool = false, stop: () -> Bool = { false }
    ) throws(MachineError) -> RunEnd {
        try runToEnd(limits, kernel: observesKernel, stop)
    }

    private func runToEnd(
        _ limits: TraceLimits, kernel observesKernel: Bool, _ stop: () -> Bool
    ) throws(MachineError) -> RunEnd {
        kernel.isWanted = observesKernel
        tellsInOrder = true
        defer { tellsInOrder = false }
        beginTimeline()
        do {
            machine = try Machine(machineConfiguration, door: door, observer: log)
        } catch {
            pump { _ in }
            append(.end(RunEnd(why: .error, code: error.code, text: error.description)))
            throw error
        }
        if kernel.isWanted {
            // The vCPUs' threads are in the log.
            pump { _ in }
            observeMachine()
            awaitKernelTrace()
        }
        defer { closeKernelTrace() }
        if sink == nil {
            tellSight()
            for index in 0..<configuration.vcpus { readRegisters(of: index) }
            readAll()
            append(.phase(.ready))
        }
        let end = supervise(limits, stop)
        tellKernel(upTo: .max)
        readStatistics()
        closeStatistics()
        if sink == nil {
            readAll()
            append(.phase(.ended))
        }
        // The last reference: the VM's and the system's descriptors are closed, and seen to be, before the end.
        machine?.close()
        machine = nil
        pump { _ in }
        append(.end(end))
        return end
    }

    private func supervise(_ limits: TraceLimits, _ stop: () -> Bool) -> RunEnd {
        var ending = Ending(vcpus: configuration.vcpus)
        let isShown = sink == nil
        // Told before the first of them runs: what it does from now on is later.
        if isShown {
            for index in 0..<configuration.vcpus { append(.resumed(Resumption(vcpu: index, how: .run))) }
            append(.phase(.running))
        }
        for index in 0..<configuration.vcpus {
            machine?.run(
                index, RunOrder(.free, detail: isShown ? .full : .exits, maximumExits: limits.exits))
        }
        let start = monotonicNow()
        let deadline = limits.seconds.map { start &+ UInt64(min(max($0, 0), 1e9) * 1e9) }
        kernel.deadline = deadline.map { $0 &+ Self.graceForTracepoints }
        while !ending.running.isEmpty {
            _ = waitForWork(milliseconds: Self.patience(until: deadline))
            pump { stop in
                ending.note(stop)
                let why = explanation(of: stop)
                ending.explain(stop, why)
                guard isShown || why != nil else { return }
                readRegisters(stop)
                append(.stopped(told(stop)))
            }
            if ending.cause == nil {
                if stop() {
                    ending.cause = .interrupted
                } else if deadline.map({ monotonicNow() >= $0 }) == true {
                    ending.cause = .timeout
                }
            }
            if ending.cause != nil { for index in ending.takeRunning() { machine?.pause(index) } }
        }
        return ending.result
    }

    /// Nanoseconds for telling what the kernel recorded before the time was over; more of it is counted as lost.
    private static let graceForTracepoints: UInt64 = 500_000_000

    /// A stop as the timeline tells it.
    private func told(_ stop: VCPUStop) -> Stop {
        let reason: Stop.Reason =
            switch stop.cause {
            case .exit: .exit
            case .instruction: .instruction
            case .breakpoint: .breakpoint
            case .watchpoint: .watchpoint
            // Kicked since the time was up, and it shows where it would have gone on for ever.
            case .kicked: explanation(of: stop) == nil ? .pause : .timeout
            case .halted: .halted
            case .biosCall: .bios
            case .guestExit: .ended
            case .limit: .limit
            case .failed: .failure
            case .refused: .refused
            }
        return Stop(vcpu: stop.vcpu, reason: reason, text: explainedText(for: stop, reason))
    }

    private static func patience(until deadline: UInt64?) -> Int32 {
        guard let deadline else { return 100 }
        let now = monotonicNow()
        return now >= deadline ? 0 : Int32(min((deadline - now) / 1_000_000 + 1, 100))
    }

    /// How a headless run is ending: all vCPUs halt, or one decides for all.
    private struct Ending {
        enum Cause {
            case stop(StopCause)
            case timeout
            case interrupted
        }

        var running: Set<Int>
        var cause: Cause?
        private var isStopping = false
        /// What the state of the vCPUs says beside the cause.
        private var why: String?

        init(vcpus: Int) { running = Set(0..<vcpus) }

        mutating func note(_ stop: VCPUStop) {
            running.remove(stop.vcpu)
            guard cause == nil, stop.cause != .halted, stop.cause != .kicked else { return }
            cause = .stop(stop.cause)
        }

        /// Takes what the vCPU's state says of its stop: the first that does is told.
        mutating func explain(_ stop: VCPUStop, _ text: String?) { why = why ?? text }

        /// The vCPUs to be stopped, once.
        mutating func takeRunning() -> Set<Int> {
            guard !isStopping else { return [] }
            isStopping = true
            return running
        }

        var result: RunEnd {
            switch cause {
            case nil: RunEnd(why: .hlt, code: 0, text: why ?? "")
            case .timeout: RunEnd(why: .timeout, code: 0, text: why ?? "")
            case .stop(.biosCall(let call)): RunEnd(why: .bios, code: Int(call.vector), text: call.text)
            case .interrupted: RunEnd(why: .error, code: Int(EINTR), text: "interrupted")
            case .stop(.guestExit(let code)): RunEnd(why: .exit, code: Int(code))
            case .stop(.limit): RunEnd(why: .limit, code: 0)
            case .stop(.failed(.shutdown)):
                RunEnd(
                    why: .shutdown, code: 0,
                    text: why ?? "the guest shut down: a triple fault, most often; step through it with `run`")
            case .stop(.failed(.internalError(let error))):
                RunEnd(
                    why: .error, code: Int(error.suberror),
                    text: "internal error of KVM (\(error.reason)): "
                        + (why ?? "most often an instruction that it cannot emulate; look at it with `run`")
                )
            case .stop(.failed(let exit)):
                RunEnd(
                    why: .error, code: 1,
                    text: "the guest left with \(exit.name), which nothing here serves; look at it with `run`")
            case .stop(.refused(let text, let errno)): RunEnd(why: .error, code: Int(errno), text: text)
            case .stop: RunEnd(why: .error, code: 1)
            }
        }
    }
}

extension MachineError {
    /// The errno, where there is one.
    fileprivate var code: Int {
        switch self {
        case .kvm(let error): Int(error.errno?.rawValue ?? 1)
        case .memory(_, let errno), .thread(let errno): Int(errno)
        default: 1
        }
    }
}
