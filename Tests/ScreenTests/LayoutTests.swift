import Testing

@testable import Screen

@Suite("Layout fills a rectangle without overlap, the same each time")
struct LayoutTests {
    @Test("Fixed parts keep their size and the rest is shared out exactly")
    func shares() {
        let rect = Rect(x: 2, y: 3, width: 100, height: 10)
        let columns = rect.columns([.fixed(20), .fill(1), .fill(2), .ratio(1, 10)])
        #expect(columns.map(\.width) == [20, 23, 47, 10])
        #expect(columns.map(\.x) == [2, 22, 45, 92])
        #expect(rect.rows([.min(3), .min(2)]).map(\.height) == [5, 5])
        #expect(rect.rows([.fixed(1), .fill(1), .fixed(1)], gap: 1).map(\.y) == [3, 5, 12])
    }

    @Test("Where there is too little room the last parts shrink first")
    func shortage() {
        let rows = Rect(width: 10, height: 6).rows([.fixed(3), .min(4), .fixed(2)])
        #expect(rows.map(\.height) == [3, 3, 0])
        #expect(Rect(width: 0, height: 0).rows([.fixed(3), .fill(1)]).map(\.height) == [0, 0])
    }

    @Test("Whatever is asked, parts lie in order inside the whole; with a growing one they fill it")
    func sums() {
        let extents: [Extent] = [.fixed(7), .ratio(1, 3), .min(4), .fill(3), .fill(1), .ratio(2, 7), .fixed(-4)]
        for width in [0, 1, 2, 5, 13, 60, 80, 119, 120, 121, 2000] {
            for gap in [0, 1, 3] {
                let whole = Rect(x: 5, y: 0, width: width, height: 1)
                let parts = whole.columns(extents, gap: gap)
                #expect(parts.count == extents.count)
                var end = whole.x
                for part in parts {
                    #expect(part.x >= end)
                    #expect(part.endX <= whole.endX)
                    end = part.endX
                }
                let used = parts.reduce(0) { $0 + $1.width }
                #expect(used == max(0, width - min(width, gap * (extents.count - 1))))
            }
        }
    }

    @Test("No number asked for is refused")
    func hostileExtents() {
        for a in hostile {
            for b in hostile {
                let rect = Rect(x: a, y: b, width: b, height: a)
                let parts = rect.columns([.fixed(a), .min(b), .ratio(a, b), .fill(a), .fill(b)], gap: a)
                #expect(parts.count == 5)
                #expect(parts.allSatisfy { $0.width >= 0 && $0.endX <= rect.endX })
            }
        }
    }
}
