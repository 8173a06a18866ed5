import Command
import Explorer
import Foundation
import Glibc
import Machine
import Recording
import Screen
import Session
import Testing
import Timeline

/// A real machine that is set back while it is recorded, and the file that comes of it.
@Suite("Branches in a file", .serialized, .enabled(if: access("/dev/kvm", R_OK | W_OK) == 0, "needs a usable /dev/kvm"))
struct BranchJourneyTests {
    private static let source = """
        .globl _start
        _start: mov $0x3f8, %dx
                mov $6, %ecx
        1:      mov 0x200000, %al
                add %cl, %al
                add $'0', %al
                out %al, (%dx)
                mov %rcx, 0x201000(,%rcx,8)
                loop 1b
                hlt
        """

    /// A screen on which somebody looks at a branch from an exit.
    private static func screen(_ timeline: Timeline, exit: Int) -> Grid {
        var model = Model(
            timeline: timeline, width: 120, height: 40, environment: .init(isReplay: true))
        for command in [Command.show(.memory), .show(.console), .goTo(.exit(exit))] {
            _ = update(&model, .command(command))
        }
        return model.grid
    }

    @Test("each branch of the file shows what it showed on the machine, cell for cell", arguments: [false, true])
    func same(late: Bool) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("kvmscope-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let guest = folder.appendingPathComponent("guest.S").path
        try Self.source.write(toFile: guest, atomically: true, encoding: .utf8)
        let path = folder.appendingPathComponent("run.kvmscope").path
        let session = Session(SessionConfiguration(image: try Guest(path: guest, mode: .long).image()))
        defer { session.close() }
        var recorder: Recorder?
        func begin() throws {
            let new = try Recorder(path: path, after: session.timeline)
            #expect(new.omitted.isEmpty)
            (recorder, session.recorder) = (new, new)
        }
        func give(_ line: String) throws {
            let outcome = session.performAndWait(try Command(parsing: line))
            if case .refused(let reason) = outcome { Issue.record("\(line): \(reason)") }
        }
        if !late { try begin() }
        for line in ["build", "step exit 4"] { try give(line) }
        let timeline = session.timeline
        // Back two exits, and on from there.
        var cursor = timeline.end
        for _ in 0..<2 { cursor = try #require(timeline.cursor(before: cursor, boundary: .exit, vcpu: 0)) }
        try give("resume \(cursor)")
        if late { try begin() }
        // What the screen does with a poke in the past.
        try give("step exit 2")
        cursor = try #require(timeline.cursor(before: timeline.end, boundary: .exit, vcpu: 0))
        try give("resume \(cursor)")
        for line in ["poke 0x200000 = 3", "continue", "branch 1", "branch name \"as it was\"", "continue"] {
            try give(line)
        }
        let comparison = try #require(BranchComparison(timeline, with: 3))
        #expect(comparison.difference != nil)
        session.close()
        session.recorder = nil
        try recorder?.finish()

        let replay = Timeline(try RecordingReader(path: path))
        #expect(replay.branches == timeline.branches)
        #expect(
            replay.branch == 1 && replay.branches.map(\.name) == ["as it was", "from exit 2", "poke8 0x200000 = 3"])
        let again = try #require(BranchComparison(replay, with: 3))
        #expect(again.difference == comparison.difference && again.rows.count == comparison.rows.count)
        for branch in [1, 3, 2] {
            #expect(timeline.select(branch: branch) && replay.select(branch: branch))
            for exit in 1...timeline.live.exitCount {
                let (then, now) = (Self.screen(timeline, exit: exit), Self.screen(replay, exit: exit))
                for (row, (one, other)) in zip(
                    then.text.split(separator: "\n"), now.text.split(separator: "\n")
                ).enumerated() { #expect(one == other, "branch \(branch), exit \(exit), row \(row)") }
                #expect(then == now)
            }
        }
    }
}
