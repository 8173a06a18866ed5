internal import Command
internal import KVM
public import Machine

/// The loops that `bench` holds against each other, over the same guest on the same vCPU.
public enum MeasuredLoop: Sendable, CaseIterable {
    /// KVM_RUN in C and nothing else.
    case bare
    /// The machine's loop: exits decoded and handled, nobody told.
    case engine
    /// Each KVM_RUN and each exit goes into the timeline.
    case recorded
    /// All registers at each exit as well.
    case full
}

/// What one run of a loop took.
public struct MeasuredRun: Sendable {
    /// On the vCPU's thread.
    public var time: LoopTime
    /// Nanoseconds on the thread that takes the log into the timeline, meanwhile and after.
    public var readerNanoseconds: UInt64
    /// The reader's turns: above 1 when it worked while the vCPU ran.
    public var readerTurns: Int
}

extension Session {
    /// Builds the machine with nothing run yet, for a caller that wants the error rather than a line of text.
    public func build() throws(MachineError) {
        beginTimeline()
        machine = try Machine(machineConfiguration, door: door, observer: log)
        pump()
    }

    /// Nanoseconds that a keyframe takes, with `exits` exits run before each.
    /// - Returns: one value a keyframe; fewer where the guest stopped or KVM refused.
    public func measureKeyframes(_ count: Int, exits: Int) throws(MachineError) -> [UInt64] {
        guard let machine, !isBusy else { return [] }
        var times: [UInt64] = []
        for _ in 0..<count {
            guard try measure(.engine, exits: exits) != nil else { break }
            door.level = .off
            defer { door.level = .record }
            times.append(try machine.snapshot().duration)
        }
        return times
    }

    /// Runs vCPU 0 of a standing machine for so many exits, or so many single steps.
    ///
    /// The guest must go on for ever, or the run is cut short.
    /// - Returns: nil where KVM refused, or the vCPU stopped for another reason.
    public func measure(_ loop: MeasuredLoop, exits: Int, stepping: Bool = false) throws(MachineError) -> MeasuredRun? {
        guard let machine, !isBusy, exits > 0 else { return nil }
        guard loop != .bare else {
            let time = try machine.timeBareLoop(exits: UInt64(exits), stepping: stepping, on: 0)
            return time.map { MeasuredRun(time: $0, readerNanoseconds: 0, readerTurns: 0) }
        }
        door.level = loop == .engine ? .off : .record
        defer { door.level = .record }
        let detail: Detail = loop == .engine ? .nothing : loop == .recorded ? .exits : .full
        machine.run(0, RunOrder(stepping ? .instructions(exits) : .exits(exits), detail: detail))
        var run = MeasuredRun(time: LoopTime(), readerNanoseconds: 0, readerTurns: 0)
        var stop: VCPUStop?
        while stop == nil {
            guard waitForWork(milliseconds: 10_000) else {
                machine.pause(0)
                continue
            }
            let begin = MonotonicClock.nanoseconds
            pump { stop = $0 }
            run.readerNanoseconds += MonotonicClock.nanoseconds &- begin
            run.readerTurns += 1
        }
        guard let stop, stop.cause == (stepping ? .instruction : .exit) else { return nil }
        run.time = stop.time
        return run
    }
}
