import Screen
import Timeline

import enum Command.Pane

extension Model {
    /// What the screen shows as linear text: a title and its rows, pane after pane, for screen readers and pipes.
    public var plainText: String {
        var lines: [Line] = []
        if let help {
            lines.append(Line("== \(HelpView.title(help.content)) =="))
            lines += HelpView.lines(help.content, timeline, width: Self.plainWidth)
        } else if let menu {
            lines.append(Line("== Lessons =="))
            lines += MenuView.plain(menu)
        } else {
            lines = plainRun
        }
        if let notice { lines.append(Line(notice.text)) }
        if let palette {
            lines.append(Line(": " + palette.field.text))
            if let error = palette.error { lines.append(Line("\(error)")) }
        }
        lines.append(Line("Keys: " + Footer(self).plain))
        if environment.isASCII { lines = lines.map(\.asciiFallback) }
        return lines.map { $0.trimmed.plain + "\n" }.joined()
    }

    /// Rows are broken at this width; a screen reader does not mind, and a pipe is read in windows of this size.
    static let plainWidth = 100
    /// Longer content shows what its pane holds in view.
    static let plainHeight = 1000

    private var plainRun: [Line] {
        let world = world
        let happening = Happening(self, world)
        var lines = [Line(Header(self, world).plain.trimmingSpaces)]
        lines.append(happening.line)
        let notice = NoticeLine(self, isProblem: happening.isProblem)
        if self.notice == nil, !notice.left.isEmpty { lines.append(notice.left) }
        if !notice.right.isEmpty { lines.append(notice.right) }
        let shown = Self.isTooSmallForPanes(width, height) ? [] : unzoomedLayout.panes.map(\.pane)
        for pane in arrangement.isZoomed ? [focus] : shown {
            let view = Panes.view(for: pane)
            let context = context(for: pane, world: world)
            lines.append(Line())
            lines += Screen.Pane(Line(pane.title), source: view.source(context))
                .plain(view.lines(context, width: Self.plainWidth, height: Self.plainHeight))
        }
        lines.append(Line())
        return lines
    }

    private static func isTooSmallForPanes(_ width: Int, _ height: Int) -> Bool {
        ScreenLayout.isTooSmall(width: width, height: height)
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        String(drop { $0 == " " })
    }
}
