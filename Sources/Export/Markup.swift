internal import Timeline

/// Text and numbers as they stand in XML and HTML.
enum Markup {
    /// Text for an element or a quoted attribute; what XML 1.0 does not allow at all becomes U+FFFD.
    static func escaped(_ text: some StringProtocol) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            case "\0"..<" ", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A coordinate with one decimal at most.
    static func number(_ value: Double) -> String {
        let tenths = (value * 10).rounded()
        guard tenths.isFinite, abs(tenths) < 1e15 else { return "0" }
        let whole = Int(tenths)
        return whole % 10 == 0 ? "\(whole / 10)" : "\(Double(whole) / 10)"
    }

    /// `1,234,567`.
    static func grouped(_ value: UInt64) -> String {
        let digits = Array(String(value))
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { result += "," }
            result.append(digit)
        }
        return result
    }

    static func grouped(_ value: Int) -> String { grouped(UInt64(max(0, value))) }

    /// `16 MiB of memory`, in the largest unit of which it is a multiple.
    static func memory(_ bytes: Int) -> String {
        for (shift, unit) in [(30, "GiB"), (20, "MiB"), (10, "KiB")]
        where bytes >> shift > 0 && bytes % (1 << shift) == 0 {
            return "\(grouped(bytes >> shift)) \(unit) of memory"
        }
        return "\(of(bytes, "byte")) of memory"
    }

    /// `1 exit`, `2,000 exits`.
    static func of(_ number: Int, _ noun: String) -> String { "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")" }

    /// `0`, `812 ns`, `21.3 µs`, `1.24 ms`, `3 s`: at most three digits behind the point, and none that say nothing.
    static func duration(_ nanoseconds: UInt64) -> String {
        for (unit, name) in [(UInt64(1_000_000_000), "s"), (1_000_000, "ms"), (1000, "µs")] where nanoseconds >= unit {
            let thousandths = nanoseconds / (unit / 1000)
            let (whole, rest) = (thousandths / 1000, thousandths % 1000)
            guard rest > 0, whole < 1000 else { return "\(grouped(whole)) \(name)" }
            let digits = decimals(rest)
            return "\(whole).\(digits) \(name)"
        }
        return nanoseconds == 0 ? "0" : "\(nanoseconds) ns"
    }

    /// Thousandths as decimals, without the zeros at their end.
    private static func decimals(_ thousandths: UInt64) -> String {
        var digits = String(thousandths)
        digits = String(repeating: "0", count: 3 - digits.count) + digits
        while digits.last == "0" { digits.removeLast() }
        return digits
    }
}

extension String {
    /// The last part of a path.
    var fileName: String { split(separator: "/").last.map(String.init) ?? self }
}
