internal import Screen

/// A screen as HTML: its rows as text, with elements only where the look changes.
///
/// What is not ASCII stands in elements of a stated width, so that columns stay columns with whatever font has it.
struct ScreenMarkup {
    private var html = ""

    static func html(_ grid: Grid) -> String {
        var markup = ScreenMarkup()
        for y in 0..<grid.height {
            markup.row(grid, y)
            markup.html += "\n"
        }
        return markup.html
    }

    private mutating func row(_ grid: Grid, _ y: Int) {
        var cells = Array(grid.row(y))
        while let last = cells.last, last == .blank { cells.removeLast() }
        var index = 0
        while index < cells.count {
            let style = cells[index].style
            var end = index
            let isFrame = Self.isLitFrame(cells[index])
            while end < cells.count, cells[end].style == style, Self.isLitFrame(cells[end]) == isFrame { end += 1 }
            let classes = isFrame ? "b" : Self.classes(style)
            if !classes.isEmpty { html += "<b class=\"\(classes)\">" }
            run(cells[index..<end])
            if !classes.isEmpty { html += "</b>" }
            index = end
        }
    }

    /// Cells of one look.
    private mutating func run(_ cells: ArraySlice<Cell>) {
        var index = cells.startIndex
        while index < cells.endIndex {
            var end = index
            var text = ""
            if Self.isPlain(cells[index]) {
                while end < cells.endIndex, Self.isPlain(cells[end]) {
                    text += cells[end].text
                    end += 1
                }
                html += Markup.escaped(text)
            } else {
                while end < cells.endIndex, !Self.isPlain(cells[end]) {
                    text += cells[end].text
                    end += 1
                }
                let width = end - index
                html += "<i\(width == 1 ? "" : " style=\"width:\(width)ch\"")>\(Markup.escaped(text))</i>"
            }
            index = end
        }
    }

    /// A frame in reverse would be a line in a black bar: of what is lit only the words are reversed.
    static func isLitFrame(_ cell: Cell) -> Bool { cell.style.role == .lit && !isPlain(cell) }

    private static func isPlain(_ cell: Cell) -> Bool { cell.width == 1 && cell.scalar.isASCII }

    /// Whether letters have the colour of paper on ink.
    static func isReversed(_ style: Style) -> Bool {
        style.attributes.contains(.reverse) || style.role == .selection || style.role == .lit
    }

    static func classes(_ style: Style) -> String {
        var classes: [String] = []
        if style.role != .normal { classes.append("r\(style.role.rawValue)") }
        if style.attributes.contains(.bold) { classes.append("b") }
        if style.attributes.contains(.underline) { classes.append("u") }
        if style.attributes.contains(.reverse) { classes.append("v") }
        if style.attributes.contains(.italic) { classes.append("o") }
        return classes.joined(separator: " ")
    }

    /// The roles' colours on white and on black paper; what a colour says is said by a mark or a word too.
    static var style: String {
        var light = ""
        var dark = ""
        for role in Role.allCases {
            guard let look = look(role) else { continue }
            light += ".r\(role.rawValue){\(look.colours.map { "color:\($0.light);" } ?? "")\(look.more)}"
            if let colours = look.colours { dark += ".r\(role.rawValue){color:\(colours.dark)}" }
        }
        return light + "@media (prefers-color-scheme:dark){\(dark)}"
    }

    private static func look(_ role: Role) -> (colours: (light: String, dark: String)?, more: String)? {
        let strong = "font-weight:700"
        let inverse = "background:var(--ink);color:var(--paper)"
        return switch role {
        case .normal, .code: nil
        case .title, .emphasis: (nil, strong)
        case .selection: (nil, inverse)
        case .lit: (nil, inverse + ";" + strong)
        case .border: (("#8a939c", "#5f6a75"), "")
        case .dim: (("#5c6670", "#98a3ae"), "")
        case .focusedBorder: (("#5c6670", "#98a3ae"), "")
        case .changed: (("#a3119b", "#f08be8"), strong)
        case .accent, .heading: (("#0b63a5", "#6bb7f2"), role == .heading ? strong : "")
        case .good: (("#1d7030", "#7fce8f"), "")
        case .warning: (("#a34a00", "#f0a35c"), strong)
        case .bad: (("#b3171d", "#ff8f8a"), strong)
        case .key: (("#0a6a6d", "#66c5c8"), strong)
        case .userMode: (("#1d7030", "#7fce8f"), "")
        case .kernelMode: (("#8a5400", "#dca65c"), "")
        case .guestMode: (("#5f3fb0", "#b9a2f2"), "")
        case .address: (("#375f96", "#8fb3e0"), "")
        case .link: (("#3a3fb0", "#a3a7f5"), "text-decoration:underline")
        }
    }
}
