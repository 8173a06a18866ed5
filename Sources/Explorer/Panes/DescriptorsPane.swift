import Screen
import Timeline

import enum Command.Pane

/// The process's file descriptors as `lsof` lists them, with KVM's told apart and who opened them.
enum DescriptorsPane: PaneView {
    static let pane = Pane.descriptors
    static let isWindow = true

    static func source(_ context: PaneContext) -> String { "procfs · ioctl door" }

    static func scroll(_ context: PaneContext, width: Int, height: Int) -> Scroll {
        let footer = 1
        let rows = height > footer + 1 ? height - footer - 1 : height - 1
        let descriptors = context.world.descriptors
        let scroll = Scroll(offset: context.view.scroll, visible: max(1, rows), total: descriptors.count)
        // Until the person scrolls, KVM's descriptors are in view; they are seldom the first.
        guard context.view.followsCursor, let first = descriptors.firstIndex(where: { $0.kind.isKVMs }),
            let last = descriptors.lastIndex(where: { $0.kind.isKVMs })
        else { return scroll }
        return Scroll(offset: 0, visible: scroll.visible, total: scroll.total).showing(last).showing(first)
    }

    static func lines(_ context: PaneContext, width: Int, height: Int) -> [Line] {
        let descriptors = context.world.descriptors
        guard !descriptors.isEmpty else {
            return PaneText.unknown(
                "No descriptor known yet", why: "the table is read at a stop, from /proc/self/fd",
                remedy: "build the machine or step once", width: width, height: height)
        }
        let recent = Recent(context)
        let table = Table(columns, count: descriptors.count) { index in
            row(descriptors[index], isNew: recent.openedDescriptors.contains(descriptors[index].fd))
        }
        let footer = summary(descriptors, width: width)
        let room = height > 2 ? height - 1 : height
        return PaneText.withFooter(
            PaneText.table(
                table, width: width, height: room, offset: scroll(context, width: width, height: height).offset),
            [footer], height: height)
    }

    private static let columns = [
        Table.Column("FD", width: 3, .right, priority: 100),
        Table.Column("TYPE", width: 7, priority: 40),
        Table.Column("DEVICE", width: 6, priority: 20),
        Table.Column("NODE", width: 7, .right, priority: 10),
        Table.Column("NAME", width: 15, grow: 3, priority: 80, truncation: .start),
        Table.Column("KIND", width: 7, priority: 90),
        Table.Column("OPENED BY", width: 15, grow: 1, priority: 60),
    ]

    private static func row(_ descriptor: Descriptor, isNew: Bool) -> Table.Row {
        let style: Style = descriptor.kind.isKVMs ? .normal : .dim
        // A descriptor of which only its opening was seen has no device and inode until procfs is read.
        let isRead = !descriptor.device.isEmpty || descriptor.inode != 0
        return Table.Row(
            [
                Line("\(descriptor.fd)", style), Line(descriptor.type, style),
                Line(isRead ? descriptor.device : "?", style), Line(isRead ? "\(descriptor.inode)" : "?", style),
                Line(descriptor.target, descriptor.kind.isKVMs ? .emphasis : .dim),
                Line(kind(descriptor.kind), kindStyle(descriptor.kind)),
                Line(opener(descriptor), style),
            ], changed: isNew)
    }

    static func kind(_ kind: Descriptor.Kind) -> String {
        switch kind {
        case .system: "system"
        case .vm: "VM"
        case .vcpu(let index): "vCPU \(index)"
        case .device(let name): name.isEmpty ? "device" : name
        case .statistics: "stats"
        case .own: "ours"
        case .other: ""
        }
    }

    /// The call that opened it; what our own are for.
    private static func opener(_ descriptor: Descriptor) -> String {
        if case .own(let purpose) = descriptor.kind { return purpose }
        return descriptor.openedBy ?? (descriptor.kind == .other ? "" : "?")
    }

    private static func kindStyle(_ kind: Descriptor.Kind) -> Style {
        switch kind {
        case .other, .own: .dim
        case .vcpu: .guestMode
        default: .kernelMode
        }
    }

    /// How many there are of each kind.
    private static func summary(_ descriptors: [Descriptor], width: Int) -> Line {
        var counts: [(String, Int)] = [("system", 0), ("VM", 0), ("vCPU", 0), ("device", 0), ("stats", 0)]
        var others = 0
        for descriptor in descriptors {
            switch descriptor.kind {
            case .system: counts[0].1 += 1
            case .vm: counts[1].1 += 1
            case .vcpu: counts[2].1 += 1
            case .device: counts[3].1 += 1
            case .statistics: counts[4].1 += 1
            case .own, .other: others += 1
            }
        }
        // The first three kinds are the lesson of this pane, so that they are said even when there is none.
        let shown = counts.prefix(3) + counts.dropFirst(3).filter { $0.1 > 0 }
        let line = Line("KVM: ", .heading) + Line(shown.map { "\($1) \($0)" }.joined(separator: " · "))
        let rest = Line("   others: \(others)", .dim)
        return line.width + rest.width <= width ? line + rest : line
    }
}
