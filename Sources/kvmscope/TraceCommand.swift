internal import ArgumentParser
internal import Glibc
internal import Machine
internal import Session
internal import Timeline

struct TraceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "Run a guest without a screen and print every event.",
        discussion: """
            Every ioctl, descriptor, thread, exit and console byte, a line each. With --json each line is a JSON object, \
            and nothing else is on standard output.

            EXAMPLE
              kvmscope trace guest.S --json --max-exits 100 | jq 'select(.kind == "exit")'
            """)

    @OptionGroup var guest: GuestOptions

    @Flag(help: "One JSON object a line.")
    var json = false

    @OptionGroup var options: TraceOptions

    func run() throws {
        let end: RunEnd
        let output = BufferedOutput()
        // What was tried is shown also when the machine could not be built.
        defer { output.flush() }
        do throws(MachineError) {
            let session = Session(try guest.sessionConfiguration())
            var encoder = TraceEncoder()
            var printer = TracePrinter()
            let json = json
            let interruption = Interruption()
            // Asked between two pieces of work: whoever reads the pipe sees what has happened so far.
            func isOver() -> Bool {
                output.flush()
                return output.isClosed || interruption.hasCome
            }
            end = try session.trace(options.limits, kernel: options.kernel, stop: isOver) { event in
                output.write(json ? encoder.encode(event) : printer.lines(for: event))
            }
            if options.kernel { session.reportKernelView() }
        } catch {
            throw error.report()
        }
        if !end.text.isEmpty { printError(end.text) }
        throw end.status
    }
}

/// Ctrl-C and SIGTERM, kept from killing the program so that the trace gets its last line.
final class Interruption {
    private var signals = sigset_t()
    private(set) var wasSeen = false

    init() {
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGHUP)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// Whether one of them is pending or was.
    var hasCome: Bool {
        var none = timespec()
        if !wasSeen { wasSeen = sigtimedwait(&signals, nil, &none) > 0 }
        return wasSeen
    }
}

/// Standard output in large pieces; notices when nobody reads any more.
final class BufferedOutput {
    private var buffer: [UInt8] = []
    private(set) var isClosed = false

    init() {
        // A reader like `head` that goes away must end the run, not kill the program on the spot.
        signal(SIGPIPE, SIG_IGN)
        buffer.reserveCapacity(1 << 16)
    }

    func write(_ bytes: [UInt8]) {
        buffer += bytes
        if buffer.count >= 1 << 15 { flush() }
    }

    func flush() {
        var start = 0
        while start < buffer.count, !isClosed {
            let count = buffer[start...].withUnsafeBytes { Glibc.write(1, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                isClosed = true
            } else {
                start += count
            }
        }
        buffer.removeAll(keepingCapacity: true)
    }
}
