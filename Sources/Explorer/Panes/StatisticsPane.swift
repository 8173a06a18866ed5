import Screen
import Timeline

import enum Command.Pane

/// What brought each vCPU out to user space, how often, as bars.
enum StatisticsPane: PaneView {
    static let pane = Pane.statistics

    static func source(_ context: PaneContext) -> String { "kvm_run" }

    static func lines(_ context: PaneContext, width: Int, height: Int) -> [Line] {
        let world = context.world
        guard world.exitCount > 0 else {
            return PaneText.unknown(
                "No exit yet", why: "no KVM_RUN has returned with an exit up to here", remedy: "step or run the guest",
                width: width)
        }
        let recent = Recent(context)
        var lines: [Line] = []
        for vcpu in world.vcpus where vcpu.exits > 0 {
            if !lines.isEmpty { lines.append(Line()) }
            var head = Line("vCPU \(vcpu.index)", .heading)
            head.append("  \(Figure.of(vcpu.exits, "exit")) to user space", .dim)
            lines.append(head)
            let new = recent.exitReasons[vcpu.index] ?? []
            // By name, not by size: a row keeps its place while the figures grow.
            for (reason, count) in vcpu.exitCounts.sorted(by: { $0.key < $1.key }) {
                lines.append(row(reason, count, of: vcpu.exits, isNew: new.contains(reason), width: width))
            }
        }
        lines.append(Line())
        guard world.kernelCounts.isEmpty else { return lines + tracepoints(world, width) }
        let tracing = KernelText.sight(context)
        return lines
            + PaneText.unknown(
                "? exits that KVM handles itself: not counted yet",
                why: tracing.reason.isEmpty ? "they need the kernel's tracepoints" : tracing.reason,
                remedy: tracing.remedy, width: width)
    }

    /// By name, like the exits, and against the one that fired most: they are no parts of one whole.
    private static func tracepoints(_ world: World, _ width: Int) -> [Line] {
        let most = world.kernelCounts.values.max() ?? 1
        return [Line("Tracepoints", .heading) + Line("  inside the kernel, all vCPUs", .dim)]
            + world.kernelCounts.sorted { $0.key < $1.key }.map { name, count in
                var line = Line("   " + name).padded(to: 25) + Line(" " + Figure.count(count)).padded(to: 7, .right)
                line.append(" " + Bar.text(Double(count) / Double(most), width: max(0, min(60, width - 34))), .accent)
                return line.trimmed
            }
    }

    private static func row(_ reason: String, _ count: Int, of total: Int, isNew: Bool, width: Int) -> Line {
        let nameWidth = min(16, max(8, width / 3))
        var line = Line(isNew ? " \(PaneText.mark) " : "   ", .changed)
        line += Line(ExitText.name(of: reason), isNew ? .changed : .normal).padded(to: nameWidth)
        line += Line(" " + Figure.count(count)).padded(to: 7, .right)
        let share = total > 0 ? Double(count) / Double(total) : 0
        line += Line("\(Int((share * 100).rounded()))%", .dim).padded(to: 5, .right) + Line(" ")
        line.append(Bar.text(share, width: max(0, min(60, width - nameWidth - 16))), .accent)
        return line.trimmed
    }
}
