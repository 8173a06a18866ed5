import Screen
import Timeline

/// What the flowchart says at the cursor, before anything is drawn.
struct FlowchartFacts {
    /// Where a vCPU is.
    enum Place: Hashable {
        /// It has never been let go, or is not built yet.
        case none
        case node(FlowNode)
    }

    /// How often an arrow was taken.
    enum Count: Equatable {
        case known(UInt64)
        /// Worked out of KVM's statistics at the last stop.
        case counted(UInt64)
        /// The kernel knows, and nobody asked it.
        case unknown

        var text: String {
            switch self {
            case .known(let number), .counted(let number): Figure.count(number)
            case .unknown: "?"
            }
        }
    }

    /// The vCPU whose counts are shown.
    let focus: Int
    let vcpus: [World.VCPU]
    let places: [Int: Place]
    let last: FlowArrow?
    let moved: Set<FlowArrow>
    let newReasons: Set<String>
    let tracing: KernelSight
    /// How often each tracepoint fired on the focused vCPU's thread.
    let kernel: [String: Int]
    /// KVM's statistics of the focused vCPU; empty where they were not read.
    let statistics: [String: UInt64]
    /// Tracepoint records that nobody could read.
    let lost: Int
    /// Where the cursor stands on the way through one KVM_RUN; nil at the present.
    let passage: (place: Timeline.Passage, event: String)?
    /// The run said itself how far one can see.
    private let knowsSight: Bool
    private let host: HostKVM?
    private let seesGuestMode: Bool
    private let counts: FlowCounts
    private let phase: MachinePhase

    init(_ context: PaneContext) {
        let world = context.world
        vcpus = world.vcpus
        phase = world.phase
        focus = vcpus.indices.contains(context.vcpu) ? context.vcpu : 0
        counts = vcpus.indices.contains(focus) ? vcpus[focus].arrows : FlowCounts()
        last = vcpus.indices.contains(focus) ? vcpus[focus].lastArrow : nil
        let isBuilt = phase != .unbuilt && phase != .building
        places = Dictionary(uniqueKeysWithValues: vcpus.map { ($0.index, isBuilt ? Self.place($0, context) : .none) })
        let recent = Recent(context)
        // The first KVM_RUN was reached by no arrow from "2".
        moved = (recent.arrows[focus] ?? []).filter { [counts] in counts[$0] > 0 }
        newReasons = recent.exitReasons[focus] ?? []
        tracing = KernelText.sight(context)
        knowsSight = world.sight != nil
        kernel = vcpus.indices.contains(focus) ? vcpus[focus].kernelCounts : [:]
        statistics = vcpus.indices.contains(focus) ? vcpus[focus].statistics : [:]
        lost = world.kernelLost
        host = world.host
        passage = Self.passage(context, focus)
        seesGuestMode = vcpus.indices.contains(focus) && vcpus[focus].seesGuestMode
    }

    /// A vCPU that runs is shown inside KVM_RUN: from user space no more can be told of it.
    private static func place(_ vcpu: World.VCPU, _ context: PaneContext) -> Place {
        vcpu.isRunning && context.isLive ? .node(.insideRun) : .node(vcpu.node)
    }

    /// The arrows that user space cannot see are unknown, not zero, until the kernel tells of them.
    func count(_ arrow: FlowArrow) -> Count {
        switch arrow {
        case .enter, .exit, .ioNo, .signalNo: seesGuestMode ? .known(counts[arrow]) : counted(arrow)
        case .run, .ioYes, .otherYes, .signalYes, .again: .known(counts[arrow])
        }
    }

    /// What user space handles at "2": I/O, but for a vCPU in view that came out for another reason.
    var handled: String {
        guard vcpus.indices.contains(focus), places[focus] == .node(.handleIO), let exit = vcpus[focus].lastExit,
            !exit.isIO, exit.reason != "intr"
        else { return "I/O" }
        let name = ExitText.name(of: exit.reason)
        return name.count <= 7 ? name : "exit"
    }

    /// What the statistics say where no tracepoint does: KVM counts what came out of guest mode.
    private func counted(_ arrow: FlowArrow) -> Count {
        guard tracing.level == .statistics, !isEmulating, let exits = statistics["exits"] else { return .unknown }
        switch arrow {
        case .enter, .exit: return .counted(exits)
        default:
            let out = counts[.ioYes] + counts[.otherYes] + counts[.signalYes]
            return .counted(exits > out ? exits - out : 0)
        }
    }

    private static func passage(_ context: PaneContext, _ vcpu: Int) -> (Timeline.Passage, String)? {
        guard !context.isLive, let event = context.timeline[context.cursor - 1],
            let place = context.timeline.passage(at: context.cursor, vcpu: vcpu)
        else { return nil }
        switch event.body {
        case .kernel(let kernel): return (place, EventText.kernel(kernel))
        case .resumed: return (place, "ioctl(KVM_RUN)")
        case .ioctl(let call): return (place, "KVM_RUN returns \(EventText.result(call))")
        case .exit(let exit): return (place, "exit " + ExitText.line(exit))
        default: return nil
        }
    }

    /// The vCPUs at a node, in their order.
    func vcpus(at node: FlowNode) -> [Int] { vcpus.map(\.index).filter { places[$0] == .node(node) } }

    /// `[0] [1]`, or how many where they do not fit.
    func badges(at node: FlowNode, width: Int) -> String {
        let here = vcpus(at: node)
        guard !here.isEmpty else { return "" }
        let each = here.map { "[\($0)]" }.joined(separator: " ")
        if each.count <= width { return each }
        let close = here.map { "[\($0)]" }.joined()
        if close.count <= width { return close }
        return Text.truncated("[\(here.count) vCPUs]", to: max(0, width))
    }

    /// What brought the focused vCPU out to user space, by name so that nothing changes its place.
    var reasons: [(name: String, count: Int)] {
        guard vcpus.indices.contains(focus) else { return [] }
        return vcpus[focus].exitCounts.filter { $0.key != "intr" }.sorted { $0.key < $1.key }
            .map { (ExitText.name(of: $0.key), $0.value) }
    }

    /// `io 3 · hlt 1`, with the mark behind what is new.
    var reasonLine: Line {
        guard !reasons.isEmpty else { return Line("none yet", .dim) }
        var line = Line()
        for (name, count) in reasons {
            if !line.isEmpty { line.append(" · ", .dim) }
            let isNew = newReasons.contains { ExitText.name(of: $0) == name }
            line.append("\(name) \(count)", isNew ? .changed : .normal)
            if isNew { line.append(PaneText.mark, .changed) }
        }
        return line
    }

    /// Which vCPU's counts these are.
    var whose: String {
        switch vcpus.count {
        case 0: "no vCPU yet"
        case 1: "counts: vCPU 0"
        default: "counts: vCPU \(focus) of \(vcpus.count)"
        }
    }

    /// Where a vCPU is and what brought it there, in one line.
    func story(of index: Int) -> Line {
        guard vcpus.indices.contains(index) else { return Line() }
        let vcpu = vcpus[index]
        var line = Line("[\(index)] ", .lit)
        if index == focus, let passage { return line + Self.slowMotion(passage.place, passage.event) }
        guard case .node(let node)? = places[index] else {
            line.append("not built yet", .dim)
            return line
        }
        switch node {
        case .insideRun: line.append("inside KVM_RUN: guest or kernel, not visible from here")
        case .issueRun:
            line.append(vcpu.arrows[.run] == 0 ? "has not run yet" : "about to call ioctl(KVM_RUN)")
            if let stop = vcpu.lastStop, stop.reason == .refused { line.append(" · \(stop.text)", .bad) }
        case .handleIO:
            line.append("at 2: ")
            if let exit = vcpu.lastExit {
                line.append(ExitText.line(exit), exit.isTrouble ? .bad : .emphasis)
            } else {
                line.append("an exit")
            }
            if let stop = vcpu.lastStop, stop.reason == .failure || stop.reason == .bios {
                line.append(" · \(stop.text)", .bad)
            }
        case .guest: line.append("in guest mode")
        case .handleExit: line.append("in KVM, which handles an exit")
        case .isIO: line.append("in KVM, on the way to user space")
        case .isSignalPending: line.append("in KVM, on the way to user space for a signal")
        default: line.append(node.rawValue)
        }
        return line
    }

    /// One arrow of many: which, what fired, and when.
    private static func slowMotion(_ place: Timeline.Passage, _ event: String) -> Line {
        var line = Line("arrow \(place.number) of \(place.count) ", .accent)
        if let moment = place.sinceCall { line.append("\(Figure.duration(moment)) after the call", .emphasis) }
        if let wait = place.sincePrevious { line.append(" (+\(Figure.duration(wait)))", .dim) }
        return line + Line(": " + event)
    }

    /// The other vCPUs, one a row; where the rows do not suffice, the last says how many more there are.
    func others(rows: Int) -> [Line] {
        let others = vcpus.map(\.index).filter { $0 != focus }
        let rows = max(1, rows)
        if others.count <= rows { return others.map(story) }
        let rest = others.dropFirst(rows - 1)
        let inside = rest.count { places[$0] == .node(.insideRun) }
        let more = rows > 1 ? "more" : "other"
        return others.prefix(rows - 1).map(story)
            + [Line("and \(Figure.of(rest.count, more + " vCPU")), \(inside) inside KVM_RUN", .dim)]
    }

    /// Whether KVM executes the guest's code itself instead of entering it: then more instructions are emulated than
    /// there are exits. Elsewhere its emulator only finishes what an exit began.
    private var isEmulating: Bool {
        if seesGuestMode { return false }
        if let exits = statistics["exits"], let emulated = statistics["insn_emulation"] { return emulated > exits }
        return (kernel["kvm_emulate_insn"] ?? 0) > 0
    }

    /// Instructions that KVM executed in the guest's stead; 0 where it told of none.
    private var emulated: Count? {
        guard isEmulating else { return nil }
        if let fired = kernel["kvm_emulate_insn"] { return .known(UInt64(max(0, fired))) }
        return statistics["insn_emulation"].map { .counted($0) }
    }

    /// The emulator's loop, which lies inside KVM; nil where it was not seen to run.
    var emulation: String? { emulated.map { "↑↓ emulated \(mark($0))\($0.text)" } }

    private func mark(_ count: Count) -> String {
        if case .counted = count { return "#" }
        return ""
    }

    /// What the kernel told of the inner loop, or why it shows question marks.
    var unobserved: Line { lostNote + (hasRun ? (kernel.isEmpty ? notTraced : observed) : notRunYet) + hostNote }

    private var hasRun: Bool { counts[.run] > 0 || !kernel.isEmpty }

    /// Before the first KVM_RUN there is nothing that could have been missed.
    private var notRunYet: Line {
        var line = Line("inner loop: nothing has run yet", .dim)
        guard knowsSight, tracing.level != .tracepoints, !tracing.reason.isEmpty else { return line }
        let how = tracing.level == .statistics ? "will be counted at stops alone" : "will not be observed"
        line.append("; it \(how): \(tracing.reason)", .dim)
        if !tracing.remedy.isEmpty { line.append("; \(tracing.remedy)", .dim) }
        return line
    }

    /// KVM_RUNs that returned without a word of the kernel: it tells of each return where it is listened to.
    private var unheardRuns: UInt64 {
        let isInside = vcpus.indices.contains(focus) && vcpus[focus].isRunning
        let returned = counts[.run] - min(counts[.run], isInside ? 1 : 0)
        return returned - min(returned, UInt64(max(0, kernel["kvm_userspace_exit"] ?? 0)))
    }

    /// The hardware's reasons, the most frequent first: `cpuid 1001 · npf 5`.
    private var hardwareReasons: String {
        guard vcpus.indices.contains(focus) else { return "" }
        return vcpus[focus].times.kernel.filter { $0.durations.count > 0 }
            .sorted { ($1.durations.count, $0.reason) < ($0.durations.count, $1.reason) }
            .map { "\($0.reason) \(Figure.count($0.durations.count))" }.joined(separator: " · ")
    }

    private var lostNote: Line {
        lost > 0
            ? Line("\(Figure.of(lost, "tracepoint record")) lost, so that counts are too low · ", .warning) : Line()
    }

    private var hostNote: Line {
        guard let host, let module = host.module else { return Line() }
        return Line(" · \(module)" + (host.paging.map { ", " + KernelText.name(of: $0) } ?? ""), .dim)
    }

    private var notTraced: Line {
        if tracing.level == .statistics, !statistics.isEmpty { return fromStatistics }
        var line = Line("? ", .warning)
        line.append("inner loop not observed: ", .dim)
        guard tracing.level != .tracepoints else {
            line.append("no tracepoint of the kernel has fired", .dim)
            return line
        }
        line.append(tracing.reason.isEmpty ? "it needs the kernel's tracepoints" : tracing.reason, .dim)
        if !tracing.remedy.isEmpty { line.append("; \(tracing.remedy)", .dim) }
        return line
    }

    /// Counts without order or time.
    private var fromStatistics: Line {
        var line = Line("# ", .warning)
        line.append("counted by KVM's statistics at stops, without order or time: ", .dim)
        let shown = StatisticsPane.counters(statistics)
        line.append(
            shown.isEmpty
                ? "nothing yet" : shown.map { "\($0.name) \(Figure.count($0.value))" }.joined(separator: " · "))
        line.append(" · no more because \(tracing.reason)", .dim)
        if !tracing.remedy.isEmpty { line.append("; \(tracing.remedy)", .dim) }
        return line
    }

    /// Where guest mode is never entered as the chart has it, what KVM did instead stands first.
    private var observed: Line {
        var line = Line()
        if tracing.level != .tracepoints, !tracing.remedy.isEmpty {
            line.append("? ", .warning)
            line.append("counted no further: \(tracing.reason); \(tracing.remedy) · ", .dim)
        }
        if unheardRuns > 0 {
            line.append("? ", .warning)
            line.append(
                "\(unheardRuns) of \(counts[.run]) KVM_RUNs were not observed, so that these counts are too low · ",
                .warning)
        }
        if !seesGuestMode {
            line.append("? ", .warning)
            line.append("kvm_entry and kvm_exit did not fire: ", .dim)
            if let emulated {
                line.append("emulated \(emulated.text) instruction\(emulated.text == "1" ? "" : "s") · ")
            }
        }
        if !hardwareReasons.isEmpty { line.append("hardware exits: \(hardwareReasons) · ", .dim) }
        // Where the list is cut, what is left is what counts.
        let shown = kernel.filter { !isEmulating || $0.key != "kvm_emulate_insn" }
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let words = shown.map { name, count in
            "\(name) \(Figure.count(count))"
                + (name == "kvm_emulate_insn" && seesGuestMode ? " (to finish an exit)" : "")
        }
        line.append(
            words.isEmpty ? "no other tracepoint fired" : "tracepoints: " + words.joined(separator: " · "), .dim)
        return line
    }
}
