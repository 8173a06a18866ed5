internal import Host
internal import Session
internal import Timeline

/// Everything that `doctor` found out, section by section in the order in which it is printed.
struct Checkup {
    /// One answer: what was asked, what was found, where, and what to do about it.
    struct Finding {
        /// The name in the JSON.
        var id: String
        var title: String
        var state: HostReport.State
        var value: String
        var source: String
        var remedy: String?
    }

    struct Section {
        var title: String
        var findings: [Finding]
    }

    var sections: [Section]
    /// Why no guest can run here and what to do, in one line; nil where guests can run.
    var obstacle: String?
    /// How the kernel's half of the flowchart can be seen here.
    var view: KernelView

    init(device: String) {
        let report = HostReport.read(device: device, versions: ToolVersions.read())
        let live = KVMAnswers(device: device)
        let trials = live.canCreate ? TrialRun.all(device: device) : []
        let tracing = TracingLevel.read(hasStatistics: live.hasStatistics)
        let possible = KernelView(tracing, live, limit: .tracepoints)
        let view = KernelView(tracing, live, limit: SessionConfiguration.environmentLimit.level ?? .tracepoints)
        func host(_ questions: HostReport.Question...) -> [Finding] {
            questions.compactMap { report[$0] }.map(Finding.init)
        }
        sections = [
            Section(title: "Guests", findings: host(.device) + live.version + trials.map(\.finding)),
            Section(
                title: "KVM and the machine",
                findings: host(.kind, .paging, .guest, .nested, .virtualization, .processor, .kernel)),
            Section(title: "What this KVM can do", findings: live.capabilities),
            Section(
                title: "The kernel's half of the flowchart",
                findings: [view.finding(possible: possible, tracing)]
                    + host(.tracefs, .kvmEvents, .traceInstance, .functionGraph)
                    + live.statistics),
            Section(
                title: "Memory",
                findings: host(.pagemap, .kpageflags, .transparentHugePages, .memory)),
            Section(title: "Tools for guests from source", findings: host(.assembler, .linker, .compiler)),
            Section(title: "Terminal", findings: TerminalFacts.read()),
        ]
        self.view = view
        obstacle = Self.obstacle(report, live, trials)
    }

    private static func obstacle(_ report: HostReport, _ live: KVMAnswers, _ trials: [TrialRun]) -> String? {
        if trials.contains(where: \.succeeded) { return nil }
        // The device's own line first: it knows the remedy.
        if let device = report[.device], device.state != .yes {
            return "guests cannot run here: \(device.value)" + (device.remedy.map { "; \($0)" } ?? "")
        }
        if let refusal = live.refusal { return "guests cannot run here: \(refusal)" }
        return "guests cannot run here: \(trials.first?.value ?? "KVM gives no virtual machine")"
    }
}

extension Checkup.Finding {
    init(_ item: HostReport.Item) {
        self.init(
            id: item.question.rawValue, title: item.question.title, state: item.state, value: item.value,
            source: item.source, remedy: item.remedy)
    }
}

/// The three ways in which KVM's own part of an exit can be seen, best first.
enum KernelView: String {
    /// Each entry and exit with its moment and reason.
    case tracepoints
    /// Counts of them, read at each stop.
    case statistics
    /// Only what comes back to user space.
    case boundary
    /// No guest can run, so there is nothing to see.
    case nothing

    /// - Parameter limit: the most that is asked for.
    init(_ tracing: TracingLevel, _ live: KVMAnswers, limit: KernelSight.Level) {
        self =
            !live.canCreate
            ? .nothing
            : tracing.kind == .tracepoints && limit >= .tracepoints
                ? .tracepoints : live.hasStatistics && limit >= .statistics ? .statistics : .boundary
    }

    /// - Parameters:
    ///   - possible: what this machine would allow.
    ///   - tracing: what stands between this user and tracepoints.
    func finding(possible: KernelView, _ tracing: TracingLevel) -> Checkup.Finding {
        let variable = SessionConfiguration.kernelLimitVariable
        let isAskedFor = self != possible
        let more = tracing.remedy.map { "for tracepoints: \($0)" }
        let (state, value, remedy): (HostReport.State, String, String?) =
            switch self {
            case .tracepoints: (.yes, "tracepoints: every event that this kernel fires, with its time", nil)
            case .statistics: (.limited, "statistics: counts at each stop, without order or time", more)
            case .boundary: (.no, "the user-space boundary alone", more)
            case .nothing: (.unknown, "no guest runs here", "first of all let guests run: see above")
            }
        return .init(
            id: "kernel-view", title: "how it can be seen", state: state, value: value,
            source: isAskedFor ? variable : "the lines below",
            remedy: isAskedFor ? "for \(possible.rawValue): start without \(variable)" : remedy)
    }
}
