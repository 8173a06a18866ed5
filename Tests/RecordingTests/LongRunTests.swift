import Testing

@testable import Recording
@testable import Timeline

@Suite("A long recording")
struct LongRunTests {
    private static let length = 60_000

    /// One file for all of these tests.
    private static let file: Result<ScratchFile, any Error> = Result {
        let file = ScratchFile()
        var run = MadeUpRun(seed: 9)
        let recorder = try Recorder(path: file.path)
        // The same thousand over and over: what counts here is how many there are.
        let events = run.ordinary(1000)
        for index in 0..<length {
            var event = events[index % events.count]
            event.nanoseconds = UInt64(index)
            recorder.append(event)
        }
        try recorder.finish()
        return file
    }

    @Test("is there to the last event, in rows and in blocks")
    func whole() throws {
        let file = try Self.file.get()
        #expect(try RecordingReader(path: file.path).positions == 0..<Self.length)
        #expect(try Rows.count("event", in: file) == Self.length)
    }

    @Test("opens without reading events, and reads no more than a few blocks for a jump")
    func jumps() throws {
        let reader = try RecordingReader(path: try Self.file.get().path)
        let timeline = Timeline(reader)
        let bound = BatchWriter.keyframeInterval + 3 * BatchWriter.blockSize
        #expect(reader.decodedCount <= bound)
        for position in [43_456, 7, 59_999, 16_383, 16_384, 30_000] {
            let before = reader.decodedCount
            #expect(timeline.world(at: position).position == position)
            _ = timeline[position]
            #expect(reader.decodedCount - before <= bound)
        }
    }

    @Test("looks for exits without reading what lies between")
    func kinds() throws {
        let reader = try RecordingReader(path: try Self.file.get().path)
        let timeline = Timeline(reader)
        let before = reader.decodedCount
        #expect(timeline.next(from: 0, of: [.end]) == nil)
        #expect(timeline.last(before: timeline.end, of: [.start]) == nil)
        #expect(reader.decodedCount == before)
    }

    @Test("keeps few events in memory, however many are looked at")
    func memory() throws {
        let chunks = LoadedChunks(try RecordingReader(path: try Self.file.get().path))
        for position in stride(from: 0, to: Self.length, by: 1000) { _ = chunks.chunk(of: position) }
        #expect(chunks.eventCount <= LoadedChunks.capacity)
        #expect(chunks.eventCount > LoadedChunks.capacity - BatchWriter.blockSize)
    }

    @Test("is searched from end to end by reading each event once, in either direction")
    func searching() throws {
        let reader = try RecordingReader(path: try Self.file.get().path)
        let timeline = Timeline(reader)
        for isForward in [true, false] {
            let before = reader.decodedCount
            var seen: [Int] = []
            let isNone = { (position: Int, _: Event) in
                seen.append(position)
                return false
            }
            let all = 0..<Self.length
            #expect((isForward ? timeline.next(in: all, where: isNone) : timeline.last(in: all, where: isNone)) == nil)
            #expect(seen == (isForward ? Array(all) : all.reversed()))
            #expect(reader.decodedCount - before <= Self.length)
        }
        // Of a range, no more than the blocks that it touches.
        let before = reader.decodedCount
        #expect(timeline.next(in: 20_000..<20_100, where: { position, _ in position == 20_050 }) == 20_050)
        #expect(timeline.last(in: 20_000..<20_100, where: { position, _ in position < 20_050 }) == 20_049)
        #expect(reader.decodedCount - before <= 2 * BatchWriter.blockSize)
    }

    @Test("of a program that wrote larger blocks shows the same")
    func largerBlocks() throws {
        let timeline = Timeline(try RecordingReader(path: try Self.file.get().path))
        let count = 10_000
        let file = ScratchFile()
        let written = try RecordingFile.create(at: file.path, replaces: false, about: [:])
        let writer = BatchWriter(written.queue, first: 0, before: World(), blockSize: 4096)
        try writer.write((0..<count).compactMap { timeline[$0] }, isLast: true)
        try written.close()
        let reader = try RecordingReader(path: file.path)
        #expect(reader.block(of: 3000).count > BatchWriter.blockSize)
        let older = Timeline(reader)
        for position in stride(from: 5, to: count, by: 2477) {
            #expect(
                try RoundTripTests.digest(older.world(at: position))
                    == RoundTripTests.digest(timeline.world(at: position)))
        }
    }
}
