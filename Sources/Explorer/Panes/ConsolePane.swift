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
        scroll(context, total: text(context, width: width).count, height: height)
    }

    private static func scroll(_ context: PaneContext, total: Int, height: Int) -> Scroll {
        Scroll(
            offset: context.view.followsCursor ? Int.max : context.view.scroll,
            visible: height > 2 ? height - 1 : height, total: total)
    }

    static func lines(_ context: PaneContext, width: Int, height: Int) -> [Line] {
        let console = context.world.console
        guard console.total > 0 else {
            return PaneText.unknown(
                "Empty", why: "the guest has written no byte to port 0x3f8 up to here", width: width)
        }
        let text = text(context, width: width)
        let shown = text[scroll(context, total: text.count, height: height).rows]
        var footer = Line(Figure.of(console.total, "byte"), .dim)
        if console.total > console.bytes.count { footer.append(" · the last \(console.bytes.count) are kept", .dim) }
        let new = Recent(context).consoleBytes
        if new > 0 { footer.append(" · \(new) new \(PaneText.mark)", .changed) }
        return PaneText.withFooter(Array(shown), [footer], height: height)
    }

    /// All kept bytes as rows of at most `width`, with a mark before those that are new.
    private static func text(_ context: PaneContext, width: Int) -> [Line] {
        let bytes = context.world.console.bytes
        let firstNew = bytes.count - Recent(context).consoleBytes
        let room = max(1, width - 2)
        var rows: [Line] = []
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
            let isNew = end >= firstNew && firstNew < bytes.count
            let mark = Line(isNew ? PaneText.mark + " " : "  ", .changed)
            let parts = pieces(String(decoding: bytes[start..<end], as: UTF8.self), width: room)
            for (index, part) in parts.enumerated() {
                var row = mark + Line(part)
                if index == parts.count - 1, end < bytes.count { row.append("␊", .dim) }
                rows.append(row)
            }
            start = end + 1
        }
        return rows
    }

    /// The text cut every `width` columns, since a guest's output is not prose to be broken at spaces.
    private static func pieces(_ text: String, width: Int) -> [String] {
        var pieces: [String] = []
        var rest = Line(text)
        while rest.width > width {
            let head = Line(rest.plain.prefixColumns(width))
            guard head.width > 0 else { break }
            pieces.append(head.plain)
            rest = Line(String(rest.plain.dropFirst(head.plain.count)))
        }
        return pieces + [rest.plain]
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

extension String {
    /// The longest beginning that takes no more columns; linear in the length of what it takes.
    fileprivate func prefixColumns(_ columns: Int) -> String {
        var result = ""
        var used = 0
        for character in self {
            used += Text.width(String(character))
            if used > columns { break }
            result.append(character)
        }
        return result
    }
}
