import Foundation
import TestSupport
import Testing
import Timeline

@testable import Recording

@Suite("A file that was made to harm", .serialized)
struct HostileFileTests {
    /// An endless select.
    private static let endless = "with recursive n(x) as (select 0 union all select x + 1 from n)"

    private static func recorded(_ count: Int = 300) throws -> ScratchFile {
        let file = ScratchFile()
        var run = MadeUpRun(seed: 77)
        let recorder = try Recorder(path: file.path)
        for event in run.events(count) { recorder.append(event) }
        try recorder.finish()
        return file
    }

    /// A view in a table's place.
    private static func view(_ table: String, _ columns: String) -> String {
        "drop table \(table); create view \(table) as \(endless) select \(columns) from n"
    }

    private static let tampering: [(name: String, sql: String)] = [
        ("about as a view", view("about", "'n' || x as name, 'v' as value")),
        ("kind as a view", view("kind", "x as code, 'k' as name")),
        ("block as a view", view("block", "x as first, 1 as count, 0 as sum, x'00' as tags, x'00' as bytes")),
        ("keyframe as a view", view("keyframe", "-1 as position, 0 as sum, x'00' as bytes")),
        ("turn as a view", view("turn", "x as id, -1 as position, 1 as branch, 0 as fork, '' as name, 0 as sum")),
        ("page as a view", view("page", "x as id, 0 as sum, 0 as size, x'' as content")),
        ("part as a view", view("part", "x as id, 0 as sum, x'' as bytes")),
        ("exit as a view", view("exit", "x as seq")),
        ("a trigger", "create trigger t after insert on kind begin select 1; end"),
        ("a virtual table", "drop table kind; create virtual table kind using fts5(code, name)"),
        (
            "a generated column",
            "drop table kind; create table kind (code integer primary key, name text as (hex(zeroblob(99999999))))"
        ),
        ("an index over an expression", "create index i on kind (length(name))"),
        ("a table more", "create table more (x)"),
        ("a table fewer", "drop table part"),
        ("a column more", "alter table block add column more"),
        ("statistics of SQLite", "analyze"),
        ("a large block", "update block set bytes = zeroblob(20000000)"),
        ("large tags", "update block set tags = zeroblob(20000000), count = 20000000"),
        ("a large text about itself", "insert into about values ('x', hex(zeroblob(10000000)))"),
        (
            "many texts about itself",
            "\(endless) insert into about select 'n' || x, hex(zeroblob(400000)) from n limit 100"
        ),
        ("turns without end", "\(endless) insert into turn select null, 1, x + 2, 1, '', 0 from n limit 20000"),
    ]

    @Test("is an error in one line, soon and with little memory", arguments: tampering.map(\.name))
    func refused(name: String) throws {
        let sql = try #require(Self.tampering.first { $0.name == name }?.sql)
        let file = try Self.recorded()
        try Rows.change(file.path, sql)
        for command in [["replay", file.path, "--plain"], ["export", file.path, "--csv"]] {
            let result = try BoundedChild.run(command)
            #expect(result.status == 1, "\(name): \(result)")
            #expect(result.errors.split(separator: "\n").count == 1 && result.output == "")
            #expect(result.errors.contains("is damaged: "), "\(result.errors)")
            #expect(result.seconds < 10 && result.mebibytes < 256, "\(name): \(result)")
        }
    }

    /// A block of one event that holds these bytes, with sums that are right.
    private static func block(_ kind: EventKind, _ body: [UInt8]) -> [UInt8] {
        func number(_ value: Int) -> [UInt8] {
            var (rest, bytes) = (value, [UInt8]())
            while rest >= 0x80 {
                bytes.append(UInt8(rest & 0x7F) | 0x80)
                rest >>= 7
            }
            return bytes + [UInt8(rest)]
        }
        // One empty text, no pages, no parts; the kind, no time, no thread.
        return [1, 0, 0, 0] + number(Int(kind.rawValue)) + [0, 0] + number(body.count) + body
    }

    @Test(
        "whose lists claim more than they hold, or hold more than can be held, is bounded too",
        arguments: [EventKind.threads, .descriptors, .memory, .statistics, .ioctl, .start, .road, .kernelTally],
        [true, false])
    func lists(kind: EventKind, isFull: Bool) throws {
        let file = try Self.recorded(1)
        // 60 million elements; or as many as a block can hold, each of zeros.
        let body: [UInt8] =
            isFull
            ? [0x80, 0x80, 0xC0, 0x06] + [UInt8](repeating: 0, count: 13 << 20) : [0x80, 0x8E, 0xCE, 0x1C, 0, 0, 0]
        let bytes = Self.block(kind, body)
        let tags: [UInt8] = [0]
        try Rows.replaceBlock(file.path, tags: tags, bytes: bytes, sum: Packet.sum(bytes, tags))
        for command in [["replay", file.path, "--plain"], ["export", file.path, "--json"]] {
            let result = try BoundedChild.run(command)
            #expect(result.status != nil && result.seconds < 10 && result.mebibytes < 256, "\(kind): \(result)")
        }
    }

    @Test("whose states are large is bounded too")
    func states() throws {
        let file = try Self.recorded(600)
        let bytes = [1, 0, 0, 1, 1, 4] + [UInt8](repeating: 0, count: 8 << 20)
        try Rows.replaceKeyframes(file.path, bytes: bytes, sum: Packet.sum(bytes))
        let result = try BoundedChild.run(["replay", file.path, "--plain", "-e", "goto 300; goto 20; goto 590"])
        #expect(result.status != nil && result.seconds < 10 && result.mebibytes < 256, "\(result)")
    }

    @Test("whose texts are long is shown in time")
    func texts() throws {
        let file = ScratchFile()
        let recorder = try Recorder(path: file.path)
        let long = String(repeating: "é a", count: 40_000)
        recorder.append(Event(nanoseconds: 1, .start(RunStart(guest: long, vcpus: 1, memory: 4096))))
        for number in 0..<200 {
            var call = IoctlCall(kind: .vm, fd: 5, name: long, request: 0xAE00)
            call.fields = [IoctlField(name: long, value: long)]
            recorder.append(Event(nanoseconds: UInt64(number), .ioctl(call)))
            recorder.append(Event(nanoseconds: UInt64(number), .exit(Exit(vcpu: 0, reason: long, servedBy: long))))
        }
        recorder.append(Event(nanoseconds: 99, .problem(long)))
        try recorder.finish()
        for pane in ["ioctls", "events", "flowchart", "statistics"] {
            let result = try BoundedChild.run(["replay", file.path, "--plain", "-e", "show \(pane)"])
            #expect(result.status == 0 && result.seconds < 10 && result.mebibytes < 256, "\(pane): \(result.seconds)")
        }
    }
}

@Suite("A recording of which pages are damaged")
struct DamagedPageTests {
    private static func damaged() throws -> ScratchFile {
        let file = ScratchFile()
        let whole = URL(fileURLWithPath: "\(BoundedChild.lessons)/06-memory-slots/recording.kvmscope")
        file.bytes = [UInt8](try Data(contentsOf: whole))
        try Rows.change(file.path, "update page set sum = 0")
        return file
    }

    @Test("says so wherever what lies there would be needed")
    func told() throws {
        let file = try Self.damaged()
        for (commands, expected) in [
            ("print mem64[0x1000]", "in a page that is damaged in the recording"),
            ("walk 0x100000; print walk.result", "in a page that is damaged in the recording"),
            ("walk 0x100000; show translation", "in a page that is damaged in the recording"),
            ("show code", "in a page that is damaged in"),
            ("show memory; memory 0x1000", "damaged in the recording"),
        ] {
            let result = try BoundedChild.run(["replay", file.path, "--plain", "-e", "goto exit 1; \(commands)"])
            #expect(result.output.contains(expected), "\(commands): \(result.output) \(result.errors)")
            #expect(!result.output.contains("not mapped by the guest's page tables"), "\(commands)")
            #expect(!result.output.contains("leads nowhere"), "\(commands)")
        }
        let page = try BoundedChild.run(["export", file.path, "--html"])
        #expect(page.status == 0 && page.output.contains("damaged in the recording"))
        #expect(!page.output.contains("leads nowhere"))
    }

    @Test("says so once at the start, and one that is whole does not")
    func start() throws {
        let file = try Self.damaged()
        let check = try RecordingReader(path: file.path).checkPages()
        #expect(check.lookedAt > 0 && check.damaged == check.lookedAt)
        let said = try #require(check.text(of: file.path))
        for commands in [[], ["-e", "goto exit 1; goto exit 2; show memory"]] {
            let result = try BoundedChild.run(["replay", file.path, "--plain"] + commands)
            #expect(result.status == 0)
            #expect(result.errors == "kvmscope: \(said)\n")
        }
        try Rows.change(file.path, "update page set content = zeroblob(9000000)")
        #expect(try RecordingReader(path: file.path).checkPages() == check)
        let whole = "\(BoundedChild.lessons)/06-memory-slots/recording.kvmscope"
        #expect(try RecordingReader(path: whole).checkPages().damaged == 0)
        #expect(try BoundedChild.run(["replay", whole, "--plain"]).errors == "")
    }

    @Test("gives no byte of them, and tells why")
    func gaps() throws {
        let file = try Self.damaged()
        let timeline = Timeline(try RecordingReader(path: file.path))
        let memory = timeline.world(at: timeline.end).memory
        let frame = try #require(memory.pages.first { $0.value !== PageContent.unread }?.key)
        #expect(memory[frame << 12] == nil && memory.gap(at: frame << 12) == .damaged)
        #expect(memory.word(at: frame << 12, size: 8) == nil)
    }
}

@Suite("A recording that is read while it is written")
struct SharedFileTests {
    @Test("goes on, and its readers have what is in it")
    func shared() throws {
        let file = ScratchFile()
        var run = MadeUpRun(seed: 5)
        let recorder = try Recorder(path: file.path)
        var count = 0
        for _ in 0..<5 {
            for event in run.events(3000) { recorder.append(event) }
            count += 3000
            usleep(400_000)
            let result = try BoundedChild.run(["export", file.path, "--json", "-o", "/dev/null"])
            #expect(result.status == 0 && result.errors == "", "\(result.errors)")
            #expect(recorder.problem == nil)
        }
        // One that keeps it open while it is completed.
        let reader = try Child(
            BuiltProgram.path, ["replay", file.path, "--plain", "-e", "goto 1"])
        try recorder.finish()
        try reader.wait()
        #expect(try RecordingReader(path: file.path).positions == 0..<count)
    }

    @Test("has one writer: a second recorder is refused, and the first has all of its events")
    func second() throws {
        let file = ScratchFile()
        var run = MadeUpRun(seed: 6)
        try Recorder(path: file.path).finish()
        let first = try Recorder(path: file.path, replaces: true)
        for event in run.events(500) { first.append(event) }
        for _ in 0..<2 {
            do throws(RecordingError) {
                _ = try Recorder(path: file.path, replaces: true)
                Issue.record("a second recorder had it")
            } catch {
                #expect(error == .unwritable(file.path, reason: WriterClaim.taken))
            }
        }
        try first.finish()
        #expect(try RecordingReader(path: file.path).positions == 0..<500)
        #expect(try FileManager.default.contentsOfDirectory(atPath: file.folder) == ["run.kvmscope"])
        try Recorder(path: file.path, replaces: true).finish()
        #expect(try RecordingReader(path: file.path).positions.isEmpty)
    }

    @Test("keeps its mode and the link that leads to it when it is made anew")
    func links() throws {
        let file = ScratchFile()
        try Recorder(path: file.path).finish()
        chmod(file.path, 0o640)
        let link = file.folder + "/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "run.kvmscope")
        try Recorder(path: link, replaces: true).finish()
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "run.kvmscope")
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        #expect(mode == 0o640)
        try FileManager.default.removeItem(atPath: file.path)
        #expect(throws: RecordingError.self) { try Recorder(path: link, replaces: true) }
    }
}
