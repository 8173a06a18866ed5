internal import ArgumentParser
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
        let interruption: Interruption
        do throws(MachineError) {
            let session = Session(try guest.sessionConfiguration())
            interruption = Interruption()
            var encoder = TraceEncoder()
            var printer = TracePrinter()
            let json = json
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
        // The run was ended for want of a reader; what became of the output is told when the program ends.
        if output.isClosed, !interruption.hasCome { throw Status.done }
        if !end.text.isEmpty { printError(end.text) }
        throw end.status(after: interruption)
    }
}

/// Standard output in large pieces.
final class BufferedOutput {
    private var buffer: [UInt8] = []

    init() { buffer.reserveCapacity(1 << 16) }

    /// Whether nobody takes it any more.
    var isClosed: Bool { StandardOutput.isClosed }

    func write(_ bytes: [UInt8]) {
        buffer += bytes
        if buffer.count >= 1 << 15 { flush() }
    }

    func flush() {
        StandardOutput.write(buffer)
        buffer.removeAll(keepingCapacity: true)
    }
}
