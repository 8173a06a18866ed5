import GRDB
import TestSupport
import Testing
import Timeline

@testable import Recording

@Suite("A recording with branches")
struct BranchFileTests {
    /// A run that is set back now and then, goes to other branches and names them, with a recorder that may begin late.
    private struct Run {
        var timeline: Timeline
        var recorder: Recorder?
        var run: MadeUpRun
        var random: Seeded

        init(seed: UInt64, capacity: Int = 1 << 18) {
            timeline = Timeline(capacity: capacity)
            run = MadeUpRun(seed: seed)
            random = Seeded(seed: seed &+ 77)
        }

        mutating func append(_ count: Int) {
            for event in run.events(count) {
                timeline.append(event)
                recorder?.append(event)
            }
        }

        func tell(isNew: Bool) {
            guard let branch = timeline.branch(timeline.branch) else { return }
            recorder?.turn(to: branch, isNew: isNew, world: timeline.live)
        }

        mutating func fork() {
            let cursor = timeline.first + random.below(timeline.end - timeline.first + 1)
            timeline.fork(at: cursor, name: "from \(cursor) '\(random.below(9))'")
            tell(isNew: true)
        }

        mutating func step() {
            switch random.below(8) {
            case 0, 1: fork()
            case 2:
                let all = timeline.branches
                _ = timeline.select(branch: all[random.below(all.count)].id)
                tell(isNew: false)
            case 3:
                timeline.rename(branch: timeline.branch, to: "name \(random.below(100)) ü")
                tell(isNew: false)
            default: append(random.below(700))
            }
        }
    }

    private static func expectSame(_ live: Timeline, _ replay: Timeline, seed: UInt64) throws {
        #expect(replay.branch == live.branch)
        #expect(replay.branches == live.branches)
        var random = Seeded(seed: seed)
        for branch in live.branches {
            let before = try #require(live.timeline(ofBranch: branch.id))
            let after = try #require(replay.timeline(ofBranch: branch.id))
            #expect(after.end == before.end && after.first <= before.first)
            for position in before.first..<before.end {
                let (one, other) = (before[position], after[position])
                #expect(one.map(Picture.init) == other.map(Picture.init), "branch \(branch.id), \(position)")
                #expect(before.tag(at: position) == after.tag(at: position))
            }
            var places = [before.first, before.end, branch.fork, max(before.first, branch.fork - 1)]
            for _ in 0..<6 { places.append(before.first + random.below(before.end - before.first + 1)) }
            for place in places where place >= before.first {
                #expect(
                    try RoundTripTests.digest(after.world(at: place)) == RoundTripTests.digest(before.world(at: place)),
                    "branch \(branch.id) at \(place)")
            }
            for other in live.branches {
                #expect(
                    live.sharedEvents(of: branch.id, and: other.id) == replay.sharedEvents(of: branch.id, and: other.id)
                )
            }
        }
    }

    @Test("gives back the events and the states of each of them", arguments: 1..<7 as Range<UInt64>)
    func branches(seed: UInt64) throws {
        let file = ScratchFile()
        var run = Run(seed: seed)
        run.recorder = try Recorder(path: file.path)
        run.append(300)
        for _ in 0..<30 { run.step() }
        try run.recorder?.finish()
        #expect(run.timeline.branches.count > 3)
        let reader = try RecordingReader(path: file.path)
        try Self.expectSame(run.timeline, Timeline(reader), seed: seed)
        // A branch alone is what the timeline has of it.
        for branch in run.timeline.branches {
            let alone = try #require(reader.events(ofBranch: branch.id))
            #expect(alone.positions == 0..<branch.end && alone.tags.count == branch.end)
        }
        #expect(reader.events(ofBranch: nil)?.positions.upperBound == run.timeline.end)
        #expect(reader.events(ofBranch: 999) == nil)
    }

    @Test("that was begun when there were several has those too", arguments: 11..<17 as Range<UInt64>)
    func late(seed: UInt64) throws {
        let file = ScratchFile()
        var run = Run(seed: seed)
        run.append(300)
        for _ in 0..<15 { run.step() }
        let recorder = try Recorder(path: file.path, after: run.timeline)
        #expect(recorder.omitted.isEmpty)
        run.recorder = recorder
        for _ in 0..<15 { run.step() }
        try recorder.finish()
        try Self.expectSame(run.timeline, Timeline(try RecordingReader(path: file.path)), seed: seed)
    }

    @Test("has the branch in view at least, where the past of the others is not kept whole")
    func lateWithoutPast() throws {
        let file = ScratchFile()
        var run = Run(seed: 21, capacity: 4096)
        run.append(3000)
        run.timeline.fork(at: run.timeline.end - 100, name: "two")
        // So far that what it shares with the first is gone.
        run.append(30_000)
        #expect(run.timeline.first > 3000 && run.timeline.branches.count == 2)
        let recorder = try Recorder(path: file.path, after: run.timeline)
        #expect(recorder.omitted == [1])
        run.recorder = recorder
        run.append(500)
        run.fork()
        run.append(20)
        try recorder.finish()
        let replay = Timeline(try RecordingReader(path: file.path))
        #expect(replay.branches.map(\.id) == [2, 3] && replay.branch(2)?.name == "two")
        #expect(replay.branch == 3 && replay.end == run.timeline.end)
        #expect(replay.branch(3)?.fork == run.timeline.branch(3)?.fork)
        for position in [replay.first, replay.end - 600, replay.end - 1, replay.end]
        where position >= run.timeline.first {
            #expect(
                try RoundTripTests.digest(replay.world(at: position))
                    == RoundTripTests.digest(run.timeline.world(at: position)))
        }
    }

    @Test("is of a format that older programs refuse, and a run without them is not")
    func version() throws {
        let (plain, branched) = (ScratchFile(), ScratchFile())
        var run = Run(seed: 31)
        run.recorder = try Recorder(path: plain.path)
        run.append(50)
        try run.recorder?.finish()
        #expect(FileHeader.look(at: plain.path) == .recording(version: 1))
        run = Run(seed: 31)
        run.recorder = try Recorder(path: branched.path)
        run.append(50)
        run.fork()
        try run.recorder?.finish()
        #expect(FileHeader.look(at: branched.path) == .recording(version: 2))
        #expect(try Rows.count("turn", in: plain) == 0)
        #expect(try Rows.count("turn", in: branched) == 1)
        // Files of the time before there were turns have not even the table.
        try DatabaseQueue(path: plain.path).write { db in try db.execute(sql: "drop table turn") }
        #expect(Timeline(try RecordingReader(path: plain.path)).branches.map(\.end) == [50])
    }

    @Test(
        "whose turns make no sense is an error in one line",
        arguments: [
            "update turn set fork = 1000", "update turn set name = 'other'", "update turn set position = position + 1",
            "update turn set branch = 1", "delete from turn where id = 1", "update turn set sum = 0",
            "update turn set branch = 'x'", "update turn set fork = null where id = 1",
        ])
    func damaged(sql: String) throws {
        let file = ScratchFile()
        var run = Run(seed: 41)
        run.recorder = try Recorder(path: file.path)
        run.append(40)
        run.fork()
        run.append(40)
        _ = run.timeline.select(branch: 1)
        run.tell(isNew: false)
        run.timeline.fork(at: 5, name: "three")
        run.tell(isNew: true)
        _ = run.timeline.select(branch: 2)
        run.tell(isNew: false)
        run.append(10)
        try run.recorder?.finish()
        #expect(Timeline(try RecordingReader(path: file.path)).branches == run.timeline.branches)
        try DatabaseQueue(path: file.path).write { db in try db.execute(sql: sql) }
        do throws(RecordingError) {
            _ = try RecordingReader(path: file.path)
            Issue.record("it opened")
        } catch {
            if case .damaged = error {} else { Issue.record("\(error)") }
            #expect(!error.description.contains("\n"))
        }
    }

    @Test("turns whose sums are right are looked at too")
    func contradictions() {
        func fault(_ turns: [BranchTurn]) -> Bool { (try? BranchedLog(turns, over: 0..<100)) == nil }
        #expect(!fault([.init(position: 50, branch: 2, fork: 50, name: "")]))
        #expect(fault([.init(position: 50, branch: 2, fork: 51, name: "")]))
        #expect(fault([.init(position: 101, branch: 2, fork: 5, name: "")]))
        #expect(fault([.init(position: 50, branch: 3, name: "")]))
        #expect(fault([.init(position: 50, branch: 1, fork: 3, name: "")]))
        #expect(fault([.init(position: 50, branch: 0, fork: 3, name: "")]))
        #expect(fault([.init(position: 50, branch: 2, fork: 3, name: ""), .init(position: 49, branch: 1, name: "")]))
        // The second was begun at 50 and shares 3; ten of its own make 13.
        #expect(
            fault([
                .init(position: 50, branch: 2, fork: 3, name: ""), .init(position: 60, branch: 3, fork: 14, name: ""),
            ]))
        #expect(
            !fault([
                .init(position: 50, branch: 2, fork: 3, name: ""), .init(position: 60, branch: 3, fork: 13, name: ""),
            ]))
    }
}
