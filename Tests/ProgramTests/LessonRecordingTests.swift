import Foundation
import Testing

/// The recordings that lessons bring along, on a machine without KVM.
@Suite("Lessons without KVM")
struct LessonRecordingTests {
    private static let names = ((try? FileManager.default.contentsOfDirectory(atPath: Program.lessons)) ?? [])
        .filter { FileManager.default.fileExists(atPath: "\(Program.lessons)/\($0)/lesson.md") }.sorted()
    private static let withoutKVM = ["KVMSCOPE_DEVICE": "/nowhere/kvm", "KVMSCOPE_LESSONS": Program.lessons]

    @Test(
        "Each lesson has a recording that fits it and its guest, and shows all that the lesson claims", arguments: names
    )
    func fits(name: String) throws {
        let result = try Program.kvmscope("check", "--replay", name, environment: Self.withoutKVM)
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        #expect(result.output.contains("all hold"))
    }

    @Test("A recording holds no path of the machine on which it was made, and is small", arguments: names)
    func isNeutral(name: String) throws {
        let path = "\(Program.lessons)/\(name)/recording.kvmscope"
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(bytes.count < 1 << 20)
        let folder = URL(fileURLWithPath: Program.lessons).deletingLastPathComponent().path
        #expect(bytes.range(of: Data(folder.utf8)) == nil)
    }

    @Test("A lesson's recording holds its branches: any replay shows them and lays them side by side")
    func branches() throws {
        let path = "\(Program.lessons)/10-what-if/recording.kvmscope"
        func replay(_ command: String) throws -> String {
            let result = try Program.kvmscope(
                "replay", path, "--plain", "-e", command, environment: Self.withoutKVM)
            #expect(result.status == 0, "\(result.errors)")
            return result.output
        }
        // The lesson ends in the first of its four runs, each of which has six exits.
        let list = try replay("branches").split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        for row in ["◆ 1 first run 6", "2 from exit 1 1 at event", "3 poke64 fuel = 7 2", "4 poke64 fuel = 7 3"] {
            #expect(list.count { $0.hasPrefix(row) } == 1, "\(row): \(list)")
        }
        #expect(try replay("compare 2").contains("No difference"))
        #expect(try replay("compare 4").contains("First difference: exit 3: rbx 0x6 and 0x7"))
        let exits = try Program.kvmscope("export", path, "--csv", "--branch", "4", environment: Self.withoutKVM)
        #expect(exits.output.split(whereSeparator: \.isNewline).count == 7)
    }

    @Test("A recording that does not fit its lesson any more is named, with what is different")
    func misfit() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "kvmscope-lessons-\(UUID().uuidString)")
        try FileManager.default.copyItem(at: URL(fileURLWithPath: Program.lessons), to: folder)
        defer { try? FileManager.default.removeItem(at: folder) }
        let environment = Self.withoutKVM.merging(["KVMSCOPE_LESSONS": folder.path]) { $1 }
        let guest = folder.appendingPathComponent("02-enter-exit/guest.S")
        try (String(contentsOf: guest, encoding: .utf8) + "\n# another line\n").write(
            to: guest, atomically: true, encoding: .utf8)
        let changed = try Program.kvmscope("check", "--replay", environment: environment)
        #expect(changed.status == 1)
        #expect(changed.output.contains("02-enter-exit"))
        #expect(changed.output.contains("guest.S has changed since it was recorded"))
        #expect(changed.output.contains("01-descriptors: ") && changed.output.contains("all hold"))
        try FileManager.default.removeItem(at: folder.appendingPathComponent("03-signal-pending/recording.kvmscope"))
        let missing = try Program.kvmscope("check", "--replay", "03", environment: environment)
        #expect(missing.status == 1)
        #expect(missing.output.contains("there is no such file"))
    }

    @Test("The screen opens a lesson from its recording, says REPLAY, and says why nothing else can be tried")
    func screen() throws {
        let guests = try Guests()
        let result = try Program.kvmscope(
            "lesson", "02", "--plain",
            environment: Self.withoutKVM.merging(["XDG_STATE_HOME": guests.folder.path]) { $1 }
        )
        #expect(result.status == 0)
        #expect(result.output.contains("REPLAY"))
        #expect(result.output.contains("Which instruction will be the first"))
        let menu = try Program.kvmscope("--plain", environment: Self.withoutKVM)
        #expect(menu.output.contains("REPLAY"))
        #expect(!menu.output.contains("not here"))
    }
}
