internal import ArgumentParser
internal import Command
internal import Glibc
internal import Host
internal import Machine
internal import Session

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure what watching costs, against a C loop that does nothing but KVM_RUN.",
        discussion: """
            All loops run the same guest on the same vCPU, round by round in turns, so that a busy machine disturbs all \
            of them alike. Printed are the median time by the clock on the wall; then, in processor time of the vCPU's \
            thread, which other programs disturb less, the ratio to the C loop and the nanoseconds that each exit costs \
            beyond it; and the goals. A missed goal is no failure: the status is 0.

            EXAMPLES
              kvmscope bench
              kvmscope bench --quick --json
            """)

    @Flag(help: "One JSON object instead of a table.")
    var json = false

    @Flag(help: "Fewer rounds: some seconds instead of half a minute.")
    var quick = false

    @Option(help: ArgumentHelp("KVM's device.", valueName: "path"), completion: .file())
    var device = DevicePath.standard

    func run() throws {
        var report = BenchReport(device: device, quick: quick)
        do throws(MachineError) {
            try report.measure {
                guard !json else { return }
                StandardOutput.print($0)
                // Into a pipe too, each part comes when it is known.
                fflush(nil)
            }
        } catch {
            throw error.report()
        }
        if json { StandardOutput.print(report.json) }
    }
}

/// One run of all measurements.
struct BenchReport {
    let device: String
    let quick: Bool
    private let host: HostReport
    private(set) var figures: [BenchFigure] = []
    /// Why the loop with tracepoints was not measured; nil where it was.
    private var untraced: String?

    init(device: String, quick: Bool) {
        self.device = device
        self.quick = quick
        host = HostReport.read(device: device)
    }

    /// - Parameter show: gets each part of the table as soon as it is known.
    mutating func measure(_ show: (String) -> Void) throws(MachineError) {
        let loops = BenchLoops(rounds: quick ? 40 : 200, exits: 1000)
        show(heading)
        // First, while the process is small, though it is shown last.
        let recording = try standing("out loop", BenchGuest.exiting)
        let memory = try BenchMemory(exits: quick ? 300_000 : 600_000).figures(on: recording)
        recording.close()
        let exiting = try standing("out loop", BenchGuest.exiting)
        note(try loops.figures(on: exiting, stepping: false), show)
        let keyframes = try exiting.measureKeyframes(quick ? 50 : 200, exits: 10).map { Double($0) / 1000 }
        if !keyframes.isEmpty {
            note(
                [
                    BenchFigure(
                        section: "Keyframes, each ten exits after the one before",
                        name: "all registers, devices and changed pages of 16 MiB", value: keyframes.median, unit: "µs")
                ], show)
        }
        switch try BenchTracing(rounds: quick ? 15 : 50, exits: 1000).measure(on: exiting) {
        case .figures(let figures): note(figures, show)
        case .refused(let reason):
            untraced = reason
            show("\nTracepoints are not measured: \(reason)")
        }
        let counting = try standing("counting loop", BenchGuest.counting)
        note(try loops.figures(on: counting, stepping: true), show)
        counting.close()
        exiting.close()
        note(try BenchWalks(walks: quick ? 50_000 : 200_000).figures(), show)
        note(BenchScreen(presses: quick ? 10 : 40, device: device).figures(), show)
        note(BenchStart(repetitions: quick ? 5 : 15, device: device).figures(), show)
        note(memory, show)
        let source = Session(
            SessionConfiguration(image: try BenchGuest.image("out loop", BenchGuest.exiting), devicePath: device))
        note(try BenchFile(events: quick ? 200_000 : 1_000_000, jumps: quick ? 50 : 200).figures(source), show)
    }

    private mutating func note(_ new: [BenchFigure], _ show: (String) -> Void) {
        figures += new
        show(Self.table(new))
    }

    private func standing(_ name: String, _ code: [UInt8]) throws(MachineError) -> Session {
        let session = Session(SessionConfiguration(image: try BenchGuest.image(name, code), devicePath: device))
        try session.build()
        return session
    }

    /// What the figures depend on.
    private var heading: String {
        #if DEBUG
            let build = "DEBUG BUILD, whose figures mean nothing: make bench"
        #else
            let build = "release build"
        #endif
        let facts = [host[.kind]?.value, host[.processor]?.value, host[.kernel].map { "Linux \($0.value)" }, build]
        return "kvmscope bench\n  " + facts.compactMap { $0 }.joined(separator: "\n  ")
    }

    private static func table(_ figures: [BenchFigure]) -> String {
        guard let first = figures.first else { return "" }
        let name = max(figures.map(\.name.count).max() ?? 0, 50)
        var lines = ["\n" + first.section]
        for figure in figures {
            var columns = ["  " + figure.name.padded(name), figure.valueText.padded(28)]
            columns.append((figure.ratio.map { "\(fixed($0, 3)) of C" } ?? "").padded(12))
            let more = figure.beyond.map { "\($0 >= 0 ? "+" : "")\(fixed($0, 0)) ns" }
            columns.append((more ?? figure.growth.map { "×\(fixed($0, 2))" } ?? "").padded(10))
            columns.append((figure.goal?.text ?? "").padded(16))
            columns.append(figure.verdict?.rawValue ?? "")
            var line = columns.joined(separator: " ")
            while line.last == " " { line.removeLast() }
            lines.append(line)
        }
        return lines.joined(separator: "\n")
    }

    var json: JSON {
        .object([
            ("kind", .optional(host[.kind]?.value)), ("processor", .optional(host[.processor]?.value)),
            ("kernel", .optional(host[.kernel]?.value)), ("quick", .bool(quick)),
            ("untraced", .optional(untraced)), ("figures", .array(figures.map(\.json))),
        ])
    }
}
