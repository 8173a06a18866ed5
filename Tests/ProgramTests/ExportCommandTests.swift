import Foundation
import FoundationXML
import Testing

@Suite("export, the program")
struct ExportCommandTests {
    private static let recording = "\(Program.lessons)/02-enter-exit/recording.kvmscope"

    private static func isXML(_ text: String) -> Bool { XMLParser(data: Data(text.utf8)).parse() }

    @Test("A recording becomes lines of JSON, a table, a drawing and a page")
    func forms() throws {
        let json = try Program.kvmscope("export", Self.recording, "--json")
        #expect(json.status == 0)
        let lines = json.output.split(separator: "\n")
        let objects = try lines.map { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] ?? [:] }
        #expect(objects.map { $0["seq"] as? Int } == (1...objects.count).map(Optional.some))
        let csv = try Program.kvmscope("export", Self.recording, "--csv")
        #expect(csv.status == 0)
        let exits = objects.filter { $0["kind"] as? String == "exit" }
        #expect(exits.count >= 2)
        #expect(csv.output.split(separator: "\r\n").count == exits.count + 1)
        for form in ["--svg", "--html"] {
            let drawn = try Program.kvmscope("export", Self.recording, form)
            #expect(drawn.status == 0)
            #expect(Self.isXML(drawn.output), "\(form)")
            #expect(drawn.output.contains("guest.S"))
        }
    }

    @Test("-o writes the same into a file, which is there as a whole or not at all")
    func output() throws {
        let guests = try Guests()
        let path = guests.folder.path + "/exits.csv"
        let written = try Program.kvmscope("export", Self.recording, "--csv", "-o", path)
        #expect(written.status == 0)
        #expect(written.output == "")
        let printed = try Program.kvmscope("export", Self.recording, "--csv").output
        #expect(try String(contentsOfFile: path, encoding: .utf8) == printed)
        let broken = guests.folder.path + "/broken.kvmscope"
        try Data(contentsOf: URL(fileURLWithPath: Self.recording)).prefix(9000).write(to: URL(fileURLWithPath: broken))
        let failed = try Program.kvmscope("export", broken, "--csv", "-o", path)
        #expect(failed.status == 1)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == printed)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: guests.folder.path).sorted() == [
                "broken.kvmscope", "exits.csv",
            ])
    }

    @Test("What cannot be exported is told in one line, with status 1; a wrong command line has status 2")
    func errors() throws {
        let guests = try Guests()
        let foreign = try guests.source("notes.txt", "no recording")
        for arguments in [
            [foreign, "--csv"], [guests.folder.path + "/none", "--csv"],
            [Self.recording, "--csv", "-o", guests.folder.path + "/none/x"],
            [Self.recording, "--csv", "-o", Self.recording],
        ] {
            let result = try Program.run(Program.path, ["export"] + arguments)
            #expect(result.status == 1)
            #expect(result.output == "")
            #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
        }
        for arguments in [[Self.recording], [Self.recording, "--csv", "--svg"], ["--csv"]] {
            #expect(try Program.run(Program.path, ["export"] + arguments).status == 2)
        }
    }
}

@Suite("export of a run", .enabled(if: Program.obstacle == nil, "\(Program.obstacle ?? "")"))
struct ExportedRunTests {
    /// Lines without what differs between any two runs: times, descriptors, threads.
    private static func story(_ text: String) throws -> [String] {
        try text.split(separator: "\n").map { line in
            var object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
            for name in ["ns", "duration", "fd", "tid"] { object[name] = nil }
            let isCreation = (object["name"] as? String)?.hasPrefix("KVM_CREATE") == true
            if isCreation { object["result"] = nil }
            return String(
                decoding: try JSONSerialization.data(withJSONObject: object, options: .sortedKeys), as: UTF8.self)
        }
    }

    @Test("JSON gives back what trace gave")
    func json() throws {
        let guests = try Guests()
        let guest = try guests.source(
            "hi.S", "_start: mov $0x3f8, %dx\n mov $'H', %al\n out %al, %dx\n mov 0xd0000004, %eax\n hlt\n")
        let traced = try Program.kvmscope("trace", guest, "--json")
        let file = guests.folder.path + "/run.kvmscope"
        #expect(try Program.kvmscope("record", guest, "-o", file).status == 0)
        let exported = try Program.kvmscope("export", file, "--json")
        #expect(exported.status == 0)
        #expect(try Self.story(exported.output) == Self.story(traced.output))
    }
}
