public import Screen

/// A screen as a drawing in SVG, cell by cell in the colours of the page that is handed out.
///
/// It follows the reader's choice of light or dark. Every run of cells of one look is a text of a stated length, so that
/// columns stay columns with whatever font draws it.
public struct ScreenDrawing {
    private static let cell = (width: 8.0, height: 15.5)
    private static let margin = 10.0
    /// Where in a row the letters stand. With these numbers the frames of usual fonts close.
    private static let baseline = 12.3

    private var pen = SVGPen()
    private let grid: Grid

    /// - Parameter title: what a screen reader says of the drawing.
    public static func svg(_ grid: Grid, title: String) -> String {
        var drawing = ScreenDrawing(grid: grid)
        let width = Markup.number(Double(grid.width) * cell.width + 2 * margin)
        let height = Markup.number(Double(grid.height) * cell.height + 2 * margin)
        drawing.pen.raw(
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" width="\(width)" height="\(height)" \
            role="img" aria-label="\(Markup.escaped(title))">
            <title>\(Markup.escaped(title))</title>
            <style>\(style)</style>
            <rect width="100%" height="100%" rx="8" class="paper"/>
            """)
        for y in 0..<grid.height { drawing.row(y) }
        drawing.pen.raw("</svg>")
        return drawing.pen.text
    }

    private init(grid: Grid) { self.grid = grid }

    private mutating func row(_ y: Int) {
        let cells = Array(grid.row(y))
        var start = 0
        while start < cells.count {
            var end = start + 1
            // As on the page: of what is lit the words are reversed, and its frame is not.
            let isFrame = ScreenMarkup.isLitFrame(cells[start])
            while end < cells.count, cells[end].style == cells[start].style || cells[end].width == 0,
                ScreenMarkup.isLitFrame(cells[end]) == isFrame
            { end += 1 }
            run(cells[start..<end], isFrame: isFrame, y)
            start = end
        }
    }

    /// Cells of one look.
    private mutating func run(_ cells: ArraySlice<Cell>, isFrame: Bool, _ y: Int) {
        guard let style = cells.first?.style else { return }
        let top = Self.margin + Double(y) * Self.cell.height
        let isReversed = !isFrame && ScreenMarkup.isReversed(style)
        if isReversed {
            pen.rect(
                x: x(cells.startIndex), y: top, width: Double(cells.count) * Self.cell.width, height: Self.cell.height,
                "ink")
        }
        let classes = isFrame ? "b" : ScreenMarkup.classes(style) + (isReversed ? " on" : "")
        // Blanks in a row need no letters, and parts that they divide are placed on their own.
        var start = cells.startIndex
        while start < cells.endIndex {
            guard cells[start].text != " ", cells[start].width > 0 else {
                start += 1
                continue
            }
            var end = start
            var text = ""
            while end < cells.endIndex, cells[end].text != " " || isSingleBlank(end, in: cells) {
                if cells[end].width > 0 { text += cells[end].text }
                end += 1
            }
            write(text, x(start), top + Self.baseline, columns: end - start, classes)
            start = end
        }
    }

    private func isSingleBlank(_ index: Int, in cells: ArraySlice<Cell>) -> Bool {
        index + 1 < cells.endIndex && cells[index + 1].text != " "
    }

    private func x(_ column: Int) -> Double { Self.margin + Double(column) * Self.cell.width }

    private mutating func write(_ text: String, _ x: Double, _ y: Double, columns: Int, _ classes: String) {
        let length = Markup.number(Double(columns) * Self.cell.width)
        let look = classes.isEmpty ? "" : " class=\"\(classes)\""
        pen.raw(
            "<text x=\"\(Markup.number(x))\" y=\"\(Markup.number(y))\" textLength=\"\(length)\" "
                + "lengthAdjust=\"spacingAndGlyphs\"\(look)>\(Markup.escaped(text))</text>")
    }

    private static var style: String {
        """
        :root{--paper:#ffffff;--ink:#1b2129}
        @media (prefers-color-scheme:dark){:root{--paper:#15191e;--ink:#e8ecf1}}
        .paper{fill:var(--paper);stroke:#8a939c}.ink{fill:var(--ink)}
        text{font:13.3px "DejaVu Sans Mono","Noto Sans Mono",Menlo,Consolas,"Liberation Mono",monospace;\
        fill:currentColor;color:var(--ink);white-space:pre}
        .b{font-weight:700}.u{text-decoration:underline}.o{font-style:italic}
        \(ScreenMarkup.style)
        .on{color:var(--paper)}

        """
    }
}
