import Testing

@testable import Screen

@Suite("Widgets draw in the room they get")
struct WidgetTests {
    static let descriptors = [
        Table.Column("FD", width: 3, .right, priority: 9),
        Table.Column("TARGET", width: 10, grow: 1, priority: 5),
        Table.Column("OPENED BY", width: 13, priority: 1),
    ]
    static let rows = [
        Table.Row(["3", "/dev/kvm", "open"]),
        Table.Row(["4", "anon_inode:kvm-vm", "KVM_CREATE_VM"], changed: true),
    ]

    @Test("A focused pane differs from another in its frame and title, not in colour alone")
    func pane() {
        let plain = Grid(width: 24, height: 3) { canvas in
            Pane("Threads", source: "procfs").draw(on: &canvas, in: canvas.bounds) { $0.put("main", x: 0, y: 0) }
        }
        #expect(plain.text == "┌─ Threads ─── procfs ─┐\n│main                  │\n└──────────────────────┘\n")
        let focused = Grid(width: 24, height: 3) { canvas in
            Pane("Threads", source: "procfs", note: "1 of 9", isFocused: true).draw(on: &canvas, in: canvas.bounds)
        }
        #expect(focused.text == "╔═ ▸ Threads ═ procfs ═╗\n║                      ║\n╚═ 1 of 9 ═════════════╝\n")
        #expect(focused.asciiFallback.text != plain.asciiFallback.text)
        let narrow = Grid(width: 12, height: 3) { canvas in
            Pane("Descriptors", source: "procfs").draw(on: &canvas, in: canvas.bounds)
        }
        #expect(narrow.text.hasPrefix("┌─ Descri…─┐\n"))
    }

    @Test("The thumb touches an end only when the content does")
    func thumb() {
        #expect(Scroll(offset: 0, visible: 10, total: 1000).thumb(length: 10) == 0..<1)
        #expect(Scroll(offset: 1, visible: 10, total: 1000).thumb(length: 10) == 1..<2)
        #expect(Scroll(offset: 989, visible: 10, total: 1000).thumb(length: 10) == 8..<9)
        #expect(Scroll(offset: 5000, visible: 10, total: 1000).thumb(length: 10) == 9..<10)
        #expect(Scroll(offset: 3, visible: 10, total: 5) == Scroll(offset: 0, visible: 10, total: 5))
        #expect(Scroll(offset: 0, visible: 10, total: 1000).showing(500).rows == 491..<501)
        #expect(Scroll(offset: 600, visible: 10, total: 1000).showing(500).rows == 500..<510)
    }

    @Test("A table marks the changed row with a sign and cuts what is too long")
    func table() {
        let grid = Grid(width: 32, height: 4) { canvas in
            Table(Self.descriptors, rows: Self.rows, selection: 0).draw(on: &canvas)
        }
        #expect(
            grid.text == """
                   FD TARGET       OPENED BY
                ▸   3 /dev/kvm     open
                 •  4 anon_inode:… KVM_CREATE_VM


                """)
        #expect(grid[20, 1].style.role == .selection)
        #expect(grid[1, 2].style.role == .changed)
    }

    @Test("The columns of least priority go first and the highest always stays")
    func tableDrops() {
        let table = Table(Self.descriptors, rows: Self.rows)
        #expect(table.shownColumns(in: 30) == [0, 1, 2])
        #expect(table.shownColumns(in: 29) == [0, 1])
        #expect(table.shownColumns(in: 16) == [0, 1])
        #expect(table.shownColumns(in: 15) == [0])
        #expect(table.shownColumns(in: 1) == [0])
        for room in hostile { #expect(!table.shownColumns(in: room).isEmpty) }
        #expect(Table([], rows: Self.rows).lines.count == 3)
    }

    @Test("Columns stand in the same place whatever the rows hold")
    func tableStays() {
        let other = [Table.Row(["1234567", "日本語日本語日本語", ""]), Table.Row([])]
        let column = { (rows: [Table.Row]) in
            let grid = Grid(width: 40, height: 2) { Table(Self.descriptors, rows: rows).draw(on: &$0) }
            return grid.text.split(separator: "\n")[0]
        }
        #expect(column(Self.rows) == column(other))
    }

    @Test("The linear form of a table leaves nothing out")
    func tableLines() {
        let lines = Table(Self.descriptors, rows: Self.rows).lines.map(\.plain)
        #expect(lines[2] == " • 4 anon_inode:kvm-vm KVM_CREATE_VM")
    }

    @Test("A list of a million rows makes only those that are seen, the selected among them")
    func list() {
        var made: [Int] = []
        let grid = Grid(width: 12, height: 3) { canvas in
            SelectionList(count: 1_000_000, selection: 700_000) { index in
                made.append(index)
                return Line("exit \(index)")
            }.draw(on: &canvas, offset: 10)
        }
        #expect(made == [699_998, 699_999, 700_000])
        #expect(grid.text == "  exit 6999…\n  exit 6999…\n▸ exit 7000…\n")
    }

    @Test("Hints that do not fit whole are left out")
    func hints() {
        let hints = KeyHints([KeyHint("s", "step exit"), KeyHint("space", "run"), KeyHint("?", "help")])
        #expect(hints.line(width: 80).plain == "s step exit  space run  ? help")
        #expect(hints.line(width: 20).plain == "s step exit  ? help")
        #expect(hints.line(width: 3).plain == "")
    }

    @Test("The palette's line edits as a shell does")
    func editing() {
        var field = InputField("step exit")
        let keys: [Key] = [.control("w"), .character("i"), .home, .delete, .right, .backspace, .end, .left]
        let done = keys.map { field.handle($0) }
        #expect(done.allSatisfy { $0 })
        #expect(field.text == "ep i")
        #expect(field.cursor == 3)
        let others = [Key.enter, .tab, .up, .function(1)].map { field.handle($0) }
        #expect(!others.contains(true))
        field.insert("a\nb\u{1B}c\t")
        #expect(field.text == "ep a bc i")
        field.replace(last: 4, with: "日")
        #expect(field.text == "ep a日i")
        field.text = String(repeating: "x", count: 9000)
        #expect(field.text.count == InputField.limit)
        var empty = InputField()
        let editing: [Key] = [.backspace, .delete, .left, .right, .home, .end, .alt("b"), .alt("f")]
        let controls = "wkuabdefh".map { Key.control($0) }
        #expect((editing + controls).map { empty.handle($0) }.allSatisfy { $0 })
        #expect(empty == InputField())
    }

    @Test("The cursor of a long input stays in view")
    func inputScrolls() {
        let grid = Grid(width: 10, height: 1) { canvas in
            InputField("walk 日本語 0x1000").draw(on: &canvas, prompt: ":")
        }
        #expect(grid.text == ":… 0x1000\n")
        #expect(grid.cursor == Point(9, 0))
        let short = Grid(width: 10, height: 1) { InputField("日").draw(on: &$0, prompt: ":") }
        #expect(short.cursor == Point(3, 0))
        for width in 0...3 {
            _ = Grid(width: width, height: 1) { InputField("日本語").draw(on: &$0, prompt: "a long prompt") }
        }
    }

    @Test("Completions stand over an input on the last row")
    func popup() {
        let popup = CompletionPopup([.init("step exit", "to user space"), .init("step ioctl")], selection: 1)
        let grid = Grid(width: 32, height: 6) { popup.draw(on: &$0, anchor: Point(1, 5)) }
        #expect(
            grid.text == """

                 ┌───────────────────────────┐
                 │  step exit   to user space│
                 │▸ step ioctl               │
                 └───────────────────────────┘


                """)
        for x in hostile {
            for height in 0...6 {
                _ = Grid(width: 8, height: height) { popup.draw(on: &$0, anchor: Point(x, x)) }
            }
        }
    }

    @Test("A bar is as long as its fraction, to an eighth, and never empty for something")
    func bar() {
        #expect(Bar.text(0.5, width: 4) == "██  ")
        #expect(Bar.text(0.53125, width: 4) == "██▏ ")
        #expect(Bar.text(0.0001, width: 4) == "▏   ")
        #expect(Bar.text(7, width: 2) == "██")
        #expect(Bar.text(.nan, width: 2) == "  ")
        #expect(Bar.text(-.infinity, width: -2) == "")
        #expect(Bar.level(1) == "█")
        #expect(Bar.level(0) == " ")
        for width in 0...20 {
            for step in 0...100 { #expect(Bar.text(Double(step) / 100, width: width).count == width) }
        }
    }

    @Test("Ticks cluster by powers of two, so that a growing timeline does not shift")
    func ticks() {
        let few = Grid(width: 8, height: 2) { TickStrip(count: 5, cursor: 2).draw(on: &$0) }
        #expect(few.text == "│││││\n  ▲\n")
        let many = Grid(width: 8, height: 2) { TickStrip(count: 21, cursor: 20).draw(on: &$0) }
        #expect(many.text == "┃┃┃┃┃│\n     ▲\n")
        for count in [1, 7, 8, 9, 1000, 1_000_000, Int.max] {
            let strip = TickStrip(count: count, cursor: nil)
            let each = strip.eventsPerColumn(width: 8)
            #expect(each & (each - 1) == 0)
            #expect((strip.count - 1) / each < 8)
            for column in 0..<8 {
                guard let event = strip.event(at: column, width: 8) else { continue }
                #expect(strip.column(of: event, width: 8) == column)
            }
        }
        for number in hostile {
            _ = Grid(width: 3, height: 1) { TickStrip(count: number, cursor: number).draw(on: &$0) }
            #expect(TickStrip(count: 5, cursor: 0).event(at: number, width: 0) == nil)
        }
    }

    @Test("Every widget bears every size", arguments: 0...9)
    func tiny(_ size: Int) {
        for other in 0...9 {
            let grid = Grid(width: size, height: other) { canvas in
                let scroll = Scroll(offset: 1, visible: 2, total: 9)
                let pane = Pane("Title", source: "s", note: "n", isFocused: true, scroll: scroll)
                pane.draw(on: &canvas, in: canvas.bounds) { canvas in
                    Table(Self.descriptors, rows: Self.rows, selection: 1).draw(on: &canvas, offset: -3)
                    SelectionList(["a", "b"], selection: 9).draw(on: &canvas, offset: 99)
                    Paragraph(["some prose 日本語"]).draw(on: &canvas, offset: 7)
                    KeyHints([KeyHint("q", "quit")]).draw(on: &canvas)
                    TickStrip(count: 100, cursor: 50).draw(on: &canvas)
                    InputField("x").draw(on: &canvas)
                }
            }
            #expect(grid.height == other)
        }
    }
}
