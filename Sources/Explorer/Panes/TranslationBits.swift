import Facts
import Screen
import Timeline
import X86

/// The address's bits, cut where the page tables cut them.
enum TranslationBits {
    static func lines(_ way: AddressWalk, _ walk: PageWalk, width: Int) -> [Line] {
        // The size of the page shows only when its entry does.
        let split = AddressSplit(
            walk.address, mode: walk.mode, pageSize: way.showsOutcome ? walk.pageSize : nil)
        let now = way.question.shown.flatMap { shown in
            shown > 0 && shown <= walk.steps.count ? walk.steps[shown - 1].level : nil
        }
        let cells = split.fields.map { cell($0, isNow: $0.level != nil && $0.level == now) }
        let room = 5 + cells.reduce(0) { $0 + $1.width } + cells.count - 1
        guard room <= width else { return TranslationPane.entry("bits", compact(split, now), width) }
        let heads = ["bits", "", "", ""]
        return (0..<4).map { row in
            var line = Line(heads[row], .dim).padded(to: 5)
            for (place, cell) in cells.enumerated() {
                if place > 0 { line.append("│", .border) }
                line += cell.rows[row].padded(to: cell.width)
            }
            return line.trimmed
        }
    }

    private struct Cell {
        var width: Int
        var rows: [Line]
    }

    private static func cell(_ field: AddressSplit.Field, isNow: Bool) -> Cell {
        let bits = field.bits.width
        let digits = String(field.value, radix: 2)
        let isSign = field.name == "Sign extension"
        let spelt =
            isSign
            ? "0x" + String(field.value, radix: 16)
            : String(repeating: "0", count: max(0, bits - digits.count)) + digits
        let value = field.level == nil ? isSign ? "" : Figure.hex(field.value) : "\(field.value)"
        // An offset that took over the fields below it keeps their places, and the rules that stood between.
        let merged = field.name == "Offset" && bits > 13 ? bits / 9 - 1 : 0
        let width = max(bits > 12 && isSign ? 7 : bits, isSign ? 7 : field.level == nil ? 8 : 5, 0) + merged
        let style: Style = isNow ? .lit : .normal
        return Cell(
            width: width,
            rows: [
                Line("\(field.bits)", .dim), Line(short(field.name), isNow ? .lit : .emphasis),
                Line(spelt, isNow ? .lit : isSign ? .dim : .code), Line(isNow ? "▲ \(value)" : value, style),
            ].map { $0.truncated(to: width) })
    }

    private static func short(_ name: String) -> String {
        switch name {
        case "Sign extension": "Sign"
        case "Directory Ptr": "Dir Ptr"
        default: name
        }
    }

    private static func compact(_ split: AddressSplit, _ now: Int?) -> Line {
        var line = Line()
        for field in split.fields {
            if !line.isEmpty { line.append(" │ ", .border) }
            let isNow = field.level != nil && field.level == now
            line.append("\(isNow ? "▲" : "")\(short(field.name)) \(field.bits) ", isNow ? .lit : .dim)
            line.append(Figure.hex(field.value), .code)
        }
        return line
    }
}
