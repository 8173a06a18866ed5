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
        // The moments are the vCPU's own, also where it ran before the program had said so.
        #expect(Set(exits.map(\.nanoseconds)).count == 25)
        let shown = try Program.kvmscope("replay", file, "--plain", "-e", "goto exit 3")
        #expect(shown.status == 0)
        #expect(shown.output.contains("REPLAY"))
        #expect(shown.output.contains("vCPU 0 · exit 3 · io out 0x3f8 41 'A' · console"))
        let refused = try Program.kvmscope("replay", file, "--plain", "-e", "poke 0x5000 = 1")
        #expect(refused.output.contains("replay"))
    }

    @Test(
        "in a file, memory that was read before the guest ran on is unknown, and no expectation passes or fails on it")
    func staleMemory() throws {
        let guests = try Guests()
        let guest = try guests.source(
            "count.S",
            "mov $5, %cl\n1: incb cnt(%rip)\n out %al, $0x80\n dec %cl\n jnz 1b\n hlt\ncnt: .byte 0\n")
        let file = guests.folder.appendingPathComponent("run.kvmscope").path
        #expect(try Program.kvmscope("record", guest, "-o", file).status == 0)
        for condition in ["mem8[cnt] == 0", "mem8[cnt] == 2", "mem8[cnt] != 7"] {
            let replay = try Program.kvmscope("replay", file, "--plain", "-e", "goto exit 2; expect \(condition)")
            #expect(replay.status == 1)
            #expect(replay.output.contains("expected \(condition); unknown: guest memory was read at event"))
        }
        let start = try Program.kvmscope("replay", file, "--plain", "-e", "goto start; expect mem8[cnt] == 5")
        #expect(start.status == 1)
    }

    @Test("a status that is not 0 has its reason in one line")
    func reasons() throws {
        let guests = try Guests()
        let guest = try guests.source("three.S", ".globl _start\n_start: mov $3, %al\n out %al, $0xf4\n")
        let file = guests.folder.appendingPathComponent("run.kvmscope").path
        let ended = try Program.kvmscope("record", guest, "-o", file)
        #expect(ended.status == 1)
        #expect(ended.errors == "kvmscope: the guest ended its run with code 3\n")
        let printed = try Program.kvmscope("run", guest, "--plain", environment: ["KVMSCOPE_DEVICE": "/nowhere/kvm"])
        #expect(printed.status == 3 && printed.output.isEmpty)
        #expect(printed.errors.contains("/nowhere/kvm") && printed.errors.split(separator: "\n").count == 1)
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
                "/usr/bin/env",
                ["timeout", "--foreground", "-s", "KILL", moment, Program.path, "record", guest, "-o", file])
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

    @Test("killed while the run goes from branch to branch, a recording opens and its branches hold together")
    func killedWithBranches() throws {
        let guests = try Guests()
        let guest = try guests.source("loop.S", Self.loop)
        let round = "step exit 4; back exit 2; resume; step exit 3; branch name again; branch 1;"
        let script = { (file: String) in "record \(file);" + String(repeating: round, count: 20) }
        let begin = Date()
        let whole = guests.folder.appendingPathComponent("whole.kvmscope").path
        let result = try Program.kvmscope("run", guest, "--plain", "-e", script(whole))
        let usual = Date().timeIntervalSince(begin)
        #expect(result.status == 0, "\(result.errors)")
        #expect(Timeline(try RecordingReader(path: whole)).branches.count == 21)
        var most = 0
        for round in 1...12 {
            let file = guests.folder.appendingPathComponent("run\(round).kvmscope").path
            let moment = "\(usual * Double(round) / 12)"
            _ = try Program.run(
                "/usr/bin/env",
                [
                    "timeout", "--foreground", "-s", "KILL", moment, Program.path, "run", guest, "--plain", "-e",
                    script(file),
                ])
            guard FileManager.default.fileExists(atPath: file) else { continue }
            let timeline = Timeline(try RecordingReader(path: file))
            most = max(most, timeline.branches.count)
            for branch in timeline.branches {
                let one = try #require(timeline.timeline(ofBranch: branch.id))
                var world = World()
                for position in 0..<one.end {
                    let event = try #require(one[position])
                    world.apply(event)
                }
                #expect(one.live.exitCount == world.exitCount && one.live.position == world.position)
                #expect(one.live.exitCount == branch.exits)
                #expect(branch.parent == nil || branch.fork <= one.end)
            }
        }
        #expect(most > 1)
    }

    @Test("a recording of several branches is replayed and exported by branch")
    func branches() throws {
        let guests = try Guests()
        let guest = try guests.source(
            "guest.S",
            """
                    .globl _start
            _start: mov $0x3f8, %dx
                    mov $3, %ecx
            1:      mov %ecx, %eax
                    add $'0', %al
                    out %al, (%dx)
                    loop 1b
                    hlt
            """)
        let file = guests.folder.appendingPathComponent("run.kvmscope").path
        let live = try Program.kvmscope(
            "run", guest, "--plain", "-e",
            "record \(file); step exit 4; goto exit 1; set rcx = 5; step exit 5; branch name other; compare 1")
        #expect(live.status == 0, "\(live.errors)")
        // The newest in view is shown, and they compare as they did.
        let replay = try Program.kvmscope("replay", file, "--plain", "-e", "compare 1")
        let difference = live.output.split(separator: "\n").first { $0.contains("First difference") }
        #expect(difference != nil)
        #expect(replay.output.split(separator: "\n").first { $0.contains("First difference") } == difference)
        let first = try Program.kvmscope("replay", file, "--plain", "-e", "branch 1; print branch.difference(2)")
        #expect(first.output.contains("branch 1") && first.output.contains("branch.difference(2) is 2"))
        let none = try Program.kvmscope("replay", file, "--plain", "-e", "branch 7")
        #expect(none.output.contains("there is no branch 7; there are 1, 2"))
        func exits(_ arguments: String...) throws -> Int {
            let export = try Program.run(Program.path, ["export", file, "--csv"] + arguments)
            #expect(export.status == 0, "\(export.errors)")
            return export.output.split(whereSeparator: \.isNewline).count - 1
        }
        #expect(try exits() == 6)
        #expect(try exits("--branch", "2") == 6)
        #expect(try exits("--branch", "1") == 4)
        #expect(try Program.kvmscope("export", file, "--csv", "--branch", "9").status == 2)
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
