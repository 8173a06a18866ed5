import Foundation
import Recording
import Testing
import Timeline

@Suite("record and replay", .enabled(if: Program.obstacle == nil, "\(Program.obstacle ?? "")"))
struct RecordingTests {
    private static let loop = """
                .globl _start
        _start: mov $0x3f8, %dx
        1:      mov $'A', %al
                out %al, (%dx)
                jmp 1b
        """

    @Test("what was recorded is replayed with the same exits, and asked for in SQL's columns")
    func replay() throws {
        let guests = try Guests()
        let guest = try guests.source("loop.S", Self.loop)
        let file = guests.folder.appendingPathComponent("run.kvmscope").path
        let recorded = try Program.kvmscope("record", guest, "-o", file, "--max-exits", "25")
        #expect(recorded.status == 0, "\(recorded.errors)")
        let reader = try RecordingReader(path: file)
        let exits = reader.events(in: reader.positions).filter { $0.kind == .exit }
        #expect(exits.count == 25)
        let shown = try Program.kvmscope("replay", file, "--plain", "-e", "goto exit 3")
        #expect(shown.status == 0)
        #expect(shown.output.contains("REPLAY"))
        #expect(shown.output.contains("vCPU 0 · exit 3 · io out 0x3f8 41 'A' · console"))
        let refused = try Program.kvmscope("replay", file, "--plain", "-e", "poke 0x5000 = 1")
        #expect(refused.output.contains("replay"))
    }

    @Test("a file that is no recording is one line and status 1")
    func foreign() throws {
        let guests = try Guests()
        let result = try Program.kvmscope("replay", try guests.source("guest.S", Self.loop))
        #expect(result.status == 1)
        #expect(result.errors.split(separator: "\n").count == 1)
    }

    @Test("killed at any moment, a recording opens and holds a beginning of the run")
    func killed() throws {
        let guests = try Guests()
        let guest = try guests.source("loop.S", Self.loop)
        let begin = Date()
        let whole = guests.folder.appendingPathComponent("whole.kvmscope").path
        _ = try Program.kvmscope("record", guest, "-o", whole, "--max-exits", "100")
        let usual = Date().timeIntervalSince(begin)
        var readable = 0
        for round in 0..<12 {
            let file = guests.folder.appendingPathComponent("run\(round).kvmscope").path
            // Any moment: while the file is made, between two batches or within one.
            let moment = "\(usual * (0.4 + 0.3 * Double(round)))"
            _ = try Program.run(
                "/usr/bin/env", ["timeout", "-s", "KILL", moment, Program.path, "record", guest, "-o", file])
            guard FileManager.default.fileExists(atPath: file) else { continue }
            let reader = try RecordingReader(path: file)
            readable += 1
            let events = reader.events(in: reader.positions)
            #expect(events.count == reader.positions.count)
            #expect(zip(events, events.dropFirst()).allSatisfy { $0.nanoseconds <= $1.nanoseconds })
            var world = World()
            for event in events { world.apply(event) }
            #expect(Timeline(reader).live.exitCount == world.exitCount)
            #expect(Timeline(reader).live.position == world.position)
        }
        #expect(readable > 0)
    }

    @Test("a full disk ends the recording with a line, and not the guest")
    func full() throws {
        let guests = try Guests()
        let guest = try guests.source("loop.S", Self.loop)
        let file = guests.folder.appendingPathComponent("run.kvmscope").path
        // The limit of file sizes answers as a full disk does, and needs no file system of its own.
        let result = try Program.run(
            "/bin/bash",
            [
                "-c", "ulimit -f 600; exec \"$0\" \"$@\"", Program.path, "record", guest, "-o", file, "--max-exits",
                "60000",
            ])
        #expect(result.status == 1)
        #expect(result.errors.contains("cannot be written: the disk is full"), "\(result.errors)")
        let reader = try RecordingReader(path: file)
        #expect(reader.positions.count < 60000)
        #expect(reader.events(in: reader.positions).count == reader.positions.count)
    }
}
