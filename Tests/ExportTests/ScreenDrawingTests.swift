import Export
import Screen
import Testing

@Suite("A screen as a drawing")
struct ScreenDrawingTests {
    private func drawing(_ text: String, _ style: Style = .normal, width: Int = 20) -> XMLReading {
        var grid = Grid(width: width, height: 2)
        grid.put(text, x: 1, y: 1, style)
        return XMLReading(ScreenDrawing.svg(grid, title: "a <title> & more"))
    }

    @Test("It is well-formed, says its title, and has every text in its place and as wide as its columns")
    func places() throws {
        let reading = drawing("one two  three")
        #expect(reading.failure == nil)
        #expect(reading.elements("title").map(\.text) == ["a <title> & more"])
        let texts = reading.elements("text")
        #expect(texts.map(\.text) == ["one two", "three"])
        #expect(texts.map { $0.attributes["x"] } == ["18", "90"])
        #expect(texts.map { $0.attributes["textLength"] } == ["56", "40"])
        #expect(Set(texts.map { $0.attributes["y"] }).count == 1)
    }

    @Test("Marks of XML and control characters of a guest are text in it")
    func hostile() throws {
        let reading = drawing("</svg><script>\u{1B}[2J")
        #expect(reading.failure == nil)
        #expect(reading.elements("script").isEmpty)
        #expect(reading.text.contains("</svg><script>"))
        let grid = Grid(width: 3, height: 1) { $0.put("\u{1B}[", x: 0, y: 0) }
        #expect(!ScreenDrawing.svg(grid, title: "\u{1B}").contains("\u{1B}"))
    }

    @Test("A role is a class, and what is selected stands on ink")
    func looks() throws {
        #expect(drawing("good", Style(.good)).elements("text").first?.attributes["class"] == "r\(Role.good.rawValue)")
        let selected = drawing("here", Style(.selection))
        #expect(selected.elements("rect", "ink").first?.attributes["width"] == "32")
        #expect(selected.elements("text").first?.attributes["class"]?.hasSuffix(" on") == true)
        #expect(drawing("plain").elements("rect", "ink").isEmpty)
    }

    @Test("A wide character takes its two columns")
    func wide() throws {
        let text = try #require(drawing("電 x").elements("text").first)
        #expect(text.text == "電 x")
        #expect(text.attributes["textLength"] == "32")
    }
}
