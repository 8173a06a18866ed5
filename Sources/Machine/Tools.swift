internal import Glibc

/// What a tool said and how it ended.
struct ToolResult {
    var status: Int32
    var output: String
}

/// Runs a tool to its end and returns standard output and standard error together.
///
/// posix_spawn instead of Foundation's Process, which starts a thread that would stand in the Threads pane for ever.
func runTool(_ tool: String, _ arguments: [String]) throws(MachineError) -> ToolResult {
    func failed(_ code: Int32) -> MachineError { .toolchain(name: tool, output: systemMessage(code)) }
    var pipe: [Int32] = [-1, -1]
    guard Glibc.pipe(&pipe) == 0 else { throw failed(errno) }
    for end in pipe { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, pipe[1], 1)
    posix_spawn_file_actions_adddup2(&actions, pipe[1], 2)
    var words: [UnsafeMutablePointer<CChar>?] = ([tool] + arguments).map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var child: pid_t = 0
    let code = posix_spawn(&child, tool, &actions, nil, words, environ)
    close(pipe[1])
    defer { close(pipe[0]) }
    guard code == 0 else { throw failed(code) }
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
        let count = read(pipe[0], &buffer, buffer.count)
        if count < 0 && errno == EINTR { continue }
        if count <= 0 { break }
        output += buffer[..<count]
    }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 {
        guard errno == EINTR else { throw failed(errno) }
    }
    let exitStatus = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    return ToolResult(status: exitStatus, output: String(decoding: output, as: UTF8.self))
}

/// A folder that is gone, with all in it, when its owner is.
struct TemporaryFolder: ~Copyable {
    let path: String

    init(for source: String) throws(MachineError) {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/kvmscope.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw .toolchain(
                name: source,
                output: "no temporary folder can be made in \(parent): \(systemMessage(errno)); set TMPDIR")
        }
        path = template.withUnsafeBufferPointer { buffer in buffer.baseAddress.map { String(cString: $0) } ?? "" }
    }

    deinit {
        for file in ["guest.o", "guest.elf", "real.S", "start.S", "start.o"] { unlink("\(path)/\(file)") }
        rmdir(path)
    }

    func write(_ text: String, to file: String) throws(MachineError) {
        guard let stream = fopen(file, "w") else { throw .toolchain(name: file, output: systemMessage(errno)) }
        defer { fclose(stream) }
        guard fputs(text, stream) >= 0 else { throw .toolchain(name: file, output: systemMessage(errno)) }
    }
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
