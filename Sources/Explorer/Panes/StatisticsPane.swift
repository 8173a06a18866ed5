import Screen
import Timeline

import enum Command.Pane

/// What brought each vCPU out to user space beside what KVM handled itself, and where the time went.
enum StatisticsPane: PaneView {
    static let pane = Pane.statistics

    static func source(_ context: PaneContext) -> String {
        if !context.world.kernelCounts.isEmpty { return "kvm_run, tracepoint" }
        return context.world.vcpus.contains { !$0.statistics.isEmpty } ? "kvm_run, stats" : "kvm_run"
    }

    static func lines(_ context: PaneContext, width: Int, height: Int) -> [Line] {
        let world = context.world
        guard world.vcpus.contains(where: { $0.exits > 0 || !$0.kernelCounts.isEmpty }) else {
            return PaneText.unknown(
                "No exit yet", why: "no KVM_RUN has returned with an exit up to here", remedy: "step or run the guest",
                width: width)
        }
        let recent = Recent(context)
        var lines: [Line] = []
        for vcpu in world.vcpus where vcpu.exits > 0 || !vcpu.kernelCounts.isEmpty {
            if !lines.isEmpty { lines.append(Line()) }
            lines += counts(vcpu, recent.exitReasons[vcpu.index] ?? [], context, width)
            lines += ExitTimesTable.lines(vcpu, width: width)
        }
        if world.kernelLost > 0 {
            lines.append(Line())
            lines += Line(
                "\(Figure.of(world.kernelLost, "tracepoint record")) lost: the kernel wrote faster than they were read,"
                    + " so that counts and times of KVM's part are too low", .warning
            ).wrapped(to: width)
        }
        return lines
    }

    // MARK: Counts

    /// One row of a column.
    private struct Row {
        var name: String
        var count: UInt64
        var isNew = false
    }

    /// From this width on the two columns stand side by side.
    private static let wide = 64

    private static func counts(
        _ vcpu: World.VCPU, _ new: Set<String>, _ context: PaneContext, _ width: Int
    ) -> [Line] {
        // By name, not by size: a row keeps its place while the figures grow.
        let out = vcpu.exitCounts.sorted { $0.key < $1.key }.map {
            Row(name: ExitText.name(of: $0.key), count: UInt64(max(0, $0.value)), isNew: new.contains($0.key))
        }
        let isWide = width >= wide
        let column = isWide ? (width - 3) / 2 : width
        var left = Line("vCPU \(vcpu.index)", .heading)
        left.append("  \(Figure.of(vcpu.exits, "exit")) to user space", .dim)
        let users = [left] + rows(out, of: UInt64(max(0, vcpu.exits)), column)
        let kernels = kernel(vcpu, context, column)
        guard isWide else { return users + kernels }
        return PaneText.beside(users, kernels, leftWidth: column, width: width, height: max(users.count, kernels.count))
    }

    private static func rows(_ rows: [Row], of total: UInt64, _ width: Int) -> [Line] {
        let widest = rows.map { Text.width($0.name) }.max() ?? 0
        let nameWidth = min(max(8, widest), max(8, width - 14))
        return rows.map { row in
            var line = Line(row.isNew ? " \(PaneText.mark) " : "   ", .changed)
            line += Line(row.name, row.isNew ? .changed : .normal).truncated(to: nameWidth).padded(to: nameWidth)
            line += Line(" " + Figure.count(row.count)).padded(to: 7, .right)
            let share = total > 0 ? Double(row.count) / Double(total) : 0
            let room = width - nameWidth - 16
            if room >= 3 {
                line += Line("\(Int((share * 100).rounded()))%", .dim).padded(to: 5, .right) + Line(" ")
                line.append(Bar.text(share, width: min(40, room)), .accent)
            }
            return line.trimmed
        }
    }

    /// What KVM did inside KVM_RUN, by the best that there is.
    private static func kernel(_ vcpu: World.VCPU, _ context: PaneContext, _ width: Int) -> [Line] {
        let sight = KernelText.sight(context)
        func head(_ text: String) -> Line { Line("KVM", .heading) + Line("  " + text, .dim) }
        if vcpu.seesGuestMode {
            let handled = vcpu.times.kernel.filter { $0.handled > 0 }.sorted { $0.reason < $1.reason }
                .map { Row(name: $0.reason, count: UInt64($0.handled)) }
            let total = handled.reduce(0) { $0 + $1.count }
            return [head("\(Figure.count(total)) handled by itself")] + rows(handled, of: total, width)
        }
        if !vcpu.kernelCounts.isEmpty {
            let fired = vcpu.kernelCounts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
                .map { Row(name: $0.key, count: UInt64(max(0, $0.value))) }
            return [head("tracepoints (no guest mode)")]
                + rows(fired, of: fired.map(\.count).max() ?? 1, width)
        }
        let counters = counters(vcpu.statistics)
        if !counters.isEmpty {
            return [head("its own statistics, at stops")]
                + rows(
                    counters.map { Row(name: $0.name, count: $0.value) }, of: counters.map(\.value).max() ?? 1, width)
        }
        return PaneText.unknown(
            "? exits that KVM handles itself: not counted",
            why: sight.level == .tracepoints
                ? "no tracepoint has fired"
                : sight.reason.isEmpty ? "they need the kernel's tracepoints" : sight.reason,
            remedy: sight.remedy, width: width)
    }

    /// What is counted at all, without what counts the host's own affairs.
    static func counters(_ statistics: [String: UInt64]) -> [(name: String, value: UInt64)] {
        statistics.filter { name, value in
            value > 0 && !housekeeping.contains(name) && (!name.hasPrefix("halt_") || name == "halt_exits")
        }
        .sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private static let housekeeping: Set<String> = [
        "blocking", "fpu_reload", "guest_mode", "host_state_reload", "preemption_other", "preemption_reported",
        "req_event", "l1d_flush", "directed_yield_attempted", "directed_yield_successful",
    ]
}
