/// How a person writes a number of bytes or an address: decimal, or hexadecimal with `0x`, and with K, M or G behind it
/// for 1024, 1024² or 1024³.
public enum SizeNotation {
    private static let units: KeyValuePairs<Character, UInt64> = ["G": 1 << 30, "M": 1 << 20, "K": 1 << 10]

    /// The number; nil where the text is none, or the number does not fit in 64 bits.
    public static func number(_ text: some StringProtocol) -> UInt64? {
        let unit = text.last.flatMap { last in units.first { $0.key == Character(last.uppercased()) } }
        let digits = unit == nil ? text[...] : text.dropLast()
        let isHexadecimal = digits.lowercased().hasPrefix("0x")
        guard let number = UInt64(isHexadecimal ? digits.dropFirst(2) : digits, radix: isHexadecimal ? 16 : 10)
        else { return nil }
        let (value, overflow) = number.multipliedReportingOverflow(by: unit?.value ?? 1)
        return overflow ? nil : value
    }

    /// The number with the largest unit of which it is a whole number.
    public static func text(_ number: UInt64) -> String {
        guard number > 0, let unit = units.first(where: { number % $0.value == 0 }) else { return "\(number)" }
        return "\(number / unit.value)\(unit.key)"
    }
}
