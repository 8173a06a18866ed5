internal import Glibc
internal import KVM

/// The program started by itself, with its output to be read here; killed and reaped with its owner.
struct StartedProgram: ~Copyable {
    /// The moment before it was started, on the monotonic clock.
    let begin: UInt64
    /// Its standard output; its whole terminal where it has one.
    let descriptor: Int32
    private let process: pid_t

    /// TIOCSPTLCK and TIOCGPTN, macros that Swift cannot see: lets a terminal be opened, and gives its number below
    /// /dev/pts; ioctl_tty(2). The functions of glibc that do this are declared for _XOPEN_SOURCE alone.
    private static let setPTYLock: UInt = 0x4004_5431
    private static let getPTYNumber: UInt = 0x8004_5430
    /// POSIX_SPAWN_SETSID, which glibc declares for _GNU_SOURCE alone; posix_spawn(3).
    private static let setSession: Int16 = 0x80

    /// With its standard output into a pipe.
    static func onPipe(_ arguments: [String]) -> StartedProgram? {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let program = StartedProgram(arguments, descriptor: ends[0], environment: []) { actions, _ in
            posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        }
        close(ends[1])
        return program
    }

    /// In a terminal of its own with 120 columns and 40 rows.
    static func onTerminal(_ arguments: [String]) -> StartedProgram? {
        let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard terminal >= 0 else { return nil }
        var size = winsize(ws_row: 40, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0)
        var (number, isLocked): (UInt32, Int32) = (0, 0)
        guard ioctl(terminal, setPTYLock, &isLocked) == 0, ioctl(terminal, UInt(TIOCSWINSZ), &size) == 0,
            ioctl(terminal, getPTYNumber, &number) == 0
        else {
            close(terminal)
            return nil
        }
        return StartedProgram(
            arguments, descriptor: terminal, environment: ["TERM=xterm-256color", "LC_ALL=C.UTF-8"]
        ) { actions, attributes in
            // The first terminal that the leader of a new session opens becomes its own.
            posix_spawnattr_setflags(&attributes, setSession)
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/pts/\(number)", O_RDWR, 0)
            posix_spawn_file_actions_adddup2(&actions, 0, 1)
            posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        }
    }

    private init?(
        _ arguments: [String], descriptor: Int32, environment: [String],
        _ prepare: (inout posix_spawn_file_actions_t, inout posix_spawnattr_t) -> Void
    ) {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        prepare(&actions, &attributes)
        var words = (["kvmscope"] + arguments).map { strdup($0) } + [nil]
        var variables = Self.environment(with: environment).map { strdup($0) } + [nil]
        defer { for text in words + variables { free(text) } }
        var child: pid_t = 0
        let moment = MonotonicClock.nanoseconds
        guard posix_spawn(&child, "/proc/self/exe", &actions, &attributes, &words, &variables) == 0 else {
            close(descriptor)
            return nil
        }
        begin = moment
        self.descriptor = descriptor
        process = child
    }

    deinit {
        kill(process, SIGKILL)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        close(descriptor)
    }

    /// This process's variables, some of them replaced.
    private static func environment(with new: [String]) -> [String] {
        var variables: [String] = []
        var next = environ
        while let text = next.pointee {
            let variable = String(cString: text)
            let name = variable.prefix { $0 != "=" } + "="
            if !new.contains(where: { $0.hasPrefix(name) }) { variables.append(variable) }
            next += 1
        }
        return variables + new
    }

    /// Bytes that are there or come within the time; empty at the end and when the time is over.
    borrowing func read(milliseconds: Int32) -> [UInt8] {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&wanted, 1, milliseconds) > 0 else { return [] }
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        return Array(buffer[..<max(count, 0)])
    }

    /// Its resident memory in 10^6 bytes.
    borrowing func residentMegabytes() -> Double { BenchMemory.residentMegabytes(of: "\(process)") }

    borrowing func write(_ bytes: [UInt8]) {
        _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }
}
