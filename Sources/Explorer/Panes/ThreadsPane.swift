import Screen
import Timeline

import enum Command.Pane

/// The threads of the process: which vCPU each one runs, and where its time went.
enum ThreadsPane: PaneView {
    static let pane = Pane.threads
    static let isWindow = true

    static func source(_ context: PaneContext) -> String { "procfs" }

    static func scroll(_ context: PaneContext, width: Int, height: Int) -> Scroll {
        let footer = footer(context.world.threads, width: width, height: height).count
        let rows = height > footer + 1 ? height - footer - 1 : height - 1
        return Scroll(offset: context.view.scroll, visible: max(1, rows), total: context.world.threads.count)
    }

    static func lines(_ context: PaneContext, width: Int, height: Int) -> [Line] {
        let threads = context.world.threads
        guard !threads.isEmpty else {
            return PaneText.unknown(
                "No thread known yet", why: "they are read at a stop, from /proc/self/task",
                remedy: "build the machine or step once", width: width, height: height)
        }
        let before = Dictionary(context.world.previousThreads.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        let started = Recent(context).startedThreads
        let table = Table(columns, count: threads.count) { index in
            let thread = threads[index]
            return row(thread, before: before[thread.id], isNew: started.contains(thread.id))
        }
        let footer = footer(threads, width: width, height: height)
        let room = height > footer.count + 1 ? height - footer.count : height
        return PaneText.withFooter(
            PaneText.table(table, width: width, height: room, offset: context.view.scroll), footer, height: height)
    }

    /// Figures have a column more than their digits, for the mark of what moved.
    private static let columns = [
        Table.Column("TID", width: 7, .right, priority: 100),
        Table.Column("NAME", width: 11, grow: 1, priority: 95),
        Table.Column("ROLE", width: 7, priority: 80),
        Table.Column("S", width: 1, priority: 90),
        Table.Column("CPU ", width: 4, .right, priority: 50),
        Table.Column("USER s ", width: 7, .right, priority: 60),
        Table.Column("SYS s ", width: 7, .right, priority: 60),
        Table.Column("GUEST s ", width: 8, .right, priority: 70),
        Table.Column("VOL.SW ", width: 7, .right, priority: 40),
        Table.Column("INV.SW ", width: 7, .right, priority: 40),
    ]

    private static func row(_ thread: HostThread, before: HostThread?, isNew: Bool) -> Table.Row {
        let style: Style = thread.role == .other ? .dim : .normal
        // A thread of which only its start was seen has no figures until procfs is read.
        let isRead = thread.state != "?"
        func figure<T: Equatable>(_ path: KeyPath<HostThread, T>, _ text: (T) -> String) -> Line {
            guard isRead else { return Line("? ", .dim) }
            let moved = before.map { $0.state != "?" && $0[keyPath: path] != thread[keyPath: path] } ?? false
            var line = Line(text(thread[keyPath: path]), moved ? .changed : style)
            line.append(moved ? PaneText.mark : " ", .changed)
            return line
        }
        return Table.Row(
            [
                Line("\(thread.id)", style), Line(thread.name, style), role(thread.role),
                Line(thread.state, isRead ? style : .dim), figure(\.lastCPU) { "\($0)" },
                figure(\.userTime, Figure.seconds), figure(\.systemTime, Figure.seconds),
                figure(\.guestTime, Figure.seconds), figure(\.voluntarySwitches) { Figure.count($0) },
                figure(\.involuntarySwitches) { Figure.count($0) },
            ], changed: isNew)
    }

    private static func role(_ role: HostThread.Role) -> Line {
        switch role {
        case .main: Line("main", .userMode)
        case .vcpu(let index): Line("vCPU \(index)", .guestMode)
        case .builder: Line("builder", .userMode)
        case .other: Line("other", .dim)
        }
    }

    private static func footer(_ threads: [HostThread], width: Int, height: Int) -> [Line] {
        let vcpus = threads.count { if case .vcpu = $0.role { true } else { false } }
        let main = threads.count { $0.role == .main }
        let builders = threads.count { $0.role == .builder }
        var summary = Line("\(main) main · \(vcpus) vCPU")
        if builders > 0 { summary.append(" · \(builders) builder") }
        summary.append(" · \(threads.count - main - vcpus - builders) other", .dim)
        let note = Line("guest time is part of user time; all three move in clock ticks", .dim)
        if width >= summary.width + 3 + note.width { return [summary + Line("   ") + note] }
        return height > threads.count + 3 && width >= note.width ? [note, summary] : [summary]
    }
}
