internal import ArgumentParser
internal import Explorer
internal import Export
internal import Host
internal import KVM
internal import Session
internal import Terminal
internal import Timeline

/// The options of every command that opens the screen.
struct ScreenOptions: ParsableArguments {
    @Flag(help: "Draw with ASCII alone, without colours.")
    var ascii = false

    @Flag(inversion: .prefixedNo, help: "Take mouse clicks and the wheel.")
    var mouse = true

    @Flag(help: "Print the screen as linear text instead of drawing it, for screen readers and pipes.")
    var plain = false

    @Flag(help: "Print what the screen would show as one JSON object.")
    var json = false

    @Flag(help: "Print the screen as a drawing in SVG, in its colours.")
    var svg = false

    func validate() throws {
        if [plain, json, svg].filter({ $0 }).count > 1 {
            throw ValidationError("--plain, --json and --svg are forms of the same; choose one")
        }
    }

    /// How the screen is printed, and what the script came to; nil where it is drawn.
    var printing: ((Model, [Script.Result]) -> String)? {
        if json { return { $0.content.json(after: $1).text + "\n" } }
        if plain { return { model, _ in model.content.text } }
        if svg { return { model, _ in ScreenDrawing.svg(model.grid, title: model.content.title) } }
        return nil
    }

    /// The size for which panes are chosen where there is no terminal: a drawing is of the screen at home.
    var printedSize: (width: Int, height: Int) { svg ? (120, 40) : (100, 60) }

    var terminal: Terminal.Options {
        var options = Terminal.Options()
        options.ascii = ascii
        options.mouse = mouse
        return options
    }

    /// What the screen has to know of the host.
    func environment(device: String) -> Explorer.Environment {
        let report = HostReport.read(device: device)
        var environment = Explorer.Environment(isASCII: ascii, version: Program.version)
        environment.kvm = report.kind?.moduleName
        environment.capabilities = Capability.allKnown.compactMap(\.name)
        environment.tracing = .init(TracingLevel.read(hasStatistics: true))
        environment.kvmUnavailable = Self.obstacle(report)
        return environment
    }

    /// Why no guest can run on this device, and what to do about it; nil where one can.
    static func obstacle(device: String) -> String? { obstacle(HostReport.read(device: device)) }

    private static func obstacle(_ report: HostReport) -> String? {
        guard let item = report[.device], item.state == .no else { return nil }
        return [item.value, item.remedy].compactMap { $0 }.joined(separator: "; ")
    }
}

extension KernelSight {
    /// What is to be expected before a machine has stood.
    init(_ level: TracingLevel) {
        let kind: KernelSight.Level =
            switch level.kind {
            case .tracepoints: .tracepoints
            case .statistics: .statistics
            case .boundary: .boundary
            }
        self.init(level: kind, reason: kind == .tracepoints ? "" : level.reason, remedy: level.remedy ?? "")
    }
}
