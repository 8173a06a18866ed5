internal import Glibc
internal import KVM
internal import Machine

/// The time from starting a process to a guest's first exit, seen from outside: the program starts itself.
struct BenchStart {
    var repetitions: Int
    var device: String

    func figures() -> [BenchFigure] {
        guard let folder = ScratchFolder() else { return [] }
        let binary = folder.file("guest.bin", Array(BenchGuest.halting))
        let source = folder.file("guest.S", Array(BenchGuest.haltingSource.utf8))
        let options = ["--json", "--device", device]
        let section = "From starting the program"
        let exit = Array("\"kind\":\"exit\"".utf8)
        var figures: [BenchFigure] = []
        func add(_ name: String, _ arguments: [String], _ mark: [UInt8], _ goal: BenchFigure.Goal?) {
            var times: [Double] = []
            for _ in 0..<repetitions {
                guard let time = Self.time(arguments, until: mark) else { return }
                times.append(Double(time) / 1e6)
            }
            figures.append(BenchFigure(section: section, name: name, value: times.median, unit: "ms", goal: goal))
        }
        add("to its first word (trace --help)", ["trace", "--help"], [], nil)
        add("to the first exit of a flat binary", ["trace", binary] + options, exit, .within(30))
        if Toolchain.find() != nil {
            add("to the first exit of a source", ["trace", source] + options, exit, nil)
        }
        return figures
    }

    /// Nanoseconds from the start to the mark on standard output, or to its first byte for an empty mark.
    private static func time(_ arguments: [String], until mark: [UInt8]) -> UInt64? {
        guard let program = StartedProgram.onPipe(arguments) else { return nil }
        var text: [UInt8] = []
        while true {
            let more = program.read(milliseconds: 10_000)
            guard !more.isEmpty else { return nil }
            let now = MonotonicClock.nanoseconds
            text += more
            if contains(text, mark) { return now &- program.begin }
        }
    }

    private static func contains(_ text: [UInt8], _ mark: [UInt8]) -> Bool {
        guard text.count >= mark.count else { return false }
        return mark.isEmpty || (0...text.count - mark.count).contains { text[$0...].starts(with: mark) }
    }
}

/// A folder for the guests that are started by name; gone with its owner.
struct ScratchFolder: ~Copyable {
    let path: String
    private static let names = ["guest.bin", "guest.S", "run.kvmscope", "run.kvmscope-wal", "run.kvmscope-shm"]

    init?() {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/kvmscope.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { return nil }
        path = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in Self.names { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    borrowing func file(_ name: String, _ bytes: [UInt8]) -> String {
        let file = "\(path)/\(name)"
        if let stream = fopen(file, "w") {
            _ = fwrite(bytes, 1, bytes.count, stream)
            fclose(stream)
        }
        return file
    }
}
