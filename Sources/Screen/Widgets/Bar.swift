/// A quantity as a length, to an eighth of a cell.
public enum Bar {
    private static let eighths: [Character] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    private static let levels: [Character] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// A bar of exactly `width` columns, filled from the left; fractions beyond 0 to 1 count as the nearer end, and
    /// what is more than nothing shows at least an eighth.
    public static func text(_ fraction: Double, width: Int) -> String {
        let width = min(max(0, width), Grid.maximumWidth)
        let filled = steps(fraction, of: width * 8)
        var text = String(repeating: "█", count: filled / 8)
        if filled % 8 > 0 { text.append(eighths[filled % 8 - 1]) }
        return text + String(repeating: " ", count: width - (filled + 7) / 8)
    }

    /// One column of a histogram, one row high.
    public static func level(_ fraction: Double) -> Character { levels[steps(fraction, of: 8)] }

    private static func steps(_ fraction: Double, of whole: Int) -> Int {
        guard fraction > 0, whole > 0 else { return 0 }
        return max(1, Int((min(fraction, 1) * Double(whole)).rounded()))
    }
}
