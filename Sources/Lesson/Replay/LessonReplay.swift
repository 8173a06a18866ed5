public import Command
public import Timeline

/// Stands in for a lesson's machine: for each of the lesson's commands, what happened when it was recorded happens again
/// in a timeline.
public struct LessonReplay {
    public let timeline: Timeline
    public let track: LessonTrack
    private let source: any EventSource
    /// How many stops lie behind.
    private var done = 0
    /// How many events.
    private var position = 0

    /// - Parameters:
    ///   - source: the recording's events.
    ///   - timeline: is emptied whenever the lesson opens its machine.
    public init(_ track: LessonTrack, _ source: any EventSource, into timeline: Timeline) {
        self.track = track
        self.source = source
        self.timeline = timeline
    }

    /// The machine stands as the lesson opens it.
    public mutating func open() {
        timeline.clear()
        (done, position) = (0, 0)
        go(to: track.opened)
    }

    /// What a command did when it was recorded; refused where another one comes next in the recording.
    public mutating func perform(_ command: Command) -> LessonPlayer.Outcome {
        // Along the arrows of a step that is over the machine had nothing to do.
        while !isArrow(command), done < track.stops.count, isArrow(track.stops[done]), track.stops[done].end <= position
        {
            done += 1
        }
        if case .nameBranch(let name) = command {
            timeline.rename(branch: timeline.branch, to: name)
            return .done
        }
        guard done < track.stops.count else { return .failed("the recording ends here; '\(command)' needs a machine") }
        let stop = track.stops[done]
        // The screen lets the machine go to its next exit and looks at the arrows afterwards.
        let isArrow = isArrow(stop) && command == .step(.exit)
        // The screen says at which event, and the recording has its own.
        var command = command
        if case .resume = command, stop.command == "\(Command.resume(nil))" { command = .resume(nil) }
        guard stop.command == "\(command)" || isArrow else {
            return .failed("'\(stop.command)' was recorded here, not '\(command)'; the recording does not fit")
        }
        done += 1
        if let turn = stop.turn {
            go(to: turn.position)
            if !timeline.follow(turn) {
                return .failed("the recording goes to branch \(turn.branch), which is not in it")
            }
        }
        go(to: stop.end)
        return stop.failure.map(LessonPlayer.Outcome.failed) ?? .done
    }

    private func isArrow(_ command: Command) -> Bool { if case .step(.transition, _) = command { true } else { false } }

    private func isArrow(_ stop: LessonTrack.Stop) -> Bool { stop.command.hasPrefix("\(Command.step(.transition))") }

    private mutating func go(to end: Int) {
        let end = min(end, source.positions.upperBound)
        guard end > position else { return }
        for event in source.events(in: position..<end) { timeline.append(event) }
        position = end
    }
}
