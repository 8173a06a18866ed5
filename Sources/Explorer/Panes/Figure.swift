/// Numbers as the panes write them: short, and of a width that a column can count on.
enum Figure {
    /// `812 ns`, `21.3 µs`, `1.24 ms`, `3.10 s`: three digits and a unit, at most eight columns.
    static func duration(_ nanoseconds: UInt64) -> String {
        switch nanoseconds {
        case ..<1000: "\(nanoseconds) ns"
        case ..<1_000_000: threeDigits(nanoseconds, unit: 1000) + " µs"
        case ..<1_000_000_000: threeDigits(nanoseconds, unit: 1_000_000) + " ms"
        default: threeDigits(nanoseconds, unit: 1_000_000_000) + " s"
        }
    }

    /// Seconds with two decimals, since the kernel counts a thread's time in hundredths.
    static func seconds(_ nanoseconds: UInt64) -> String {
        let hundredths = nanoseconds / 10_000_000
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }

    /// Up to 9999 as it is, then `12.3k`, `4.56M`: at most five columns.
    static func count(_ number: UInt64) -> String {
        switch number {
        case ..<10_000: "\(number)"
        case ..<1_000_000: threeDigits(number, unit: 1000) + "k"
        case ..<1_000_000_000: threeDigits(number, unit: 1_000_000) + "M"
        default: threeDigits(number, unit: 1_000_000_000) + "G"
        }
    }

    static func count(_ number: Int) -> String { count(UInt64(max(0, number))) }

    /// `16 MiB`, `640 KiB`, `100 bytes`: a unit only where the number is a multiple of it.
    static func bytes(_ size: UInt64) -> String {
        for (shift, unit) in [(UInt64(40), "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")] where size >> shift > 0 {
            if size & ((1 << shift) - 1) == 0 { return "\(size >> shift) \(unit)" }
        }
        return size == 1 ? "1 byte" : "\(size) bytes"
    }

    /// `1 vCPU`, `2 vCPUs`.
    static func of(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

    /// `0x` and the digits, without leading zeros.
    static func hex(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }

    /// Digits alone, with leading zeros.
    static func digits(_ value: UInt64, _ count: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }

    private static func threeDigits(_ number: UInt64, unit: UInt64) -> String {
        let whole = number / unit
        if whole >= 100 { return "\(whole)" }
        if whole >= 10 { return "\(whole).\(number % unit * 10 / unit)" }
        let rest = number % unit * 100 / unit
        return "\(whole).\(rest < 10 ? "0" : "")\(rest)"
    }
}
