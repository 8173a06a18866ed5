import Foundation
import Testing

@testable import Recording
@testable import Timeline

@Suite("A run that is being recorded")
struct ReadBackTests {
    /// A timeline with little room beside one that keeps everything, both with the same events.
    private final class Run {
        let timeline = Timeline(capacity: 4096, pageCapacity: 1024, reach: 1 << 20)
        let whole = Timeline(capacity: 1 << 20, pageCapacity: 1 << 20)
        private var made = MadeUpRun(seed: 5)
        private let ordinary: [Event]
        private var count = 0

        init() {
            // Without those that make each state dear: what counts here is where events lie.
            ordinary = made.ordinary(3000).filter { event in
                switch event.kind {
                case .ioctl, .exit, .console: true
                default: false
                }
            }
        }

        func append(_ number: Int, to recorder: Recorder?) {
            for _ in 0..<number {
                var event = ordinary[count % ordinary.count]
                event.nanoseconds = UInt64(count)
                count += 1
                recorder?.append(event)
                timeline.append(event)
                whole.append(event)
            }
        }

        /// All that a keyframe keeps of a state without pages.
        private static func bytes(_ world: World) throws -> [[UInt8]] {
            let packet = try Keyframe.packet(world)
            return packet.parts + [packet.bytes(contents: [], parts: [])]
        }

        /// Until all that was appended is in the file.
        func settle(_ recorder: Recorder, _ count: Int) throws {
            for _ in 0..<1000 where recorder.count < count { usleep(10_000) }
            try #require(recorder.count >= count)
        }

        /// Compares the events, and the states at some positions, with the one that keeps everything.
        func compare(states: Int = 4) throws {
            #expect(timeline.end == whole.end)
            var seen = timeline.first
            let different = timeline.next(in: 0..<timeline.end) { position, event in
                defer { seen += 1 }
                let other = whole[position]
                return position != seen || other?.nanoseconds != event.nanoseconds || other?.kind != event.kind
            }
            #expect(different == nil)
            #expect(seen == timeline.end)
            let step = max(1, (timeline.end - timeline.first) / states)
            for position in stride(from: timeline.first, through: timeline.end, by: step) {
                let (here, there) = (timeline.world(at: position), whole.world(at: position))
                #expect(try Self.bytes(here) == Self.bytes(there), "at \(position)")
                #expect(timeline.tag(at: position) == whole.tag(at: position))
            }
        }
    }

    @Test("shows every position, though few events are in memory, while it is written and afterwards")
    func everyPosition() throws {
        let (run, file) = (Run(), ScratchFile())
        run.append(500, to: nil)
        let recorder = try Recorder(path: file.path, after: run.timeline)
        run.timeline.readBack(from: recorder.source)
        for part in 1...3 {
            run.append(10_000, to: recorder)
            try run.settle(recorder, part * 10_000 + 500)
        }
        #expect(run.timeline.first == 0)
        try run.compare()
        #expect(run.timeline.eventsInMemory <= LoadedChunks.capacity + 3 * Timeline.chunkSize)
        // From the newest back, over the border between memory and file.
        var expected = run.timeline.end
        let gap = run.timeline.last(in: 0..<run.timeline.end) { position, _ in
            expected -= 1
            return position != expected
        }
        #expect(gap == nil && expected == 0)
        try recorder.finish()
        #expect(run.timeline.first == 0)
        try run.compare(states: 3)
        // The file is as complete as without a reader.
        #expect(try RecordingReader(path: file.path).positions == 0..<30_500)
        #expect(!FileManager.default.fileExists(atPath: file.path + "-wal"))
    }

    @Test("that goes on when the recording has ended shows what lies behind the gap, and nothing wrong")
    func gap() throws {
        let (run, file) = (Run(), ScratchFile())
        let recorder = try Recorder(path: file.path, after: run.timeline)
        run.timeline.readBack(from: recorder.source)
        run.append(20_000, to: recorder)
        try recorder.finish()
        run.append(2000, to: nil)
        #expect(run.timeline.first == 0)
        try run.compare()
        run.append(20_000, to: nil)
        #expect(run.timeline.first > 20_000)
        try run.compare()
        // A second recording begins with what is kept.
        let (next, first) = (ScratchFile(), run.timeline.first)
        let second = try Recorder(path: next.path, after: run.timeline)
        run.timeline.readBack(from: second.source)
        run.append(20_000, to: second)
        try second.finish()
        #expect(run.timeline.first == first)
        try run.compare()
    }

    @Test("that is set back and goes on otherwise shows no other branch's events")
    func forks() throws {
        let (run, file) = (Run(), ScratchFile())
        let recorder = try Recorder(path: file.path, after: run.timeline)
        run.timeline.readBack(from: recorder.source)
        run.append(20_000, to: recorder)
        try run.settle(recorder, 20_000)
        for timeline in [run.timeline, run.whole] { timeline.fork(at: 7000, name: "other") }
        run.append(9000, to: recorder)
        try run.settle(recorder, 29_000)
        run.append(9000, to: recorder)
        try run.compare()
        for timeline in [run.timeline, run.whole] { #expect(timeline.select(branch: 1)) }
        #expect(run.timeline.first == 0)
        try run.compare()
        run.append(15_000, to: recorder)
        try run.compare()
        try recorder.finish()
    }

    @Test("keeps no more positions in reach than it was told")
    func reach() throws {
        let file = ScratchFile()
        let timeline = Timeline(capacity: 4096, reach: 16_384)
        let recorder = try Recorder(path: file.path, after: timeline)
        timeline.readBack(from: recorder.source)
        for index in 0..<60_000 {
            let event = Event(nanoseconds: UInt64(index), .mark("m"))
            recorder.append(event)
            timeline.append(event)
            if index % 10_000 == 9999 { while recorder.count <= index { usleep(1000) } }
        }
        #expect(timeline.end - timeline.first >= 16_384)
        #expect(timeline.end - timeline.first <= 16_384 * 9 / 8 + Timeline.chunkSize)
        #expect(timeline[timeline.first]?.nanoseconds == UInt64(timeline.first))
        #expect(timeline[timeline.first - 1] == nil)
        #expect(timeline.world(at: 0).position == timeline.first)
        try recorder.finish()
    }
}
