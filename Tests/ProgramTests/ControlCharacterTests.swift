import Foundation
import Testing

/// Names, sources and recordings that a stranger made to steer the terminal.
@Suite("Nothing that is printed steers the terminal")
struct ControlCharacterTests {
    private static let poison = "\u{1B}]0;owned\u{7}\u{1B}[2J\u{9B}31m\u{7F}"

    /// The same as YAML spells it, which refuses the characters themselves.
    private static let inYAML = #"\e]0;owned\a\e[2J\x9b31m\x7f"#

    /// Escape, C1 controls and the like in what a program wrote, as a list to be shown; empty where there are none.
    private func controls(in result: Program.Result) -> [String] {
        (result.output + result.errors).unicodeScalars
            .filter { $0.properties.generalCategory == .control && $0 != "\n" && $0 != "\t" }
            .map { String($0.value, radix: 16) }
    }

    @Test(arguments: [
        ["trace", "no-\(poison).S"], ["run", "no-\(poison).S", "--plain"], ["walk", "no-\(poison)", "--address", "0"],
        ["replay", "no-\(poison)", "--plain"], ["export", "no-\(poison)", "--json"], ["check", "./no-\(poison)/"],
        ["lesson", "no-\(poison)"], ["doctor", "--device", "/dev/\(poison)"],
        ["doctor", "--json", "--device", "/dev/\(poison)"], ["--\(poison)"], ["trace", "--timeout", poison, "x.S"],
        ["run", "x.S", "-e", poison], ["record", "no.S", "-o", "/no/\(poison)"], [poison], ["help", poison],
    ])
    func whatIsNotThere(_ arguments: [String]) throws {
        let result = try Program.run(Program.path, arguments)
        #expect(controls(in: result) == [], "\(arguments)")
        #expect(!(result.output + result.errors).isEmpty)
    }

    @Test func whatTheToolsSayOfASource() throws {
        let guests = try Guests()
        let guest = try guests.source("bad\(Self.poison).S", "\(Self.poison) frob\n .include \"\(Self.poison)\"\n")
        for arguments in [["trace", guest], ["run", guest, "--plain"], ["trace", guest, "--json"]] {
            let result = try Program.run(Program.path, arguments)
            #expect(result.status == 1)
            #expect(controls(in: result) == [], "\(arguments)")
        }
    }

    /// A lesson whose every word is made to steer; its commands follow the console's.
    private static func lesson(_ guests: Guests, _ commands: String) throws -> String {
        let folder = guests.folder.appendingPathComponent("01-tell")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let bytes = Array(poison.utf8).map { "mov $\($0), %al\n out %al, %dx\n" }.joined()
        _ = try guests.source("01-tell/guest.S", ".globl _start\n_start: mov $0x3f8, %dx\n\(bytes) hlt\n")
        _ = try guests.source(
            "01-tell/lesson.md",
            """
            ---
            title: "Tell \(inYAML)"
            summary: "Text \(inYAML)"
            minutes: 1
            guest: guest.S
            mode: long
            vcpus: 1
            ---

            # Tell \(poison)

            ## Run \(poison)

            ```kvmscope
            step exit \(poison.utf8.count)
            print console
            \(commands)
            ```

            """)
        return folder.path
    }

    @Test(arguments: [[], ["--json"], ["--replay"], ["--replay", "--json"]])
    func whatALessonSaysThatIsWrong(_ options: [String]) throws {
        let guests = try Guests()
        let folder = try Self.lesson(guests, "expect \(Self.poison)\nfrob \(Self.poison)")
        let result = try Program.run(Program.path, ["check"] + options + [folder])
        #expect(result.status == 1)
        #expect(controls(in: result) == [])
        #expect(result.output.contains("lesson.md"), "\(result.output) \(result.errors)")
    }

    @Test(
        .enabled(if: Program.obstacle == nil, "\(Program.obstacle ?? "")"),
        arguments: [[], ["--json"], ["--replay"], ["--replay", "--json"]])
    func whatALessonsGuestPrints(_ options: [String]) throws {
        let guests = try Guests()
        // What does not hold cannot be recorded, so that the lesson is made false behind its recording.
        let folder = try Self.lesson(guests, "expect console.length > 0")
        let made = try Program.kvmscope("check", "--record", guests.folder.path, folder)
        #expect(made.status == 0 && controls(in: made) == [], "\(made.output) \(made.errors)")
        try FileManager.default.moveItem(
            atPath: "\(guests.folder.path)/01-tell.kvmscope", toPath: "\(folder)/recording.kvmscope")
        _ = try Self.lesson(guests, "expect console.length == 0\nexpect console == \"x\"")
        let result = try Program.run(Program.path, ["check"] + options + [folder])
        #expect(result.status == 1)
        #expect(controls(in: result) == [])
        #expect(result.output.contains("console is "), "\(result.output) \(result.errors)")
        #expect(result.output.contains("owned"), "\(result.output) \(result.errors)")
    }

    @Test(
        "A guest's bytes on a terminal, where a trace has its own form",
        .enabled(if: Program.obstacle == nil, "\(Program.obstacle ?? "")"))
    func onATerminal() throws {
        let guests = try Guests()
        let bytes = Array(Self.poison.utf8).map { "mov $\($0), %al\n out %al, %dx\n" }.joined()
        let guest = try guests.source("tell.S", ".globl _start\n_start: mov $0x3f8, %dx\n\(bytes) hlt\n")
        let file = guests.folder.path + "/run.kvmscope"
        #expect(try Program.kvmscope("record", guest, "-o", file).status == 0)
        for command in [
            "trace '\(guest)'", "trace --json '\(guest)'", "export --csv '\(file)'", "export --svg '\(file)'",
        ] {
            // script(1) gives the program a terminal, and keeps what came there.
            let kept = guests.folder.path + "/kept"
            let result = try Program.run(
                "/usr/bin/env", ["script", "-qec", "stty -opost; '\(Program.path)' \(command)", kept])
            #expect(result.status == 0, "\(command)")
            let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: kept)), as: UTF8.self)
            #expect(text.contains("io"), "\(command): \(text)")
            #expect(!text.unicodeScalars.contains { [0x1B, 0x07, 0x9B, 0x7F].contains($0.value) }, "\(command)")
        }
    }

    @Test func whatSQLiteSaysOfAFile() throws {
        let guests = try Guests()
        let file = try guests.source("damaged\(Self.poison).kvmscope", "SQLite format 3\0\(Self.poison)")
        for command in [["replay", file, "--plain"], ["export", file, "--csv"]] {
            #expect(controls(in: try Program.run(Program.path, command)) == [], "\(command)")
        }
    }

    @Test(.enabled(if: Program.obstacle == nil, "\(Program.obstacle ?? "")"))
    func whatAGuestPrintsAndIsCalled() throws {
        let guests = try Guests()
        let bytes = Array("\(Self.poison)".utf8).map { "mov $\($0), %al\n out %al, %dx\n" }.joined()
        let guest = try guests.source("tell\(Self.poison).S", "mov $0x3f8, %dx\n\(bytes) hlt\n")
        for arguments in [
            ["trace", guest], ["trace", guest, "--json"], ["run", guest, "--plain", "-e", "continue; print console"],
            ["run", guest, "--json", "-e", "continue; print console"],
        ] {
            let result = try Program.run(Program.path, arguments)
            #expect(result.status == 0, "\(result.errors)")
            #expect(controls(in: result) == [], "\(arguments)")
            // A trace keeps the guest's bytes, escaped; the panes show their pictures.
            if arguments == ["trace", guest, "--json"] {
                #expect(result.output.contains("\\u001b") && result.output.contains("\\u009b"))
            }
        }
    }
}
