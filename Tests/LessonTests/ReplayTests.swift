import Command
import Lesson
import Testing
import Timeline

/// Events as a recording has them.
private final class MadeUpRecording: EventSource, Sendable {
    let all: [Event]

    init(_ events: [Event]) { all = events }

    var positions: Range<Int> { 0..<all.count }
    var tags: [UInt8] { all.map { EventTag($0).rawValue } }
    func events(in range: Range<Int>) -> [Event] { Array(all[range.clamped(to: positions)]) }
    func keyframe(at position: Int) -> (position: Int, world: World) { (0, World()) }
}

@Suite struct ReplayTests {
    /// The machine of `goodSteps`: an mmio exit, an io exit, a hlt.
    private static let recording: MadeUpRecording = {
        var events: [Event.Body] = [
            .start(RunStart(guest: "guest.S", vcpus: 1, memory: 16 << 20, symbols: [])), .phase(.ready),
        ]
        for reason in ["mmio", "io", "hlt"] {
            let io = Exit.Detail.io(.init(isWrite: true, port: 0x3f8, size: 1, count: 1, data: Bytes([0x41])))
            events.append(.exit(Exit(vcpu: 0, reason: reason, detail: reason == "io" ? io : .none)))
            events.append(.phase(.stopped))
        }
        return MadeUpRecording(events.enumerated().map { Event(nanoseconds: UInt64($0.offset), $0.element) })
    }()

    private func track(_ lesson: Lesson) -> LessonTrack {
        var track = LessonTrack(lesson)
        track.opened = 2
        track.stops = [4, 6, 8].map { LessonTrack.Stop(command: "step exit", end: $0) }
        return track
    }

    private func lesson() throws -> Lesson { try LessonTests.lesson(goodSteps.replacing("~~~", with: "```")) }

    private func check(_ lesson: Lesson, _ track: LessonTrack) -> LessonReport {
        var stage = ReplayStage { _ in (track, Self.recording) }
        return LessonCheck.play(lesson, on: &stage)
    }

    @Test func aLessonIsPlayedFromItsRecordingAsOnItsMachine() throws {
        let lesson = try lesson()
        #expect(track(lesson).misfits(lesson) == [])
        let findings = check(lesson, track(lesson)).findings.filter { $0.line != 1 }
        #expect(findings == [])
    }

    @Test func whatTheRecordingDoesNotShowIsFound() throws {
        let lesson = try LessonTests.lesson(
            goodSteps.replacing("~~~", with: "```").replacing("exit.number == 1", with: "exit.number == 7"))
        #expect(check(lesson, track(lesson)).findings.contains { $0.message.contains("expected exit.number == 7") })
    }

    @Test func theTimelineIsAfterEachCommandWhatItWasThen() throws {
        let lesson = try lesson()
        let timeline = Timeline()
        var replay = LessonReplay(track(lesson), Self.recording, into: timeline)
        replay.open()
        #expect(timeline.live.phase == .ready)
        #expect(timeline.live.exitCount == 0)
        for exits in 1...3 {
            #expect(replay.perform(.step(.exit)) == .done)
            #expect(timeline.live.exitCount == exits)
        }
        #expect(timeline.live.lastExit?.reason == "hlt")
        replay.open()
        #expect(timeline.end == 2)
    }

    @Test func aCommandThatWasNotRecordedHereIsRefusedByName() throws {
        let lesson = try lesson()
        var replay = LessonReplay(track(lesson), Self.recording, into: Timeline())
        replay.open()
        guard case .failed(let reason) = replay.perform(.reset) else { return #expect(Bool(false), "reset was done") }
        #expect(reason.contains("reset"))
        for _ in 0..<3 { #expect(replay.perform(.step(.exit)) == .done) }
        guard case .failed(let end) = replay.perform(.step(.exit)) else { return #expect(Bool(false), "went on") }
        #expect(end.contains("ends here"))
    }

    @Test func aReplayFollowsTheLessonIntoItsBranchesAndBack() throws {
        var track = track(try lesson())
        // The third exit happened in a branch that begins behind the first, and a phase more in the first run.
        track.stops[2] = .init(
            command: "resume", end: 7, turn: .init(position: 6, branch: 2, fork: 4, name: "from exit 1"))
        track.stops.append(.init(command: "branch 1", end: 8, turn: .init(position: 7, branch: 1, name: "first run")))
        #expect(LessonTrack(text: track.text) == track)
        let timeline = Timeline()
        var replay = LessonReplay(track, Self.recording, into: timeline)
        replay.open()
        #expect(replay.perform(.step(.exit)) == .done)
        #expect(replay.perform(.step(.exit)) == .done)
        // The screen gives the event with it; the recording has its own.
        #expect(replay.perform(.resume(3)) == .done)
        #expect(timeline.branch == 2)
        #expect(timeline.branch(2)?.name == "from exit 1")
        #expect(timeline.live.exitCount == 2)
        #expect(timeline.live.lastExit?.reason == "hlt")
        #expect(replay.perform(.branch(1)) == .done)
        #expect(timeline.branch == 1)
        #expect(timeline.end == 7)
        #expect(timeline.live.lastExit?.reason == "io")
        replay.open()
        #expect(timeline.branches.count == 1)
    }

    @Test func aFailureIsPlayedToo() throws {
        let lesson = try lesson()
        var track = track(lesson)
        track.stops[1].failure = "refused"
        var replay = LessonReplay(track, Self.recording, into: Timeline())
        replay.open()
        #expect(replay.perform(.step(.exit)) == .done)
        #expect(replay.perform(.step(.exit)) == .failed("refused"))
    }

    @Test(arguments: [
        ("step exit\nexpect exit.number == 1", "step exit 2\nexpect exit.number == 1", "'step exit 2'"),
        ("step exit\nexpect exit.number == 1", "step exit\nreset\nexpect exit.number == 1", "'reset'"),
        ("step exit\nexpect exit.number == 1", "expect exit.number == 1", "'step exit'"),
        ("Some *prose*.", "Some other prose.", nil),
        ("exit.number == 1", "exit.number >= 1", nil),
    ])
    func aLessonThatDoesSomethingElseNoLongerFits(old: String, new: String, word: String?) throws {
        let track = track(try lesson())
        let changed = try LessonTests.lesson(goodSteps.replacing(old, with: new).replacing("~~~", with: "```"))
        let misfits = track.misfits(changed)
        #expect(misfits.isEmpty == (word == nil))
        if let word { #expect(misfits.first?.contains(word) == true, "\(misfits)") }
    }

    @Test func anotherMachineOrGuestNoLongerFits() throws {
        let track = track(try lesson())
        let two = try LessonTests.lesson(goodSteps.replacing("~~~", with: "```"), matter: "vcpus: 2")
        #expect(track.misfits(two).first?.contains("2 vCPU") == true)
        var renamed = try lesson()
        renamed.machine.guest = "other.S"
        #expect(track.misfits(renamed).first?.contains("other.S") == true)
    }

    @Test func aTrackComesBackFromItsText() throws {
        var track = track(try lesson())
        track.stops[2].failure = "said \"no\"\n"
        #expect(LessonTrack(text: track.text) == track)
        #expect(LessonTrack(text: "{}") == nil)
        track.stops[0].end = 1
        #expect(LessonTrack(text: track.text) == nil)
    }
}
