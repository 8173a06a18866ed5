import TestSupport
import Testing
import Timeline

@testable import Recording

@Suite("A recording")
struct RoundTripTests {
    /// Records events and opens the file.
    static func recorded(_ events: [Event], in file: ScratchFile) throws -> RecordingReader {
        let recorder = try Recorder(path: file.path)
        for event in events { recorder.append(event) }
        try recorder.finish()
        return try RecordingReader(path: file.path)
    }

    @Test("gives back every event of every kind, field by field")
    func events() throws {
        var run = MadeUpRun(seed: 1)
        let events = EventKind.allCases.flatMap { kind in (0..<40).map { _ in run.event(of: kind) } }
        let file = ScratchFile()
        let reader = try Self.recorded(events, in: file)
        #expect(reader.positions == 0..<events.count)
        let back = reader.events(in: reader.positions)
        try #require(back.count == events.count)
        for (before, after) in zip(events, back) {
            #expect(Picture(before) == Picture(after))
        }
        #expect(reader.tags == events.map { EventTag($0).rawValue })
    }

    @Test("shows at every position the world that the run showed", arguments: [2, 3, 4])
    func worlds(seed: UInt64) throws {
        var run = MadeUpRun(seed: seed)
        let events = run.events(9000)
        let live = Timeline()
        for event in events { live.append(event) }
        let file = ScratchFile()
        let replay = Timeline(try Self.recorded(events, in: file))
        #expect(replay.first == live.first)
        #expect(replay.end == live.end)
        var random = Seeded(seed: seed)
        for position in [0, 1, 4095, 4096, 4097, 8192, 8999, 9000] + (0..<40).map({ _ in random.below(9000) }) {
            #expect(try Self.digest(replay.world(at: position)) == Self.digest(live.world(at: position)))
        }
    }

    @Test("that is begun late holds what the timeline still keeps, under the same numbers")
    func late() throws {
        var run = MadeUpRun(seed: 5)
        let events = run.events(20_000)
        let live = Timeline(capacity: 8192)
        for event in events.prefix(15_000) { live.append(event) }
        #expect(live.first > 0)
        let first = live.first
        let file = ScratchFile()
        let recorder = try Recorder(path: file.path, after: live)
        for event in events.dropFirst(15_000) {
            live.append(event)
            recorder.append(event)
        }
        try recorder.finish()
        let replay = Timeline(try RecordingReader(path: file.path))
        #expect(replay.first == first)
        #expect(replay.end == 20_000)
        for position in [first, first + 1, 12_345, 15_000, 19_999, 20_000] where position >= live.first {
            #expect(try Self.digest(replay.world(at: position)) == Self.digest(live.world(at: position)))
        }
    }

    @Test("keeps an event of a kind that nobody here knows, with its number, its name and its bytes")
    func unknown() throws {
        let file = ScratchFile()
        let strange = Event(nanoseconds: 5, .unknown(UnknownEvent(code: 60, bytes: Bytes([1, 2, 250, 0, 9]))))
        var run = MadeUpRun(seed: 6)
        let events = [run.event(of: .exit), strange, run.event(of: .exit)]
        let reader = try Self.recorded(events, in: file)
        let back = reader.events(in: reader.positions)
        guard case .unknown(let event) = back[1].body else {
            Issue.record("read as \(back[1].body)")
            return
        }
        #expect(event.code == 60)
        #expect(event.bytes == Bytes([1, 2, 250, 0, 9]))
        #expect(Picture(back[2]) == Picture(events[2]))
    }

    @Test("stores each content of a page once")
    func pages() throws {
        let file = ScratchFile()
        let events = (0..<50).map { index in
            Event(
                nanoseconds: 0,
                .memory([
                    MemoryPage(
                        frame: UInt64(index), content: PageContent([UInt8](repeating: UInt8(index % 3), count: 4096)))
                ]))
        }
        _ = try Self.recorded(events, in: file)
        #expect(try Rows.count("page", in: file) == 3)
    }

    /// All that a world holds, as the bytes of its keyframe with contents written out.
    static func digest(_ world: World) throws -> [[UInt8]] {
        let packet = try Keyframe.packet(world)
        // Equal contents may be one object here and several there, so the pages are compared one by one.
        let pages = world.memory.pages.sorted { $0.key < $1.key }.map { $0.value.bytes }
        let changed = world.memory.changed.sorted { $0.key < $1.key }.map { $0.value?.bytes ?? [0xFF] }
        return packet.parts + pages + changed + [Array("\(world.memory.readCount)".utf8)] + [Picture.text(of: world)]
    }
}
