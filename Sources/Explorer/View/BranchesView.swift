import Command
import Screen
import Timeline

/// The branches one below the other, the one in view marked.
enum BranchesView {
    static func lines(_ timeline: Timeline, width: Int) -> [Line] {
        let branches = timeline.branches
        let table = Table(
            [
                Table.Column("", width: 1, priority: 95), Table.Column("#", width: 3, .right, priority: 90),
                Table.Column("NAME", width: 14, grow: 1, priority: 100),
                Table.Column("FORKED FROM", width: 20, priority: 60),
                Table.Column("EXITS", width: 8, .right, priority: 70),
                Table.Column("EVENTS", width: 8, .right, priority: 50),
                Table.Column("ENDS", width: 16, priority: 65),
            ], count: branches.count
        ) { row($0, branches, timeline) }
        let text =
            "Runs that share their past. `branch N` goes to another, and `compare N` lays one beside this one. On a machine, "
            + "`\(hint(.resume(nil)))` at an event of the past sets it back and begins a new one, and `branch N` takes it along."
        return PaneText.table(table, width: width, height: branches.count + 1, offset: 0) + [Line()]
            + Line(text, .dim).wrapped(to: width)
    }

    private static func hint(_ command: Command) -> String {
        CommandTable.keys(for: command).first.map { "\($0)" } ?? "\(command)"
    }

    private static func row(_ index: Int, _ branches: [Branch], _ timeline: Timeline) -> Table.Row {
        let branch = branches[index]
        let isInView = branch.id == timeline.branch
        let from = branch.parent.map { "\($0) at event \(branch.fork)" } ?? ""
        return Table.Row([
            Line(isInView ? "◆" : "", .emphasis), Line("\(branch.id)", .dim),
            Line(branch.name, isInView ? .emphasis : .normal), Line(from, .dim), Line("\(branch.exits)"),
            Line("\(branch.end)", .dim), Line(end(branch)),
        ])
    }

    private static func end(_ branch: Branch) -> String {
        guard let end = branch.runEnd else { return "can go on" }
        return end.why == .exit ? "exit, code \(end.code)" : end.why.rawValue
    }
}

/// Two branches side by side: a row for each exit behind the fork, with the first difference marked.
enum ComparisonView {
    /// Exits shown of each branch.
    static let limit = 500

    static func lines(_ comparison: BranchComparison, width: Int) -> [Line] {
        var lines: [Line] = []
        let shared =
            "They share \(Figure.of(comparison.sharedEvents, "event")) with \(Figure.of(comparison.sharedExits, "exit"))."
        lines += Line(shared, .dim).wrapped(to: width)
        if let difference = comparison.difference {
            lines += Line("First difference: \(difference.text)", .emphasis).wrapped(to: width)
        } else {
            lines += Line(
                comparison.rows.isEmpty
                    ? "Neither has made an exit since." : "No difference as far as both have run.", .good
            ).wrapped(to: width)
        }
        lines.append(Line())
        let side = max(8, (width - 9) / 2)
        lines.append(
            row(
                " ", "#", Line(title(comparison.left, " · in view"), .heading),
                Line(title(comparison.right, ""), .heading),
                side))
        for (index, item) in comparison.rows.enumerated() {
            let isFirst = comparison.difference?.row == index
            let isSame = item.differences.isEmpty
            let style: Style = isFirst ? .warning : .normal
            lines.append(
                row(
                    isFirst ? "≠" : isSame ? " " : "·",
                    "\(comparison.sharedExits + index + 1)", text(item.left, style), text(item.right, style), side))
        }
        if comparison.isCut { lines.append(Line("… and more", .dim)) }
        return lines
    }

    /// The row of the first difference among the lines, so that it can be brought into view.
    static func differenceRow(_ comparison: BranchComparison, width: Int) -> Int {
        guard let difference = comparison.difference else { return 0 }
        return lines(comparison, width: width).count - comparison.rows.count - (comparison.isCut ? 1 : 0)
            + difference.row
    }

    private static func title(_ branch: Branch, _ more: String) -> String { "\(branch.id) \(branch.name)\(more)" }

    private static func text(_ step: BranchComparison.Step?, _ style: Style) -> Line {
        guard let step else { return Line("—", .dim) }
        return Line(ExitText.line(step.exit) + (step.exit.rip.map { " @\(Figure.hex($0))" } ?? ""), style)
    }

    private static func row(_ mark: String, _ number: String, _ left: Line, _ right: Line, _ side: Int) -> Line {
        var line = Line(mark, .warning) + Line(" ")
        line += Line(String(repeating: " ", count: max(0, 4 - number.count)) + number + " ", .dim)
        line += left.truncated(to: side).padded(to: side) + Line("│ ", .border) + right.truncated(to: side)
        return line
    }
}
