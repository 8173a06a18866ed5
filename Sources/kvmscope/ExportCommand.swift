internal import ArgumentParser
internal import Explorer
internal import Export
internal import Recording
internal import Timeline

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Turn a recording into text, a table, a drawing or a page.",
        discussion: """
            EXAMPLES
              kvmscope export run.kvmscope --json | jq 'select(.kind == "exit")'
              kvmscope export run.kvmscope --csv -o exits.csv
              kvmscope export run.kvmscope --svg -o run.svg
              kvmscope export run.kvmscope --html -o run.html
              kvmscope export run.kvmscope --csv --branch 2 -o exits.csv
            """)

    /// What the recording is turned into.
    enum Form: String, EnumerableFlag {
        case json, csv, svg, html

        static func help(for form: Form) -> ArgumentHelp? {
            switch form {
            case .json: "Every event as a line of JSON, as `trace --json` gives it."
            case .csv: "The exits as a table, RFC 4180."
            case .svg: "A drawing: the exits in time, a lane for each vCPU, and the flowchart with its counts."
            case .html: "One page that needs nothing else: the screens of the run, to step through or to print."
            }
        }
    }

    @Argument(help: "The recording.", completion: .file(extensions: ["kvmscope"]))
    var file: String

    @Flag(exclusivity: .exclusive)
    var form: Form

    @Option(
        help: ArgumentHelp(
            "Which branch of the run, where the recording has several; the one last in view if left out.",
            valueName: "number"))
    var branch: Int?

    @Option(
        name: .shortAndLong, help: ArgumentHelp("Where to; standard output if left out.", valueName: "file"),
        completion: .file())
    var output: String?

    func run() throws {
        do {
            let recording = try RecordingReader(path: file)
            guard let events = recording.events(ofBranch: branch) else {
                let all = Timeline(recording).branches.map { "\($0.id)" }
                throw ValidationError(
                    "there is no branch \(branch ?? 1) in \(file); there \(all.count == 1 ? "is" : "are") "
                        + all.joined(separator: ", "))
            }
            let output = try ExportOutput(path: output, besides: file)
            do {
                try write(events, to: output)
            } catch {
                output.abandon()
                throw error
            }
            try output.finish()
        } catch let error as RecordingError {
            printError(error.description)
            throw Status.failed
        } catch let error as ExportOutput.Failure {
            printError(error.text)
            throw Status.failed
        }
    }

    private func write(_ events: any EventSource, to output: ExportOutput) throws {
        switch form {
        case .json:
            var lines = TraceLines()
            try events.forEachEvent { try output.write(lines.line(for: $0)) }
        case .csv:
            var table = ExitTable()
            try output.write(ExitTable.header)
            try events.forEachEvent { event in
                if let record = table.record(for: event) { try output.write(record) }
            }
        case .svg:
            var chart = RunChart()
            events.forEachEvent { chart.take($0) }
            try output.write(chart.svg)
        case .html:
            try output.write(
                Handout(Timeline(events), environment: .ofRecording()).html)
        }
    }
}
