import Screen
import Timeline

import enum Command.Pane

/// Enter and exit as one draws them on a blackboard: VMM, KVM and guest, and where each vCPU is.
///
/// The chart is drawn; `lines` is the same content as linear text, for pipes and screen readers and for places that
/// are too small for a chart.
enum FlowchartPane: PaneView {
    static let pane = Pane.flowchart

    static func source(_ context: PaneContext) -> String {
        if !context.world.kernelCounts.isEmpty { return "kvm_run, tracepoint" }
        return KernelText.sight(context).level == .statistics ? "kvm_run, stats" : "kvm_run"
    }

    static func draw(_ context: PaneContext, on canvas: inout Canvas) {
        let facts = FlowchartFacts(context)
        if FullFlowchart.fits(canvas.width, canvas.height) {
            FullFlowchart(facts, width: canvas.width, height: canvas.height).draw(on: &canvas)
        } else if CompactFlowchart.fits(canvas.width, canvas.height) {
            CompactFlowchart(facts, width: canvas.width, height: canvas.height).draw(on: &canvas)
        } else {
            canvas.put(PaneText.scrolled(brief(facts), by: context.view.scroll, height: canvas.height))
        }
    }

    static func scroll(_ context: PaneContext, width: Int, height: Int) -> Scroll {
        let isChart = CompactFlowchart.fits(width, height)
        let total = isChart ? height : brief(FlowchartFacts(context)).count
        return Scroll(offset: context.view.scroll, visible: height, total: total)
    }

    static func lines(_ context: PaneContext, width: Int, height: Int) -> [Line] {
        let facts = FlowchartFacts(context)
        var lines = [Line(facts.whose, .heading)]
        lines.append(Line("VMM (user mode)", .userMode))
        lines.append(node(.issueRun, "1 ioctl(KVM_RUN)", facts))
        lines.append(arrow(.run, "into KVM", facts))
        lines.append(Line("KVM (kernel mode)", .kernelMode))
        lines.append(node(.insideRun, "inside KVM_RUN", facts))
        lines.append(node(.enterGuest, "Enter guest mode", facts))
        if let emulation = facts.emulation { lines.append(Line("  " + emulation)) }
        lines.append(arrow(.enter, "into the guest", facts))
        lines.append(Line("Guest (guest mode)", .guestMode))
        lines.append(node(.guest, "Execute natively in guest mode", facts))
        lines.append(arrow(.exit, "back into KVM", facts))
        lines.append(Line("KVM (kernel mode)", .kernelMode))
        lines.append(node(.handleExit, "Handle exit", facts))
        lines.append(node(.isIO, "I/O? (does it need user space?)", facts))
        lines.append(arrow(.ioYes, "yes: to 2 Handle I/O", facts) + Line("  ") + facts.reasonLine)
        lines.append(arrow(.otherYes, "out for another reason, which is no I/O", facts))
        lines.append(arrow(.ioNo, "no: KVM handled it", facts))
        lines.append(node(.isSignalPending, "Signal pending?", facts))
        lines.append(arrow(.signalYes, "yes: to 2 Handle I/O (exit intr)", facts))
        lines.append(arrow(.signalNo, "no: Enter guest mode again", facts))
        lines.append(Line("VMM (user mode)", .userMode))
        lines.append(node(.handleIO, "2 Handle \(facts.handled)", facts))
        lines.append(arrow(.again, "to 1 again", facts))
        lines += facts.vcpus.map { facts.story(of: $0.index) }
        return lines + facts.unobserved.wrapped(to: max(20, width))
    }

    private static func node(_ node: FlowNode, _ name: String, _ facts: FlowchartFacts) -> Line {
        let here = facts.vcpus(at: node)
        var line = Line("  " + name, here.isEmpty ? .normal : .lit)
        if !here.isEmpty {
            line.append("  <- " + here.map { "vCPU \($0)" }.joined(separator: ", ") + " is here", .lit)
        }
        return line
    }

    private static func arrow(_ arrow: FlowArrow, _ name: String, _ facts: FlowchartFacts) -> Line {
        let count = facts.count(arrow)
        var line = Line("    → ", .dim)
        line.append(name + " ")
        switch count {
        case .unknown: line.append("? times (not observed)")
        case .counted: line.append("#\(count.text) (from KVM's statistics)")
        case .known: line.append("×\(count.text)")
        }
        if facts.moved.contains(arrow) { line.append(PaneText.mark, .changed) }
        if facts.last == arrow { line.append("  last arrow taken", .accent) }
        return line
    }

    /// What remains where not even the compact chart has room.
    private static func brief(_ facts: FlowchartFacts) -> [Line] {
        var lines = facts.vcpus.map { facts.story(of: $0.index) }
        if lines.isEmpty { lines = [Line("no vCPU yet", .dim)] }
        var counts = Line("1 run ×\(facts.count(.run).text) · out ×\(facts.count(.ioYes).text)")
        if case .known(let others) = facts.count(.otherYes), others > 0 { counts.append(" +\(Figure.count(others))") }
        counts.append(" · signal ×\(facts.count(.signalYes).text)")
        return lines + [counts, Line("out: ", .dim) + facts.reasonLine, facts.unobserved]
    }
}
