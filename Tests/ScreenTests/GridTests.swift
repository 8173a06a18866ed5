import TestSupport
import Testing

@testable import Screen

/// Numbers that are outside of any screen, or on its edge.
let hostile = [Int.min, -1_000_000_007, -1, 0, 1, 3, 4, 5, 1_000_000_007, Int.max]

@Suite("A grid holds what is drawn inside it and ignores the rest")
struct GridTests {
    @Test("No coordinate and no size is refused, and none draws outside")
    func hostileCoordinates() {
        for x in hostile {
            for y in hostile {
                var grid = Grid(width: 5, height: 4)
                grid.put("日本語 text", x: x, y: y)
                _ = grid[x, y]
                grid[x, y] = Cell("語", .bad)
                for size in hostile {
                    let rect = Rect(x: x, y: y, width: size, height: size)
                    grid.fill(rect, Cell("#"))
                    _ = grid.part(rect)
                    grid.draw(in: rect) { canvas in
                        canvas.box(canvas.bounds, .double)
                        canvas.box(rect)
                        canvas.path([Point(x, y), Point(y, x), Point(size, 2)], head: .both, stroke: .dashed)
                        canvas.put(Line("words that are long"), x: x, y: y, width: size, .right)
                        canvas.put(["a", "b"], x: y, y: x)
                        canvas.restyle(rect) { $0.bold }
                        canvas.placeCursor(x: x, y: y)
                        canvas.blit(Grid(width: 3, height: 3), x: x, y: y)
                        canvas.horizontalLine(x: x, y: y, width: size)
                    }
                    _ = rect.inset(x: x, y: y).moved(x: y, y: x).centered(width: x, height: y)
                }
                #expect(grid.width == 5)
                #expect(grid.row(y).count == (0...3 ~= y ? 5 : 0))
            }
        }
        #expect(Grid(width: -3, height: .max).height == Grid.maximumHeight)
        #expect(Grid(width: .max, height: .min).cells.isEmpty)
    }

    @Test("Half of a wide character never stays behind")
    func wideHalves() {
        var grid = Grid(width: 6, height: 1)
        grid.put("日本語", x: 0, y: 0)
        grid.put("x", x: 1, y: 0)
        #expect(grid.text == " x本語\n")
        grid.put("y", x: 2, y: 0)
        #expect(grid.text == " xy 語\n")
        grid.put("中", x: 3, y: 0)
        #expect(grid.text == " xy中\n")
        #expect(grid[3, 0].width == 2)
        #expect(grid[4, 0].width == 0)
        grid.put("中", x: 4, y: 0)
        #expect(grid.text == " xy 中\n")
        #expect(grid[4, 0].text == "中")
    }

    @Test("A wide character that the edge cuts is a space there")
    func wideAtEdges() {
        var grid = Grid(width: 3, height: 1)
        grid.put("ab日", x: 0, y: 0)
        #expect(grid.text == "ab\n")
        grid.put("日c", x: -1, y: 0, .bad)
        #expect(grid.text == " c\n")
        #expect(grid[0, 0].style == .bad)
        var wide = Grid(width: 4, height: 1)
        wide.put("日本", x: 0, y: 0)
        #expect(wide.part(Rect(x: 1, y: 0, width: 3, height: 1)).text == " 本\n")
    }

    @Test("A row of random overwriting keeps every wide character whole")
    func wideInvariant() {
        var random = Seeded(seed: 42)
        var grid = Grid(width: 12, height: 1)
        for _ in 0..<2000 {
            let text = ["日", "a", "한글", "xyz", "é"].randomElement(using: &random) ?? ""
            grid.put(text, x: Int.random(in: -2...12, using: &random), y: 0)
            let row = Array(grid.row(0))
            for (x, cell) in row.enumerated() {
                if cell.width == 2, x + 1 >= row.count || row[x + 1].width != 0 {
                    Issue.record("no right half at \(x)")
                }
                if cell.width == 0, x == 0 || row[x - 1].width != 2 { Issue.record("no left half at \(x)") }
            }
        }
    }

    @Test("A canvas draws in its own coordinates and not beyond its edge")
    func canvas() {
        let grid = Grid(width: 10, height: 4) { canvas in
            canvas.fill(nil, Cell("."))
            canvas.within(Rect(x: 2, y: 1, width: 5, height: 2)) { canvas in
                #expect(canvas.bounds == Rect(width: 5, height: 2))
                canvas.put("longer than five", x: 0, y: 0)
                canvas.put("cut", x: -1, y: 1)
                canvas.within(Rect(x: 3, y: 1, width: 9, height: 9)) { $0.fill(nil, Cell("#")) }
                canvas.put("below", x: 0, y: 2)
            }
            canvas.put(Line("end"), x: 8, y: 3)
        }
        #expect(grid.text == "..........\n..longe...\n..ut.##...\n........e…\n")
    }

    @Test("Golden text shows letters, roles and attributes by column")
    func golden() {
        var grid = Grid(width: 6, height: 2)
        grid.put("ab", x: 0, y: 0, .title.bold)
        grid.put("日x", x: 3, y: 1, .code)
        grid.cursor = Point(2, 1)
        #expect(
            grid.golden == """
                6x2 cursor 2,1
                |ab
                |   日x
                roles
                |tt
                |...ooo
                attributes
                |11
                |

                """)
        #expect(Grid(width: 2, height: 1).golden == "2x1\n|\n")
        #expect(Grid.difference("a\nb", "a\nc") == "line 2 is\nb\nbut should be\nc")
        #expect(Grid.difference("a", "a") == nil)
        #expect(Set(Role.allCases.map(\.letter)).count == Role.allCases.count)
    }

    @Test("Paths turn at corners, join the lines they meet and end in a head")
    func paths() {
        let grid = Grid(width: 12, height: 5) { canvas in
            canvas.box(Rect(x: 0, y: 0, width: 4, height: 3), .single)
            canvas.path([Point(3, 1), Point(7, 1), Point(7, 4), Point(11, 4)])
            canvas.path([Point(5, 0), Point(5, 4)], head: .none)
            canvas.path([Point(9, 3), Point(9, 0)], head: .end, stroke: .dashed)
        }
        #expect(grid.text == "┌──┐ │   ▲\n│  ├─┼─┐ ┆\n└──┘ │ │ ┆\n     │ │ ┆\n     │ └───▶\n")
        #expect(grid.asciiFallback.text == "+--+ |   ^\n|  +-+-+ |\n+--+ | | |\n     | | |\n     | +--->\n")
    }

    @Test("The ASCII picture is ASCII and keeps every column")
    func ascii() {
        var grid = Grid(width: 30, height: 2)
        grid.put("╭═┃▶←…•█▏é日✓␛‘", x: 0, y: 0)
        grid.put("plain ~ text|", x: 0, y: 1)
        let ascii = grid.asciiFallback
        #expect(ascii.text == "+=|><~*#.?? +?'\nplain ~ text|\n")
        for value in UInt32(0x20)...0x2FFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            #expect(Likeness.ascii(scalar).isASCII)
        }
        #expect(Line("a…日•").asciiFallback.plain == "a~? *")
        #expect(grid.fallback(.console).text.hasPrefix("┌═║►←…•█ é"))
    }
}
