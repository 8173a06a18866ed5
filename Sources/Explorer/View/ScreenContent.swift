import Screen
import Timeline

public import enum Command.Pane

/// What the screen shows, as text without places: for screen readers, pipes and programs.
public struct ScreenContent: Sendable, Equatable {
    /// The head line: the guest, the machine's state, the vCPU in view, how many exits.
    public var title = ""
    /// What happened last, and what the program has to say; one line each.
    public var status: [String] = []
    /// In the order of the screen; a page of help or the menu of lessons is one of its own.
    public var sections: [Section] = []
    /// The command line as it is being typed, and what is wrong with it; nil where it is closed.
    public var palette: [String]?
    public var keys: [Key] = []

    /// A pane or a page.
    public struct Section: Sendable, Equatable {
        /// The pane's word in the command language; `help` and `menu` for the two pages.
        public var name: String
        public var title: String
        /// Where its facts were observed; empty where that is not one place.
        public var source = ""
        public var lines: [String]
    }

    /// A key that does something where one is now.
    public struct Key: Sendable, Equatable {
        public var keys: String
        public var label: String
    }
}

extension Model {
    /// What the screen shows now. Rows are broken at 100 columns: a screen reader does not mind, and a pipe is read in
    /// windows of this size.
    public var content: ScreenContent {
        var content = ScreenContent()
        if let help {
            content.sections = [
                section(
                    "help", HelpView.title(help.content),
                    HelpView.lines(help.content, timeline, width: Self.plainWidth))
            ]
        } else if let menu {
            content.sections = [section("menu", "Lessons", MenuView.plain(menu))]
        } else {
            describeRun(in: &content)
        }
        if let notice { content.status.append(text(Line(notice.text))) }
        if let palette {
            content.palette = [text(Line(": " + palette.field.text))]
            if let error = palette.error { content.palette?.append(text(Line("\(error)"))) }
        }
        content.keys = Footer(self).items.map { .init(keys: text(Line($0.keys)), label: text(Line($0.label))) }
        return content
    }

    private static let plainWidth = 100
    /// Longer content shows what its pane holds in view.
    private static let plainHeight = 1000

    /// What the last command came to, safe to print; nil where nothing is said of it.
    public var said: (text: String, hasFailed: Bool)? {
        notice.map { (text(Line($0.text)), $0.kind == .bad) }
    }

    /// What happened last at the cursor, in one sentence.
    public var happening: String { text(Happening(self, world).line) }

    /// One pane's rows, whether it is on the screen or not.
    public func section(of pane: Pane) -> ScreenContent.Section { section(of: pane, world) }

    private func section(of pane: Pane, _ world: World) -> ScreenContent.Section {
        let view = Panes.view(for: pane)
        let context = context(for: pane, world: world)
        return section(
            pane.rawValue, pane.title, view.lines(context, width: Self.plainWidth, height: Self.plainHeight),
            source: view.source(context))
    }

    private func describeRun(in content: inout ScreenContent) {
        let world = world
        let happening = Happening(self, world)
        content.title = text(Line(String(Header(self, world).plain.drop { $0 == " " })))
        content.status = [text(happening.line)]
        let notice = NoticeLine(self, isProblem: happening.isProblem)
        if self.notice == nil, !notice.left.isEmpty { content.status.append(text(notice.left)) }
        if !notice.right.isEmpty { content.status.append(text(notice.right)) }
        let isTooSmall = ScreenLayout.isTooSmall(width: width, height: height)
        let shown = isTooSmall ? [] : unzoomedLayout.panes.map(\.pane)
        for pane in arrangement.isZoomed ? [focus] : shown {
            content.sections.append(section(of: pane, world))
        }
    }

    private func section(_ name: String, _ title: String, _ lines: [Line], source: String = "") -> ScreenContent.Section
    {
        ScreenContent.Section(name: name, title: title, source: source, lines: lines.map(text))
    }

    private func text(_ line: Line) -> String {
        (environment.isASCII ? line.asciiFallback : line).trimmed.plain
    }
}

extension ScreenContent {
    /// As linear text: a title and its rows, one section after the other.
    public var text: String {
        var lines = title.isEmpty ? [] : [title]
        // On a page of its own what the program says comes behind the page.
        let isRun = !title.isEmpty
        if isRun { lines += status }
        for section in sections {
            if isRun { lines.append("") }
            let source = section.source.isEmpty ? "" : " [\(section.source)]"
            lines.append("== \(section.title)\(source) ==")
            lines += section.lines
        }
        if isRun { lines.append("") } else { lines += status }
        lines += palette ?? []
        lines.append("Keys: " + keys.map { "\($0.keys) \($0.label)" }.joined(separator: ", "))
        return lines.map { $0 + "\n" }.joined()
    }
}
