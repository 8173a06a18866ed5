import Screen
import Timeline

/// The kept bytes of the console cut into rows; only those that are seen are turned into lines.
struct ConsoleRows {
    private struct Row {
        var range: Range<Int>
        /// Set where the bytes are not plain ASCII, so that columns and bytes differ.
        var text: String?
        var endsLine: Bool
    }

    private let bytes: [UInt8]
    private let firstNew: Int
    private var rows: [Row] = []

    /// - Parameters:
    ///   - new: How many of the newest bytes carry the mark.
    ///   - width: Columns, the mark's two included.
    init(_ bytes: [UInt8], new: Int, width: Int) {
        self.bytes = bytes
        firstNew = bytes.count - new
        let room = max(1, width - 2)
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
            cut(start..<end, room: room, endsLine: end < bytes.count)
            start = end + 1
        }
    }

    var count: Int { rows.count }

    /// A row with the mark of what is new before it, and the line feed visible behind it.
    func line(_ index: Int) -> Line {
        let row = rows[index]
        let isNew = firstNew < bytes.count && row.range.upperBound >= firstNew
        var line = Line(isNew ? PaneText.mark + " " : "  ", .changed)
        line.append(row.text ?? String(decoding: bytes[row.range], as: UTF8.self))
        if row.endsLine { line.append("␊", .dim) }
        return line
    }

    /// A guest's output is not prose: it is broken where the room ends, not at spaces.
    private mutating func cut(_ range: Range<Int>, room: Int, endsLine: Bool) {
        guard bytes[range].allSatisfy({ $0 < 0x80 }) else { return cutText(range, room: room, endsLine: endsLine) }
        var start = range.lowerBound
        repeat {
            let end = min(start + room, range.upperBound)
            rows.append(Row(range: start..<end, text: nil, endsLine: endsLine && end == range.upperBound))
            start = end
        } while start < range.upperBound
    }

    private mutating func cutText(_ range: Range<Int>, room: Int, endsLine: Bool) {
        var piece = ""
        var used = 0
        for character in String(decoding: bytes[range], as: UTF8.self) {
            let width = Text.width(String(character))
            if used + width > room, !piece.isEmpty {
                rows.append(Row(range: range, text: piece, endsLine: false))
                piece = ""
                used = 0
            }
            piece.append(character)
            used += width
        }
        rows.append(Row(range: range, text: piece, endsLine: endsLine))
    }
}
