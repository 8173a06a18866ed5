/// A piece of a lesson's prose that stands by itself; a view decides its width, marks and colours.
public indirect enum TextBlock: Sendable, Hashable {
    /// `level` is 1 to 6 as in CommonMark; inside a step it is 3 or more.
    case heading(level: Int, [TextSpan])
    case paragraph([TextSpan])
    /// Text to show as it stands, its lines kept; `language` is the first word of the fence, or empty.
    case code(language: String, String)
    case quote([TextBlock])
    case list(TextList)
    /// A line between two parts.
    case rule
}

/// Items under each other, with numbers or without.
public struct TextList: Sendable, Hashable {
    /// The number of the first item; nil for a list without numbers.
    public var start: Int?
    /// True where the items stand close, with no blank line between them.
    public var isTight: Bool
    public var items: [[TextBlock]]

    public init(start: Int? = nil, isTight: Bool = true, items: [[TextBlock]]) {
        self.start = start
        self.isTight = isTight
        self.items = items
    }
}

/// A run of text in one style.
public indirect enum TextSpan: Sendable, Hashable {
    /// Holds no line break; a view wraps it where it likes.
    case text(String)
    case code(String)
    case emphasis([TextSpan])
    case strong([TextSpan])
    case link([TextSpan], to: String)
    /// The source broke its line here; a view shows a blank.
    case softBreak
    /// The writer asked for a new line.
    case lineBreak

    /// The words alone.
    public var plain: String {
        switch self {
        case .text(let text), .code(let text): text
        case .emphasis(let spans), .strong(let spans), .link(let spans, to: _): spans.plain
        case .softBreak: " "
        case .lineBreak: "\n"
        }
    }
}

extension [TextSpan] {
    /// The words alone, as a title bar or a message needs them.
    public var plain: String { map(\.plain).joined() }
}
