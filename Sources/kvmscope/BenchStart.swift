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

    /// Nanoseconds from the spawn to the mark on standard output, or to its first byte for an empty mark.
    private static func time(_ arguments: [String], until mark: [UInt8]) -> UInt64? {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        var words: [UnsafeMutablePointer<CChar>?] = (["kvmscope"] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var child: pid_t = 0
        let begin = MonotonicClock.nanoseconds
        let code = posix_spawn(&child, "/proc/self/exe", &actions, nil, &words, environ)
        close(ends[1])
        guard code == 0 else { return nil }
        defer {
            var status: Int32 = 0
            while waitpid(child, &status, 0) < 0 && errno == EINTR {}
        }
        return waitForMark(mark, ends[0]).map { $0 &- begin }
    }

    /// The moment at which the mark arrived; reads on to the end so that the child is not held up.
    private static func waitForMark(_ mark: [UInt8], _ descriptor: Int32) -> UInt64? {
        var text: [UInt8] = []
        var moment: UInt64?
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return moment }
            guard moment == nil else { continue }
            let now = MonotonicClock.nanoseconds
            text += buffer[..<count]
            if contains(text, mark) { moment = now }
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
    private static let names = ["guest.bin", "guest.S"]

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
