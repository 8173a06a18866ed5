import Foundation
import TestSupport
import Testing
import Timeline

@testable import Recording

@Suite("A file that is no whole recording")
struct DamageTests {
    private static func recorded(seed: UInt64, count: Int = 300) throws -> ScratchFile {
        let file = ScratchFile()
        var run = MadeUpRun(seed: seed)
        let recorder = try Recorder(path: file.path)
        for event in run.events(count) { recorder.append(event) }
        try recorder.finish()
        return file
    }

    /// One whose header says that a newer program wrote it.
    private static func newer(seed: UInt64) throws -> ScratchFile {
        let file = try recorded(seed: seed)
        var bytes = file.bytes
        bytes[63] = UInt8(Schema.version + 1)
        file.bytes = bytes
        return file
    }

    private static func refusal(_ path: String) -> RecordingError? {
        do throws(RecordingError) {
            _ = try RecordingReader(path: path)
            return nil
        } catch {
            return error
        }
    }

    @Test("is told apart: missing, empty, a folder, another program's")
    func foreign() throws {
        let file = ScratchFile()
        #expect(Self.refusal(file.path) == .unreadable(file.path, reason: "there is no such file"))
        file.bytes = []
        #expect(Self.refusal(file.path) == .empty(file.path))
        #expect(Self.refusal(file.folder) == .unreadable(file.folder, reason: "Is a directory"))
        file.bytes =
            Array("a text that is longer than the hundred bytes of a header, which is not that short".utf8)
            + [UInt8](repeating: 10, count: 100)
        #expect(Self.refusal(file.path) == .foreign(file.path))
        try FileManager.default.removeItem(atPath: file.path)
        try Rows.makeForeignDatabase(at: file.path)
        #expect(Self.refusal(file.path) == .foreign(file.path))
    }

    @Test("of a newer program is left alone, byte for byte")
    func newer() throws {
        let file = try Self.newer(seed: 1)
        let bytes = file.bytes
        #expect(Self.refusal(file.path) == .newer(file.path, version: Schema.version + 1))
        #expect(file.bytes == bytes)
        #expect(try FileManager.default.contentsOfDirectory(atPath: file.folder) == ["run.kvmscope"])
    }

    @Test("is not written over by a recording, unless it is one and that was asked for")
    func kept() throws {
        let file = ScratchFile()
        file.bytes = Array("precious".utf8)
        #expect(throws: RecordingError.exists(file.path)) { try Recorder(path: file.path, replaces: true) }
        #expect(file.bytes == Array("precious".utf8))
        let old = try Self.recorded(seed: 2)
        let bytes = old.bytes
        #expect(throws: RecordingError.self) { try Recorder(path: old.path) }
        #expect(old.bytes == bytes)
        try Recorder(path: old.path, replaces: true).finish()
        #expect(try RecordingReader(path: old.path).positions.isEmpty)
    }

    @Test("of a newer program is not replaced, and a folder that is not there is named")
    func unwritable() throws {
        let file = try Self.newer(seed: 4)
        let bytes = file.bytes
        func refusal(_ path: String) -> String {
            do throws(RecordingError) {
                try Recorder(path: path, replaces: true).finish()
                return ""
            } catch { return error.description }
        }
        #expect(refusal(file.path).contains("a newer kvmscope wrote the recording that is there"))
        #expect(file.bytes == bytes)
        #expect(refusal(file.folder + "/none/run.kvmscope").hasSuffix("there is no folder \(file.folder)/none"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: file.folder) == ["run.kvmscope"])
    }

    @Test("with bytes flipped is an error, or reads as what was recorded", arguments: 0..<8)
    func flipped(part: UInt64) throws {
        let whole = try Self.recorded(seed: part)
        let original = try RecordingReader(path: whole.path)
        let pictures = original.events(in: original.positions).map(Picture.init)
        let bytes = whole.bytes
        var random = Seeded(seed: part)
        let file = ScratchFile()
        var refused = 0
        for _ in 0..<40 {
            var damaged = bytes
            for _ in 0...random.below(6) { damaged[random.below(damaged.count)] ^= UInt8(1 << random.below(8)) }
            if random.once(in: 4) { damaged.removeLast(random.below(damaged.count)) }
            file.bytes = damaged
            do throws(RecordingError) {
                let reader = try RecordingReader(path: file.path)
                let timeline = Timeline(reader)
                for position in [0, 1, timeline.end / 2, timeline.end] {
                    _ = timeline.world(at: position).memory.bytes(at: 0, count: 64)
                }
                // A block that reads is one that was written; a page that cannot be read any more is not known.
                for position in 0..<min(timeline.end, pictures.count) {
                    guard let event = timeline[position] else { continue }
                    if case .memory = event.body { continue }
                    #expect(Picture(event) == pictures[position])
                }
            } catch {
                refused += 1
                #expect(!error.description.contains("\n"))
            }
            #expect(file.bytes == damaged)
        }
        #expect(refused > 0)
    }

    @Test("from whose ends events were taken away is an error, and shows no shorter run")
    func shortened() throws {
        let whole = try Self.recorded(seed: 3, count: 3000)
        let bytes = whole.bytes
        let file = ScratchFile()
        for condition in ["true", "first = 0", "first = (select max(first) from block)"] {
            file.bytes = bytes
            try Rows.change(file.path, "delete from block where \(condition)")
            guard case .damaged(_, let reason)? = Self.refusal(file.path) else {
                Issue.record("\(condition): it opened")
                continue
            }
            #expect(reason == "events are gone that it once held")
        }
    }

    private final class NoContents: ContentSource {
        func bytes(ofPage id: UInt64) -> [UInt8]? { nil }
        func part(_ id: UInt64) -> [UInt8]? { nil }
    }

    private final class OnePart: ContentSource {
        let part: [UInt8]
        init(_ part: [UInt8]) { self.part = part }
        func bytes(ofPage id: UInt64) -> [UInt8]? { [1, 2, 3] }
        func part(_ id: UInt64) -> [UInt8]? { part }
    }

    @Test("whose bytes were changed together with their sums never stops the program", arguments: 0..<6)
    func malice(seed: UInt64) throws {
        var run = MadeUpRun(seed: seed)
        let events = run.events(60)
        var encoder = EventBlockEncoder()
        var world = World()
        for event in events {
            try encoder.append(event)
            world.apply(event)
        }
        let block = encoder.packet.bytes(contents: encoder.packet.contents.map { _ in 1 }, parts: [])
        let keyframe = try Keyframe.packet(world)
        let frame = keyframe.bytes(contents: keyframe.contents.map { _ in 1 }, parts: keyframe.parts.map { _ in 1 })
        var random = Seeded(seed: seed)
        func damaged(_ bytes: [UInt8]) -> [UInt8] {
            var bytes = bytes
            for _ in 0...random.below(5) { bytes[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next()) }
            if random.once(in: 5) { bytes.removeLast(random.below(bytes.count)) }
            return bytes
        }
        var read = 0
        for _ in 0..<400 {
            if let events = try? EventBlockDecoder.events(in: damaged(block), count: 60, source: NoContents()) {
                var world = World()
                for event in events { world.apply(event) }
                read += 1
            }
            var world = try? Keyframe.world(in: damaged(frame), source: OnePart(damaged(keyframe.parts[1])))
            for event in events { world?.apply(event) }
        }
        #expect(read > 0)
    }
}
