import Foundation
import Testing

/// `new` and `check`, as those use them who write lessons.
@Suite("Writing a lesson")
struct AuthoringTests {
    private static func environment(_ folder: String) -> [String: String] {
        ["KVMSCOPE_DEVICE": "/nowhere/kvm", "KVMSCOPE_LESSONS": folder]
    }

    @Test("A new lesson is made once, is whole, and a machine without KVM checks its text")
    func new() throws {
        let guests = try Guests()
        let environment = Self.environment(guests.folder.path)
        let made = try Program.kvmscope("new", "my-topic", environment: environment)
        #expect(made.status == 0, "\(made.errors)")
        #expect(made.output.contains("01-my-topic"))
        let again = try Program.kvmscope("new", "01-my-topic", environment: environment)
        #expect(again.status == 1)
        #expect(again.errors.contains("File exists"))
        #expect(try Program.kvmscope("new", "a b", environment: environment).status == 2)
        let checked = try Program.kvmscope("check", "--json", environment: environment)
        #expect(checked.status == 3, "it was not played")
        #expect(checked.output.hasPrefix(#"{"lesson":"01-my-topic","good":true,"steps":2,"asks":1,"tasks":1,"#))
        #expect(checked.output.hasSuffix("\"findings\":[]}\n"))
    }

    @Test("All that is wrong is told at once, in one form, on standard output")
    func findings() throws {
        let guests = try Guests()
        let environment = Self.environment(guests.folder.path)
        _ = try Program.kvmscope("new", "my-topic", environment: environment)
        let file = guests.folder.appendingPathComponent("01-my-topic/lesson.md")
        let text = try String(contentsOf: file, encoding: .utf8)
            .replacing("expect exit.data", with: "expect exit.dada").replacing("step exit", with: "stepp exit")
        try text.write(to: file, atomically: true, encoding: .utf8)
        let checked = try Program.kvmscope("check", "01", environment: environment)
        #expect(checked.status == 1)
        let lines = checked.output.split(separator: "\n")
        #expect(lines.count == 4, "two commands, one fact, and the sum: \(checked.output)")
        #expect(lines.dropLast().allSatisfy { $0.contains("01-my-topic/lesson.md:") })
        #expect(lines.last?.contains("3 findings") == true)
        let json = try Program.kvmscope("check", "--json", file.path, environment: environment)
        #expect(json.output.contains(#""good":false"#))
        #expect(json.output.contains(#"/lesson.md","line":"#))
    }

    @Test("A new lesson holds on a real guest", .enabled(if: Program.obstacle == nil, "\(Program.obstacle ?? "")"))
    func holds() throws {
        let guests = try Guests()
        let environment = ["KVMSCOPE_LESSONS": guests.folder.path]
        _ = try Program.kvmscope("new", "my-topic", environment: environment)
        let checked = try Program.kvmscope("check", environment: environment)
        #expect(checked.status == 0, "\(checked.output)\(checked.errors)")
        #expect(checked.output.contains("all hold"))
    }
}
