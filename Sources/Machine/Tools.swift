internal import Glibc

/// What a tool may take of this machine: a source may be made to ask for all of it.
struct ToolBounds {
    /// From its start to its end; its processor time is bounded by twice as much, whoever waits for it.
    var seconds = 30
    /// Address space of each of its processes, in bytes.
    var memory = 1 << 30
    /// The largest file that it may write, in bytes.
    var file = 256 << 20
    /// What is kept of what it prints, in bytes; the rest is read and thrown away.
    var output = 1 << 16

    /// In the words of an error.
    var text: String { "a tool may take \(seconds) s, \(memory >> 20) MiB of memory and files of \(file >> 20) MiB" }
}

/// What a tool said and how it ended.
struct ToolResult {
    var status: Int32
    var output: String
    /// It was ended because its time was up.
    var isLate = false
}

/// Runs tools within bounds, in a temporary folder that is gone with all in it when its owner is.
///
/// A shell beside us keeps watch over a pipe: when this process ends, by whatever signal, it ends the tools, which are
/// in its process group, and removes the folder.
struct Workshop: ~Copyable {
    let path: String
    let bounds: ToolBounds
    /// Process group of the watch and of all tools.
    private let watch: pid_t
    /// Its other end is the watch's standard input.
    private let lifeline: Int32

    init(for source: String, bounds: ToolBounds = ToolBounds()) throws(MachineError) {
        let parent = getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
        var template = Array("\(parent)/kvmscope.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw .toolchain(
                name: source,
                output: "no temporary folder can be made in \(parent): \(systemMessage(errno)); set TMPDIR")
        }
        let made = template.withUnsafeBufferPointer { buffer in buffer.baseAddress.map { String(cString: $0) } ?? "" }
        var ends: [Int32] = [-1, -1]
        // A socket instead of a pipe: the flag that no other child may hold it is set as it is made.
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            let code = errno
            rmdir(made)
            throw .toolchain(name: source, output: systemMessage(code))
        }
        defer { close(ends[1]) }
        let started: pid_t
        do {
            started = try spawn(
                "/bin/sh", ["-c", Self.watching, "sh", made], in: 0, input: ends[1], output: nil, variables: [:])
        } catch {
            close(ends[0])
            rmdir(made)
            throw error
        }
        path = made
        self.bounds = bounds
        watch = started
        lifeline = ends[0]
    }

    deinit {
        for name in names(in: path) { unlink("\(path)/\(name)") }
        rmdir(path)
        kill(-watch, SIGKILL)
        var status: Int32 = 0
        while waitpid(watch, &status, 0) < 0, errno == EINTR {}
        close(lifeline)
    }

    /// Reads until nobody holds the other end, then ends all in its group, itself last.
    private static let watching = """
        trap '' TERM INT HUP QUIT TSTP
        read -r _
        kill -TERM 0
        rm -rf -- "$1"
        sleep 1
        rm -rf -- "$1"
        kill -KILL 0
        """

    func write(_ text: String, to file: String) throws(MachineError) {
        guard let stream = fopen(file, "wex") else { throw .toolchain(name: file, output: systemMessage(errno)) }
        defer { fclose(stream) }
        guard fputs(text, stream) >= 0 else { throw .toolchain(name: file, output: systemMessage(errno)) }
    }

    /// Runs a tool to its end or to its bounds, and returns standard output and standard error together.
    ///
    /// - Parameters:
    ///   - folder: where it runs; nil for where we run.
    ///   - output: bytes of what it prints that are kept, where that is not the workshop's bound.
    func run(
        _ tool: String, _ arguments: [String], in folder: String? = nil, output: Int? = nil
    ) throws(MachineError) -> ToolResult {
        func failed(_ code: Int32) -> MachineError { .toolchain(name: tool, output: systemMessage(code)) }
        guard access(tool, X_OK) == 0 else { throw failed(errno) }
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw failed(errno)
        }
        defer { close(ends[0]) }
        let child: pid_t
        do {
            defer { close(ends[1]) }
            child = try spawn(
                "/bin/sh", ["-c", limiting, "sh", folder ?? ".", tool] + arguments, in: watch, input: nil,
                output: ends[1], variables: ["TMPDIR": path, "LC_ALL": "C"])
        }
        let (text, isLate) = collect(from: ends[0], output ?? bounds.output)
        // The watch goes with its group; the folder is then ours alone to remove.
        if isLate { kill(-watch, SIGKILL) }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else { throw failed(errno) }
        }
        let exitStatus = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
        return ToolResult(status: exitStatus, output: String(decoding: text, as: UTF8.self), isLate: isLate)
    }

    /// Sets the bounds, which the tool's own helpers inherit; a lower one that is set already stays.
    private var limiting: String {
        """
        cd "$1" || exit 126
        shift
        ulimit -c 0 2>/dev/null
        ulimit -t \(bounds.seconds * 2) 2>/dev/null
        ulimit -v \(bounds.memory >> 10) 2>/dev/null
        ulimit -f \(bounds.file >> 9) 2>/dev/null
        exec "$@"
        """
    }

    /// Reads until the tool and its helpers have ended, or their time is up.
    private func collect(from end: Int32, _ limit: Int) -> (text: [UInt8], isLate: Bool) {
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        let deadline = milliseconds() + bounds.seconds * 1000
        while true {
            let left = deadline - milliseconds()
            guard left > 0 else { return (text, true) }
            var ready = pollfd(fd: end, events: Int16(POLLIN), revents: 0)
            let found = poll(&ready, 1, Int32(clamping: left))
            if found < 0 && errno != EINTR { return (text, false) }
            guard found > 0 else { continue }
            let count = read(end, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { return (text, false) }
            text += buffer[..<min(count, max(limit - text.count, 0))]
        }
    }

    private func milliseconds() -> Int {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return now.tv_sec * 1000 + now.tv_nsec / 1_000_000
    }
}

/// Starts a program in a process group, or in a new one, with no signal blocked or ignored.
///
/// posix_spawn instead of Foundation's Process, which starts a thread that would stand in the Threads pane for ever.
private func spawn(
    _ program: String, _ arguments: [String], in group: pid_t, input: Int32?, output: Int32?,
    variables: [String: String]
) throws(MachineError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let input {
        posix_spawn_file_actions_adddup2(&actions, input, 0)
    } else {
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    }
    for number: Int32 in 1...2 {
        if let output {
            posix_spawn_file_actions_adddup2(&actions, output, number)
        } else {
            posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_WRONLY, 0)
        }
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, group)
    posix_spawnattr_setflags(
        &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
    var environment: [UnsafeMutablePointer<CChar>?] = []
    var next = environ
    while let entry = next.pointee {
        let name = String(cString: entry).prefix { $0 != "=" }
        if variables[String(name)] == nil { environment.append(strdup(entry)) }
        next += 1
    }
    environment += variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    let words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    defer { for word in words + environment { free(word) } }
    var child: pid_t = 0
    let code = posix_spawn(&child, program, &actions, &attributes, words, environment)
    guard code == 0 else { throw .toolchain(name: program, output: systemMessage(code)) }
    return child
}

private func names(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        if name != "." && name != ".." { names.append(name) }
    }
    return names
}

func absolutePath(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
}

/// A file's bytes.
/// - Throws: `.image` with the reason; a folder, a device or a file of more than 1 GiB is refused.
func readWholeFile(_ path: String) throws(MachineError) -> [UInt8] {
    let fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard fd >= 0 else { throw .image(name: path, reason: systemMessage(errno)) }
    defer { close(fd) }
    var facts = stat()
    guard fstat(fd, &facts) == 0 else { throw .image(name: path, reason: systemMessage(errno)) }
    guard facts.st_mode & S_IFMT == S_IFREG else { throw .image(name: path, reason: "it is not a regular file") }
    guard facts.st_size <= 1 << 30 else { throw .image(name: path, reason: "it is larger than 1 GiB") }
    var bytes = [UInt8](repeating: 0, count: Int(facts.st_size))
    var filled = 0
    while filled < bytes.count {
        let count = bytes.withUnsafeMutableBytes { buffer in
            read(fd, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
        }
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { break }
        filled += count
    }
    return Array(bytes[..<filled])
}
