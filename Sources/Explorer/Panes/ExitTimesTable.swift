import Screen
import Timeline

/// The time of a vCPU's exits: in the guest, in KVM by what it handled, and in user mode, with what told it.
enum ExitTimesTable {
    private struct Row {
        var name: String
        var durations: Durations
        var source: String
        /// A part of the row above it.
        var isPart = false
    }

    static func lines(_ vcpu: World.VCPU, width: Int) -> [Line] {
        let rows = rows(vcpu.times)
        guard !rows.isEmpty else { return [] }
        let whole = rows.filter { !$0.isPart }.reduce(0) { $0 &+ $1.durations.total }
        let table = Table(columns(rows, width), rows: rows.map { row($0, of: whole, width) })
        return [Line()] + PaneText.table(table, width: width, height: table.count + 1)
    }

    private static func rows(_ times: ExitTimes) -> [Row] {
        var rows: [Row] = []
        func add(_ name: String, _ entries: [ExitTimes.Entry], _ source: String) {
            var all = Durations()
            for entry in entries { all.add(entry.durations) }
            guard all.count > 0 else { return }
            rows.append(Row(name: name, durations: all, source: source))
            guard entries.count > 1 else { return }
            rows += entries.sorted { $0.reason < $1.reason }.map {
                Row(name: ExitText.name(of: $0.reason), durations: $0.durations, source: source, isPart: true)
            }
        }
        if times.guest.count > 0 {
            rows.append(Row(name: "in the guest", durations: times.guest, source: "tracepoint"))
            add("in KVM", times.kernel, "tracepoint")
        } else {
            add("in KVM_RUN", times.inside, "ioctl door")
        }
        add("in user mode", times.user, "ioctl door")
        return rows
    }

    private static func columns(_ rows: [Row], _ width: Int) -> [Table.Column] {
        let name = rows.map { Text.width($0.name) + ($0.isPart ? 2 : 0) }.max() ?? 0
        return [
            Table.Column("TIME", width: max(12, name), priority: 100),
            Table.Column("COUNT", width: 5, .right, priority: 60),
            Table.Column("MEDIAN", width: 8, .right, priority: 95),
            Table.Column("90 %", width: 8, .right, priority: 55),
            Table.Column("99 %", width: 8, .right, priority: 70),
            Table.Column("LONGEST", width: 8, .right, priority: 50),
            Table.Column("SHARE", width: 8, grow: width > 90 ? 1 : 0, priority: 80),
            Table.Column("SOURCE", width: 10, priority: 40),
        ]
    }

    private static func row(_ row: Row, of whole: UInt64, _ width: Int) -> Table.Row {
        func time(_ nanoseconds: UInt64?) -> Line { Line(nanoseconds.map(Figure.duration) ?? "") }
        let durations = row.durations
        let share = whole > 0 ? Double(durations.total) / Double(whole) : 0
        return Table.Row([
            Line((row.isPart ? "  " : "") + row.name, row.isPart ? .dim : .normal), Line(Figure.count(durations.count)),
            time(durations.percentile(50)), time(durations.percentile(90)), time(durations.percentile(99)),
            time(durations.longest), Line(Bar.text(share, width: width > 90 ? 16 : 8), row.isPart ? .dim : .accent),
            Line(row.source, .dim),
        ])
    }
}
