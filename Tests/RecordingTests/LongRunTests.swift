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
        #expect(chunks.eventCount <= LoadedChunks.capacity * Timeline.chunkSize)
    }
}
