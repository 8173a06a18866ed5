internal import Command
internal import Explorer
internal import Facts
internal import Lesson
internal import Recording
internal import Timeline

/// The recordings that lessons bring along.
enum LessonRecordings {
    /// A lesson's recording, if there is one and it fits.
    static func open(_ lesson: Lesson) throws(LessonRefusal) -> (track: LessonTrack, recording: RecordingReader) {
        let recording: RecordingReader
        do throws(RecordingError) {
            recording = try RecordingReader(path: lesson.recordingFile)
        } catch {
            throw LessonRefusal(text: error.description)
        }
        guard let text = recording.about["lesson"], let track = LessonTrack(text: text) else {
            throw LessonRefusal(text: "\(lesson.recordingFile) is not the recording of a lesson")
        }
        let misfits = track.misfits(lesson)
        guard misfits.isEmpty else {
            throw LessonRefusal(
                text:
                    "the recording does not fit the lesson: \(misfits.joined(separator: "; ")); `make recordings` makes it anew"
            )
        }
        return (track, recording)
    }

    /// Plays a lesson on a real machine, checks it, and keeps what was seen as a recording where all holds.
    static func record(
        _ lesson: Lesson, on guests: GuestStage, to path: String
    ) throws(RecordingError) -> LessonReport {
        var stage = TapedStage(guests)
        let report = LessonCheck.play(lesson, on: &stage)
        stage.finish()
        guard report.isGood, let track = stage.track else { return report }
        var about = Recorder.thisHost
        about["lesson"] = track.text
        let recorder = try Recorder(path: path, replaces: true, about: about)
        stage.write(to: recorder)
        try recorder.finish()
        return report
    }
}

/// A real machine, with a note of where each command of the lesson ended.
private struct TapedStage: LessonStage {
    private var live: LiveStage
    private(set) var track: LessonTrack?
    /// All that happened, in whichever branch, in order.
    private var tape = Timeline()
    private var branch = 1
    /// How many events of each branch are on the tape.
    private var taped = [1: 0]
    /// Which part of the tape is of which branch, and what the branches are called.
    private var turns: [BranchTurn] = []
    /// What the branch in view was called last.
    private var name: String?

    init(_ guests: GuestStage) { live = LiveStage(guests) }

    mutating func open(_ lesson: Lesson) throws {
        track = LessonTrack(lesson)
        (tape, branch, taped) = (Timeline(), 1, [1: 0])
        (turns, name) = ([], nil)
        try live.open(lesson)
    }

    mutating func perform(_ command: Command) throws -> LessonPlayer.Outcome {
        note()
        let outcome = try live.perform(command)
        guard command.isForTheMachine else { return outcome }
        var failure: String?
        if case .failed(let reason) = outcome { failure = reason }
        track?.stops.append(LessonTrack.Stop(command: "\(command)", end: 0, failure: failure))
        return outcome
    }

    var facts: any FactSource { live.facts }

    /// What happened up to now belongs to the command before, also where the guest ran on behind it.
    private mutating func note() {
        _ = live.facts
        guard let timeline = live.timeline, var track else { return }
        let last = track.stops.count - 1
        let current = timeline.branch(timeline.branch)?.name ?? ""
        if timeline.branch != branch, last >= 0 {
            let turn = turn(timeline)
            track.stops[last].turn = turn
            turns.append(turn)
        } else if let name, name != current {
            turns.append(BranchTurn(position: tape.end, branch: branch, name: current))
        }
        name = current
        copy(timeline)
        if last < 0 { track.opened = tape.end } else { track.stops[last].end = tape.end }
        self.track = track
    }

    /// What became of the branch before until it was left, and how the one in view goes on from it.
    private mutating func turn(_ timeline: Timeline) -> BranchTurn {
        if let left = timeline.timeline(ofBranch: branch) { copy(left, of: branch) }
        let new = timeline.branch
        let isNew = taped[new] == nil
        let fork = isNew ? timeline.branch(new)?.fork ?? timeline.sharedEvents(of: branch, and: new) : nil
        if let fork { taped[new] = fork }
        branch = new
        return BranchTurn(position: tape.end, branch: new, fork: fork, name: timeline.branch(new)?.name ?? "")
    }

    private mutating func copy(_ timeline: Timeline, of branch: Int? = nil) {
        let branch = branch ?? timeline.branch
        for position in (taped[branch] ?? 0)..<max(taped[branch] ?? 0, timeline.end) {
            if let event = timeline[position] { tape.append(event) }
        }
        taped[branch] = timeline.end
    }

    /// What the last command did is noted, and the machine is given up.
    mutating func finish() {
        note()
        live.close()
    }

    /// All that happened, each event as one of its branch.
    func write(to recorder: Recorder) {
        // Branches come about in it as they did on the machine: a turn is written with the state behind it.
        let again = Timeline()
        var position = 0
        func goOn(to end: Int) {
            while position < end {
                if let event = tape[position] {
                    again.append(event)
                    recorder.append(event)
                }
                position += 1
            }
        }
        for turn in turns {
            goOn(to: turn.position)
            guard again.follow(turn), let branch = again.branch(again.branch) else { continue }
            recorder.turn(to: branch, isNew: turn.fork != nil, world: again.live)
        }
        goOn(to: tape.end)
    }
}
