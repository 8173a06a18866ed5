import CCurses
import Glibc
public import Screen

/// The terminal while a screen is shown on it; closing gives it back as it was.
///
/// It is also given back when the process ends by `exit`, by a signal or by a trap; see `guard.h`. One may be open at a
/// time, and only the thread that opened it may use it. Threads that block signals must leave SIGSEGV, SIGBUS, SIGILL,
/// SIGFPE, SIGTRAP and SIGABRT unblocked, since a blocked trap ends the process without any handler.
public struct Terminal: ~Copyable {
    public struct Options: Sendable {
        public var mouse = true
        /// ASCII alone, and no colours.
        public var ascii = false
        /// At most so many colours; less where the terminal has less or `NO_COLOR` is set.
        public var colours = ColourDepth.full
        /// Instead of `TERM`.
        public var type: String?

        public init() {}
    }

    private let input: CInt
    private let output: CInt
    private let wakeRead: CInt
    private let wakeWrite: CInt
    private let outputFile: UnsafeMutablePointer<FILE>
    private let inputFile: UnsafeMutablePointer<FILE>
    /// ncurses' screen, freed in `deinit`.
    private let screen: OpaquePointer
    private let capabilities: Capabilities
    private let keyMode: termios
    private var painter: Painter
    private var decoder = InputDecoder()
    /// When what has begun with an escape is taken for what it is; nil while nothing has begun.
    private var keyDeadline: ContinuousClock.Instant?
    private let escapeDelay: Duration
    private var mouse: Bool
    private var hungUp = false

    /// Columns, from 1.
    public private(set) var width: Int
    /// Rows, from 1.
    public private(set) var height: Int
    /// What the terminal shows of colours.
    public let colours: ColourDepth

    /// Takes the terminal over: second screen, keys one by one, mouse reports.
    public init(_ options: Options = Options(), input: CInt = 0, output: CInt = 1) throws(TerminalError) {
        guard !TerminalGuard.isArmed else { throw .alreadyOpen }
        guard isatty(input) == 1 else { throw .notATerminal(stream: "standard input") }
        guard isatty(output) == 1 else { throw .notATerminal(stream: "standard output") }
        let type = options.type ?? Environment["TERM"] ?? ""
        guard !type.isEmpty else { throw .noType }
        Environment.setLocale()
        var found: CInt = 0
        guard setupterm(type, output, &found) == OK else { throw .unknownType(type) }
        let capabilities = Capabilities()
        guard capabilities.canPosition else { throw .cannotPosition(type) }

        var saved = termios()
        guard tcgetattr(input, &saved) == 0 else { throw .system("tcgetattr") }
        var pipes: [CInt] = [-1, -1]
        guard pipe2(&pipes, O_CLOEXEC | O_NONBLOCK) == 0 else { throw .system("pipe2") }
        guard let files = Files(input: input, output: output) else {
            let error = TerminalError.system("fdopen")
            Glibc.close(pipes[0])
            Glibc.close(pipes[1])
            throw error
        }
        TerminalGuard.arm(
            input: input, output: output, wake: pipes[1], saved: saved, restore: capabilities.restore,
            flushInput: options.mouse)
        guard let screen = newterm(type, files.output, files.input) else {
            TerminalGuard.disarm()
            files.close()
            Glibc.close(pipes[0])
            Glibc.close(pipes[1])
            throw .unknownType(type)
        }
        var keyMode = saved
        nonl()
        tcgetattr(input, &keyMode)
        kvmscope_key_mode(&keyMode)
        tcsetattr(input, TCSANOW, &keyMode)
        def_prog_mode()

        var depth = ColourDepth.none
        if !options.ascii, (Environment["NO_COLOR"] ?? "").isEmpty, has_colors(), start_color() == OK,
            use_default_colors() == OK
        {
            depth = min(options.colours, kvmscope_colors() >= 256 ? .full : .eight)
        }
        let glyphs: GlyphSet =
            options.ascii || kvmscope_locale_is_utf8() == 0 ? .ascii : type.hasPrefix("linux") ? .console : .unicode
        self.input = input
        self.output = output
        (wakeRead, wakeWrite) = (pipes[0], pipes[1])
        (inputFile, outputFile) = (files.input, files.output)
        self.screen = screen
        self.capabilities = capabilities
        self.keyMode = keyMode
        painter = Painter(theme: Theme(depth: depth), glyphs: glyphs)
        mouse = options.mouse
        escapeDelay = Environment.escapeDelay
        colours = depth
        (width, height) = (Int(getmaxx(kvmscope_stdscr())), Int(getmaxy(kvmscope_stdscr())))
        measure()
        send(capabilities.enter + (options.mouse ? capabilities.mouseOn : []))
    }

    deinit {
        send(capabilities.leave + capabilities.mouseOff)
        endwin()
        delscreen(screen)
        TerminalGuard.disarm()
        fclose(outputFile)
        fclose(inputFile)
        Glibc.close(wakeRead)
        Glibc.close(wakeWrite)
    }

    /// Has Ctrl-\ end the process as it ends any other: Swift's runtime would print a report and ask at the terminal.
    ///
    /// To be called before a terminal is opened, and also where none is.
    public static func quitPlainly() { TerminalGuard.quitPlainly() }

    /// Gives the terminal back.
    public consuming func close() {}

    /// Shows a grid: only cells that differ from the last one are written. A larger grid is cut.
    public mutating func show(_ grid: Grid) { painter.show(grid, width: width, height: height) }

    /// Has the next picture drawn whole, over whatever another program has left on the terminal.
    public mutating func redraw() { painter.forget() }

    /// Whether mouse reports are on. While they are, the terminal's own selection needs Shift.
    public var isMouseOn: Bool {
        get { mouse }
        set {
            mouse = newValue
            send(newValue ? capabilities.mouseOn : capabilities.mouseOff)
        }
    }

    /// Takes it that the program has dealt with Ctrl-C and goes on; otherwise the next one ends it at once.
    public func forgiveInterrupt() { TerminalGuard.forgive() }

    /// Descriptors beside the input that become readable when there is something for `readEvents`.
    public var wakeDescriptors: [CInt] { [wakeRead] }

    /// Waits until there is something for `readEvents`, one of the descriptors is readable or hung up, or the time
    /// is over.
    ///
    /// - Parameter timeout: nil waits without end.
    /// - Returns: those of the descriptors that are ready.
    public func wait(for descriptors: [CInt] = [], timeout: Duration? = nil) -> [CInt] {
        // After a hang-up the input is always readable, and waiting for it would only spin.
        var polled = (hungUp ? [wakeRead] : [wakeRead, input]) + descriptors
        let own = polled.count - descriptors.count
        var entries = polled.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        let key = keyDeadline.map { max(.zero, ContinuousClock.now.duration(to: $0)) }
        let bound = [timeout, key].compactMap(\.self).min()
        guard poll(&entries, nfds_t(entries.count), Self.milliseconds(bound)) > 0 else { return [] }
        polled = zip(descriptors, entries[own...]).filter { $0.1.revents != 0 }.map(\.0)
        return polled
    }

    /// All events that have come; does not wait.
    ///
    /// Ctrl-Z stops the process in here, and a `resize` follows when it goes on.
    public mutating func readEvents() -> [InputEvent] {
        var events = signalEvents()
        while let bytes = readInput() {
            events += decoder.feed(bytes)
            keyDeadline = nil
        }
        if !decoder.isWaiting {
            keyDeadline = nil
        } else if let deadline = keyDeadline {
            if ContinuousClock.now >= deadline {
                events += decoder.flush()
                keyDeadline = nil
            }
        } else {
            // Nobody types the beginning of a sequence by hand: its rest is on a slow way here.
            let delay = decoder.isLoneEscape ? escapeDelay : max(escapeDelay, Self.sequenceDelay)
            keyDeadline = ContinuousClock.now + delay
        }
        if hungUp, !events.contains(.hangup) { events.append(.hangup) }
        return events
    }

    private static let sequenceDelay = Duration.seconds(1)

    private mutating func signalEvents() -> [InputEvent] {
        var sink: [UInt8] = Array(repeating: 0, count: 256)
        while read(wakeRead, &sink, sink.count) > 0 {}
        var pending = TerminalGuard.takePending()
        var events: [InputEvent] = []
        if pending.contains(.stop) {
            send(capabilities.leave + capabilities.mouseOff)
            endwin()
            TerminalGuard.stop()
            // The signal that woke us has been served with that.
            pending.formUnion(TerminalGuard.takePending().subtracting(.resumed))
            resume()
        } else if pending.contains(.resumed) {
            // Stopped by SIGSTOP, which nobody can catch: the shell has had the terminal meanwhile.
            endwin()
            resume()
        }
        if !pending.isDisjoint(with: [.stop, .resumed, .resize]) {
            measure()
            painter.forget()
            events.append(.resize(width: width, height: height))
        }
        if pending.contains(.interrupt) { events.append(.interrupted) }
        if pending.contains(.terminate) { events.append(.terminated) }
        if pending.contains(.hangup) { events.append(.hangup) }
        return events
    }

    private mutating func resume() {
        var mode = keyMode
        tcsetattr(input, TCSANOW, &mode)
        def_prog_mode()
        doupdate()
        send(capabilities.enter + (mouse ? capabilities.mouseOn : []))
    }

    private mutating func measure() {
        var columns: CInt = 0
        var rows: CInt = 0
        if kvmscope_window_size(output, &columns, &rows) == 0 {
            let limited = (min(rows, CInt(Grid.maximumHeight)), min(columns, CInt(Grid.maximumWidth)))
            if resizeterm(limited.0, limited.1) == OK { (width, height) = (Int(limited.1), Int(limited.0)) }
        }
        width = min(max(1, width), Grid.maximumWidth)
        height = min(max(1, height), Grid.maximumHeight)
    }

    /// Bytes from the terminal, or nil if there are none.
    private mutating func readInput() -> ArraySlice<UInt8>? {
        guard !hungUp else { return nil }
        var entry = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, 0) > 0 else { return nil }
        var buffer: [UInt8] = Array(repeating: 0, count: 4096)
        let count = read(input, &buffer, buffer.count)
        if count > 0 { return buffer[..<count] }
        if count == 0 || (errno != EINTR && errno != EAGAIN) { hungUp = true }
        return nil
    }

    /// Writes past ncurses; what it has buffered is always written before.
    private borrowing func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(output, $0.baseAddress, $0.count) }
            if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { return }
        }
    }

    private static func milliseconds(_ timeout: Duration?) -> CInt {
        guard let timeout else { return -1 }
        let (seconds, attoseconds) = timeout.components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        // Rounded up: a wait that ends too early would be repeated in a tight loop.
        let part = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return CInt(min(Int64(Int32.max), min(seconds, 2_000_000) * 1000 + part))
    }
}

/// Streams for ncurses, over copies of the descriptors so that closing them leaves the originals open.
private struct Files {
    let input: UnsafeMutablePointer<FILE>
    let output: UnsafeMutablePointer<FILE>

    init?(input: CInt, output: CInt) {
        let copies = (fcntl(input, F_DUPFD_CLOEXEC, 3), fcntl(output, F_DUPFD_CLOEXEC, 3))
        guard let input = fdopen(copies.0, "r") else {
            Glibc.close(copies.0)
            Glibc.close(copies.1)
            return nil
        }
        guard let output = fdopen(copies.1, "w") else {
            fclose(input)
            Glibc.close(copies.1)
            return nil
        }
        self.input = input
        self.output = output
    }

    func close() {
        fclose(input)
        fclose(output)
    }
}

extension TerminalError {
    fileprivate static func system(_ call: String) -> TerminalError {
        let number = errno
        return .system(call: call, errno: number, message: String(cString: strerror(number)))
    }
}
