import CCurses
import Glibc
import Screen

/// Writes the cells that differ from the last picture into ncurses' window.
struct Painter: ~Copyable {
    private var last: Grid?
    private var cursorShown: Bool?
    private let looks: [(pair: Int16, attributes: attr_t)]
    private let glyphs: GlyphSet
    /// One row of cells for ncurses; this struct owns it from `init` to `deinit`.
    private let row: UnsafeMutablePointer<cchar_t>
    /// Base, two marks and the zero that ends them; owned likewise.
    private let text: UnsafeMutablePointer<wchar_t>

    /// For the screen that ncurses has just set up.
    init(theme: Theme, glyphs: GlyphSet) {
        self.glyphs = glyphs
        var pairs: [Int16: Int16] = [-1: 0]
        looks = Role.allCases.map { role in
            let look = theme.look(role)
            if pairs[look.colour] == nil {
                let pair = Int16(pairs.count)
                pairs[look.colour] = init_pair(pair, look.colour, -1) == OK ? pair : 0
            }
            return (pairs[look.colour] ?? 0, look.attributes)
        }
        row = .allocate(capacity: Grid.maximumWidth)
        row.initialize(repeating: cchar_t(), count: Grid.maximumWidth)
        text = .allocate(capacity: 4)
        text.initialize(repeating: 0, count: 4)
    }

    deinit {
        row.deallocate()
        text.deallocate()
    }

    /// Forgets what is on the screen, so that the next picture is written whole.
    mutating func forget() {
        last = nil
        cursorShown = nil
    }

    /// Brings the terminal, of this size, to show the grid, cut or with blanks around it.
    mutating func show(_ grid: Grid, width: Int, height: Int) {
        var grid = grid.fallback(glyphs)
        if grid.width != width || grid.height != height {
            var fitted = Grid(width: width, height: height)
            fitted.blit(grid, x: 0, y: 0)
            fitted.cursor = grid.cursor
            grid = fitted
        }
        let window = kvmscope_stdscr()
        if last == nil { clearok(kvmscope_curscr(), true) }
        for y in 0..<grid.height { paint(grid.row(y), over: last?.row(y), y: y, window) }
        placeCursor(grid.cursor.flatMap { grid.bounds.contains($0) ? $0 : nil }, window)
        last = grid
        wnoutrefresh(window)
        doupdate()
    }

    private func paint(
        _ cells: ArraySlice<Cell>, over old: ArraySlice<Cell>?, y: Int, _ window: UnsafeMutablePointer<WINDOW>?
    ) {
        if let old, old.count == cells.count, old.elementsEqual(cells) { return }
        let new = Array(cells)
        let before = old.map(Array.init)
        var x = 0
        while x < new.count {
            if let before, before.count == new.count, before[x] == new[x] {
                x += 1
                continue
            }
            // A run starts at a whole character and ends where nothing differs any more.
            if new[x].width == 0, x > 0 { x -= 1 }
            let start = x
            var count = 0
            while x < new.count {
                let width = max(1, new[x].width)
                if let before, before.count == new.count, before[x] == new[x],
                    width == 1 || x + 1 >= new.count || before[x + 1] == new[x + 1], count > 0
                {
                    break
                }
                count += encode(new[x], at: count)
                x += width
            }
            mvwadd_wchnstr(window, CInt(y), CInt(start), row, CInt(count))
        }
    }

    /// Writes a cell as ncurses wants it; two where ncurses and we disagree about its width.
    private func encode(_ cell: Cell, at index: Int) -> Int {
        let look = looks[Int(cell.style.role.rawValue)]
        let attributes = look.attributes | Theme.attributes(cell.style.attributes)
        let (base, first, second) = cell.scalarValues
        var spare = 0
        if base >= 0x80, Int(wcwidth(wchar_t(bitPattern: base))) != cell.width {
            // A C library with an older table than ours, or a newer: columns matter more than the letter.
            text[0] = wchar_t(UInt8(ascii: "?"))
            text[1] = 0
            spare = cell.width - 1
        } else {
            text[0] = wchar_t(bitPattern: base)
            var length = 1
            for mark in [first, second] where mark != 0 && wcwidth(wchar_t(bitPattern: mark)) == 0 {
                text[length] = wchar_t(bitPattern: mark)
                length += 1
            }
            text[length] = 0
        }
        if setcchar(row + index, text, attributes, look.pair, nil) != OK { blank(index, attributes, look.pair) }
        if spare > 0, index + 1 < Grid.maximumWidth { blank(index + 1, attributes, look.pair) }
        return 1 + max(0, spare)
    }

    private func blank(_ index: Int, _ attributes: attr_t, _ pair: Int16) {
        text[0] = wchar_t(UInt8(ascii: " "))
        text[1] = 0
        setcchar(row + index, text, attributes, pair, nil)
    }

    private mutating func placeCursor(_ point: Point?, _ window: UnsafeMutablePointer<WINDOW>?) {
        if cursorShown != (point != nil) {
            curs_set(point == nil ? 0 : 1)
            cursorShown = point != nil
        }
        if let point { wmove(window, CInt(point.y), CInt(point.x)) }
    }
}
