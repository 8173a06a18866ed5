/// The letter and the colour that stand for an exit reason in drawings.
struct ReasonKey: Equatable {
    let reason: String
    let letter: String
    /// Dark enough for white letters, light enough to be seen on black.
    let colour: String

    private static let known: [(reason: String, letter: String, colour: String)] = [
        ("io", "I", "#1f6fb2"), ("mmio", "M", "#8347c9"), ("hlt", "H", "#66717c"), ("debug", "D", "#0b7d70"),
        ("intr", "S", "#a85a12"), ("shutdown", "T", "#b3261e"), ("internal-error", "E", "#c01c55"),
        ("fail-entry", "F", "#8f3b2e"), ("irq-window", "W", "#6f6a12"), ("hypercall", "C", "#3f7a22"),
        ("exception", "X", "#7b5a3a"), ("system-event", "Y", "#4d62a8"), ("x86-rdmsr", "R", "#2f7f93"),
        ("x86-wrmsr", "U", "#5a7f2f"),
    ]
    private static let spareLetters = "ABGJKLNOPQVZ123456789".map(String.init)
    private static let spareColours = ["#8a5a9c", "#557a5e", "#99622f", "#4f6f8f", "#8c4a6b", "#6d6d6d"]

    /// Keys for reasons in their order; what is not known here gets a letter that is free, and `?` where none is.
    static func keys(for reasons: [String]) -> [ReasonKey] {
        var spare = 0
        return reasons.map { reason in
            if let known = known.first(where: { $0.reason == reason }) {
                return ReasonKey(reason: reason, letter: known.letter, colour: known.colour)
            }
            defer { spare += 1 }
            return ReasonKey(
                reason: reason, letter: spare < spareLetters.count ? spareLetters[spare] : "?",
                colour: spareColours[spare % spareColours.count])
        }
    }
}
