import Command
import Screen
import Timeline

import enum Command.Pane

/// Every call through the ioctl door up to the cursor, the newest at the bottom, and one of them in full.
///
/// `selection` is the position of a call in the timeline, and `scroll` that of the bottom row's call, so that neither
/// moves when more calls come.
enum IoctlsPane: PaneView {
    static let pane = Pane.ioctls
    static let isWindow = true

    static func source(_ context: PaneContext) -> String { "ioctl door" }

    /// Counted in events where there are more rows than room, since equal calls are folded only where they are seen.
    static func scroll(_ context: PaneContext, width: Int, height: Int) -> Scroll {
        let rows = max(1, listHeight(width: width, height: height) - 1)
        let all = IoctlHistory(context, before: context.cursor, rows: min(rows, 1024) + 1).rows.count
        if all + pendingRows(context).count <= rows { return Scroll(offset: 0, visible: rows, total: all) }
        let end = bottom(context) - context.timeline.first
        return Scroll(offset: max(0, end - rows), visible: rows, total: context.cursor - context.timeline.first)
    }

    /// The calls before this position are listed.
    private static func bottom(_ context: PaneContext) -> Int {
        let cursor = min(context.cursor, context.timeline.end)
        return context.view.followsCursor ? cursor : min(cursor, min(max(0, context.view.scroll), cursor) + 1)
    }

    private static func listHeight(width: Int, height: Int) -> Int {
        if width >= 116 || height < 14 || width < 40 || height >= PaneText.unlimited { return height }
        return height - min(height / 2, 18)
    }

    static func lines(_ context: PaneContext, width: Int, height: Int) -> [Line] {
        if height >= 8, width >= 116 {
            let listWidth = max(56, width * 45 / 100)
            let detailWidth = width - listWidth - 3
            return PaneText.beside(
                list(context, width: listWidth, height: height, hasDetail: true),
                IoctlDetail.lines(context, call(context), width: detailWidth, height: height),
                leftWidth: listWidth, width: width, height: height)
        }
        guard height >= 14, width >= 40 else {
            return list(context, width: width, height: height, hasDetail: false)
        }
        let above = listHeight(width: width, height: height)
        let below = height >= PaneText.unlimited ? height : height - above
        return list(context, width: width, height: above, hasDetail: true)
            + (call(context) == nil ? [] : [PaneText.rule("call in full", width: width)])
            + IoctlDetail.lines(context, call(context), width: width, height: below - 1)
    }

    /// The call that is shown in full: the selected one, the one at the gate, or the newest.
    static func call(_ context: PaneContext) -> ShownCall? {
        if let selection = context.view.selection, selection < context.cursor,
            case .ioctl(let call)? = context.timeline[selection]?.body
        {
            return ShownCall(call: call, isWaiting: false, position: selection)
        }
        if let waiting = context.world.waiting { return ShownCall(call: waiting, isWaiting: true) }
        // What kvmscope asks only to look would hide the call that did something.
        let newest = IoctlHistory(context, before: bottom(context), rows: 32).rows
        let shown = newest.last { !$0.call.observing } ?? newest.last
        return shown.map { ShownCall(call: $0.call, isWaiting: false, position: $0.position) }
    }

    private static let columns = [
        Table.Column("#", width: 5, .right, priority: 90),
        Table.Column("CLASS", width: 6, priority: 60),
        Table.Column("FD", width: 3, .right, priority: 70),
        Table.Column("NAME", width: 15, grow: 2, priority: 100),
        Table.Column("RESULT", width: 9, grow: 1, priority: 95, truncation: .middle),
        Table.Column("TIME", width: 7, .right, priority: 50),
    ]

    /// - Parameter hasDetail: The call in full stands beside the list, so that its row is marked.
    private static func list(_ context: PaneContext, width: Int, height: Int, hasDetail: Bool) -> [Line] {
        let bottom = bottom(context)
        let pending = bottom >= context.cursor ? pendingRows(context) : []
        let room = max(0, height - 1)
        let history = IoctlHistory(context, before: bottom, rows: height >= PaneText.unlimited ? Int.max : room)
        let rows = history.rows.map { row($0, isNew: $0.position >= history.recentBoundary) } + pending
        guard !rows.isEmpty else {
            return PaneText.unknown(
                "No call yet", why: "kvmscope has not asked the kernel for anything",
                remedy: "building the machine is the first thing that does", width: width, height: height)
        }
        let shown = hasDetail ? call(context)?.position : context.view.selection
        let isWaiting = hasDetail && context.view.selection == nil && context.world.waiting != nil && !pending.isEmpty
        let table = Table(columns, rows: rows, selection: isWaiting ? rows.count - 1 : history.row(of: shown))
        return PaneText.filled(
            PaneText.table(table, width: width, height: height, offset: rows.count - room), height: height)
    }

    private static func row(_ past: IoctlHistory.Row, isNew: Bool) -> Table.Row {
        let call = past.call
        let style: Style = call.observing ? .dim : .normal
        var name = Line(call.observing ? "look " : "", .dim)
        name += Line(call.name, call.observing ? .dim : call.kind == .call ? .normal : .emphasis)
        // A single field says at a glance what was asked for: a path, a vCPU's number, a capability.
        if call.fields.count == 1 || call.kind == .call, call.name != "mmap", let field = call.fields.first {
            name.append(" " + field.value, .dim)
        }
        if past.count > 1 { name.append(" ×\(past.count)\(past.isWhole ? "" : "+")", .accent) }
        let result = EventText.result(call)
        return Table.Row(
            [
                Line(past.number.map { "\($0)" } ?? "", .dim), className(call), Line(fd(call), style), name,
                Line(result, call.errno != 0 ? .bad : style), Line(Figure.duration(call.duration), .dim),
            ], changed: isNew)
    }

    /// What has been asked and not answered: the call at the gate, and each vCPU inside KVM_RUN.
    private static func pendingRows(_ context: PaneContext) -> [Table.Row] {
        var rows = context.world.vcpus.filter { $0.isRunning && $0.node == .insideRun }.map { vcpu in
            Table.Row([
                Line(), Line("vcpu", .kernelMode), Line(vcpu.fd.map { "\($0)" } ?? "?"), Line("KVM_RUN", .emphasis),
                Line("inside", .lit), Line(),
            ])
        }
        if let call = context.world.waiting {
            rows.append(
                Table.Row([
                    Line(), className(call), Line(fd(call)), Line(call.name, .emphasis), Line("waiting", .warning),
                    Line("gate", .dim),
                ]))
        }
        return rows
    }

    static func moved(
        _ direction: Command.Direction, _ context: PaneContext, width: Int, height: Int
    ) -> PaneState {
        if direction == .left || direction == .right {
            return movedInDetail(direction, context, width: width, height: height)
        }
        let rows = IoctlHistory(context, before: context.cursor, rows: Int.max - 1).rows
        guard !rows.isEmpty else { return context.view }
        let visible = max(1, listHeight(width: width, height: height) - 1)
        let bottom = bottom(context)
        let bottomRow = rows.lastIndex { $0.position < bottom } ?? 0
        // Below the newest call that was made stands the one that waits.
        let last = context.world.waiting == nil ? rows.count - 1 : rows.count
        let unselected = context.view.followsCursor ? last : bottomRow
        let from = context.view.selection.flatMap { old in rows.lastIndex { $0.position <= old } } ?? unselected
        let to = min(max(0, from + direction.rows(page: visible)), last)
        var state = context.view
        state.detail = 0
        state.followsCursor = to == last
        state.selection = state.followsCursor ? nil : rows[to].position
        let top = max(0, bottomRow - visible + 1)
        let newBottom =
            to > bottomRow
            ? min(to, rows.count - 1) : to < top ? min(rows.count - 1, to + visible - 1) : bottomRow
        state.scroll = rows[newBottom].position
        return state
    }

    /// Through the argument of the call that is shown in full, where it is longer than its place.
    private static func movedInDetail(
        _ direction: Command.Direction, _ context: PaneContext, width: Int, height: Int
    ) -> PaneState {
        var state = context.view
        guard let place = detailPlace(width: width, height: height) else { return state }
        let last = IoctlDetail.lastDetail(context, call(context), width: place.width, height: place.height)
        let rows = max(1, place.height / 4)
        state.detail = min(max(0, min(state.detail, last) + (direction == .right ? rows : -rows)), last)
        return state
    }

    /// The room for the call in full; nil where the list has all of it.
    private static func detailPlace(width: Int, height: Int) -> (width: Int, height: Int)? {
        if height >= 8, width >= 116 { return (width - max(56, width * 45 / 100) - 3, height) }
        guard height >= 14, width >= 40 else { return nil }
        return (width, height - listHeight(width: width, height: height) - 1)
    }

    private static func fd(_ call: IoctlCall) -> String { call.fd >= 0 ? "\(call.fd)" : "" }

    private static func className(_ call: IoctlCall) -> Line {
        switch call.kind {
        case .call: Line("call", .userMode)
        case .vcpu: Line("vcpu", .guestMode)
        default: Line(call.kind.rawValue, .kernelMode)
        }
    }
}

/// A call and whether it has been made yet.
struct ShownCall {
    var call: IoctlCall
    var isWaiting: Bool
    /// Where it stands in the timeline; nil for one that has not been made.
    var position: Int?
}
