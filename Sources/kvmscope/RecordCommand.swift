internal import ArgumentParser
internal import Glibc
internal import Machine
internal import Recording
internal import Session
internal import Timeline

struct RecordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Run a guest without a screen and write all of it into a file.",
        discussion: """
            The file is written while the guest runs, and `kvmscope replay` opens it on any machine. It is a SQLite \
            database; Documentation/RECORDINGS.md names its tables.

            EXAMPLE
              kvmscope record guest.S -o run.kvmscope --timeout 5
              sqlite3 run.kvmscope 'select reason, count(*) from exit group by reason'
            """)

    @OptionGroup var guest: GuestOptions
    @OptionGroup var trace: TraceOptions

    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "The file. A recording that is there is replaced; any other file stays as it is.", valueName: "file"),
        completion: .file(extensions: ["kvmscope"]))
    var output: String

    func run() throws {
        let configuration: SessionConfiguration
        do throws(MachineError) {
            configuration = try guest.sessionConfiguration()
        } catch {
            throw error.report()
        }
        // A run that cannot begin must not cost an older recording.
        if let obstacle = ScreenOptions.obstacle(device: guest.device) {
            printError(obstacle)
            throw Status.cannot
        }
        // Before there is another thread, which would be killed by what is kept from this one.
        let interruption = Interruption()
        let recorder: Recorder
        do throws(RecordingError) {
            recorder = try Recorder(path: output, replaces: true, about: Recorder.thisHost)
        } catch {
            printError(error.description)
            throw Status.failed
        }
        let end = Result { () throws(MachineError) in try record(configuration, recorder, interruption) }
        var isWhole = true
        do throws(RecordingError) {
            try recorder.finish()
            StandardOutput.print("\(output): \(recorder.count) events")
        } catch {
            printError("\(error); the recording ends with event \(recorder.count)")
            isWhole = false
        }
        switch end {
        case .failure(let error): throw error.report()
        case .success(let end):
            if !end.text.isEmpty {
                printError(end.text)
            } else if case .exit = end.why, end.code != 0 {
                printError("the guest ended its run with code \(end.code)")
            }
            throw isWhole ? end.status(after: interruption) : Status.failed
        }
    }

    private func record(
        _ configuration: SessionConfiguration, _ recorder: Recorder, _ interruption: Interruption
    ) throws(MachineError) -> RunEnd {
        // The events are in the file, so few are kept here.
        let session = Session(configuration, timeline: Timeline(capacity: 1, pageCapacity: 1))
        session.recorder = recorder
        let end = try session.record(trace.limits, kernel: trace.kernel, stop: { interruption.hasCome })
        if trace.kernel { session.reportKernelView() }
        return end
    }
}
