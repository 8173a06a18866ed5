/// A lesson folder's name, `NN-topic`, taken apart.
struct LessonName: Hashable, Comparable {
    let whole: String
    let number: Int?
    /// What stands behind the number, or the whole name where there is none.
    let topic: String

    init(_ whole: String) {
        self.whole = whole
        let digits = whole.prefix { $0.isASCII && $0.isNumber }
        let rest = whole.dropFirst(digits.count)
        if let number = Int(digits), rest.first == "-", rest.count > 1 {
            self.number = number
            topic = String(rest.dropFirst())
        } else {
            number = nil
            topic = whole
        }
    }

    /// By number; what has none comes last, by name.
    static func < (a: LessonName, b: LessonName) -> Bool {
        (a.number ?? .max, a.whole) < (b.number ?? .max, b.whole)
    }
}
