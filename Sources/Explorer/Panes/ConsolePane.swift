import Command
import Screen
import Timeline

import enum Command.Pane

/// What the guest wrote to its console, with every control character visible.
enum ConsolePane: PaneView {
    static let pane = Pane.console
    static let isWindow = true

    static func source(_ context: PaneContext) -> String { "port 0x3f8" }

    static func scroll(_ context: PaneContext, width: Int, height: Int) -> Scroll {
        scroll(context, total: rows(context, width: width).count, height: height)
    }

    private static func scroll(_ context: PaneContext, total: Int, height: Int) -> Scroll {
        Scroll(
            offset: context.view.followsCursor ? Int.max : context.view.scroll,
            visible: height > 2 ? height - 1 : height, total: total)
    }

    private static func rows(_ context: PaneContext, width: Int) -> ConsoleRows {
        ConsoleRows(context.world.console.bytes, new: Recent(context).consoleBytes, width: width)
    }

    static func lines(_ context: PaneContext, width: Int, height: Int) -> [Line] {
        let console = context.world.console
        guard console.total > 0 else {
            return PaneText.unknown(
                "Empty", why: "the guest has written no byte to port 0x3f8 up to here", width: width, height: height)
        }
        let new = Recent(context).consoleBytes
        let rows = ConsoleRows(console.bytes, new: new, width: width)
        let shown = scroll(context, total: rows.count, height: height).rows.map(rows.line)
        var footer = Line(Figure.of(console.total, "byte"), .dim)
        if console.total > console.bytes.count { footer.append(" · the last \(console.bytes.count) are kept", .dim) }
        if new > 0 { footer.append(" · \(new) new \(PaneText.mark)", .changed) }
        return PaneText.withFooter(shown, [footer], height: height)
    }

    static func moved(
        _ direction: Command.Direction, _ context: PaneContext, width: Int, height: Int
    ) -> PaneState {
        var state = context.view
        let scroll = scroll(context, width: width, height: height).moved(by: direction.rows(page: max(1, height - 1)))
        state.scroll = scroll.offset
        state.followsCursor = scroll.offset + scroll.visible >= scroll.total
        return state
    }
}
