/// One line of text under edit, with the keys that hands know from a shell.
public struct InputField: Hashable, Sendable {
    /// More than that is refused: nobody types it.
    public static let limit = 4096

    private var characters: [Character]
    /// Characters before the cursor.
    public private(set) var cursor: Int

    /// The cursor stands at the end.
    public init(_ text: String = "") {
        characters = []
        cursor = 0
        insert(text)
    }

    public var text: String {
        get { String(characters) }
        set { self = InputField(newValue) }
    }

    public var textBeforeCursor: String { String(characters[..<cursor]) }

    /// Puts text in at the cursor; line breaks and tabs become spaces, other controls are left out.
    public mutating func insert(_ text: String) {
        let kept = text.compactMap { character -> Character? in
            if character.isNewline || character == "\t" { return " " }
            guard let scalar = character.unicodeScalars.first else { return nil }
            return scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) ? nil : character
        }.prefix(Self.limit - characters.count)
        characters.insert(contentsOf: kept, at: cursor)
        cursor += kept.count
    }

    /// Replaces the last characters before the cursor, as a completion does.
    public mutating func replace(last count: Int, with text: String) {
        let count = min(max(0, count), cursor)
        characters.removeSubrange((cursor - count)..<cursor)
        cursor -= count
        insert(text)
    }

    /// Carries out an editing key.
    ///
    /// - Returns: whether the key was one; if not, the caller may give it another meaning.
    public mutating func handle(_ key: Key) -> Bool {
        switch key {
        case .character(let character): insert(String(character))
        case .left, .control("b"): cursor = max(0, cursor - 1)
        case .right, .control("f"): cursor = min(characters.count, cursor + 1)
        case .home, .control("a"): cursor = 0
        case .end, .control("e"): cursor = characters.count
        case .backspace, .control("h"): remove(max(0, cursor - 1)..<cursor)
        case .delete, .control("d"): remove(cursor..<min(characters.count, cursor + 1))
        case .control("u"): remove(0..<cursor)
        case .control("k"): remove(cursor..<characters.count)
        case .control("w"): remove(wordStart..<cursor)
        case .alt("b"): cursor = wordStart
        case .alt("f"): cursor = wordEnd
        default: return false
        }
        return true
    }

    private mutating func remove(_ range: Range<Int>) {
        characters.removeSubrange(range)
        cursor = range.lowerBound
    }

    private var wordStart: Int {
        var at = cursor
        while at > 0, characters[at - 1] == " " { at -= 1 }
        while at > 0, characters[at - 1] != " " { at -= 1 }
        return at
    }

    private var wordEnd: Int {
        var at = cursor
        while at < characters.count, characters[at] == " " { at += 1 }
        while at < characters.count, characters[at] != " " { at += 1 }
        return at
    }

    /// Draws prompt and text on the first row and puts the terminal's cursor there.
    ///
    /// A text that is too long is moved to the left, with a `…` at its start, so that the cursor stays in view.
    public func draw(on canvas: inout Canvas, prompt: Line = ":", style: Style = .normal) {
        let promptWidth = min(prompt.width, max(0, canvas.width - 2))
        canvas.fill(Rect(width: canvas.width, height: 1))
        canvas.put(prompt, x: 0, y: 0, width: promptWidth)
        let room = canvas.width - promptWidth
        let column = Text.width(textBeforeCursor)
        let start = column < room ? 0 : column - room + 1
        canvas.within(Rect(x: promptWidth, y: 0, width: room, height: 1)) { canvas in
            canvas.put(text, x: -start, y: 0, style)
            if start > 0 { canvas.put("…", x: 0, y: 0, .dim) }
            canvas.placeCursor(x: column - start, y: 0)
        }
    }
}
