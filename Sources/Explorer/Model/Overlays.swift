public import Command

/// The help over the screen, or another text that is read and closed.
public struct HelpOverlay: Hashable, Sendable {
    public enum Content: Hashable, Sendable {
        case page(HelpPage)
        /// The list of branches.
        case branches
        /// The branch in view beside this one.
        case comparison(Int)
    }

    public internal(set) var content: Content
    public internal(set) var scroll = 0

    init(_ content: Content) { self.content = content }

    init(_ page: HelpPage) { content = .page(page) }
}

/// The list of lessons with which the program begins.
public struct LessonMenu: Hashable, Sendable {
    public internal(set) var listings: [LessonListing] = []
    public internal(set) var selection = 0
    /// False until the list has come.
    public internal(set) var isLoaded = false
    /// The lesson that is being opened.
    public internal(set) var opening: String?

    /// The lesson from which one came, on which the list opens.
    let origin: String?

    init(from origin: String? = nil) { self.origin = origin }

    var selected: LessonListing? { listings.indices.contains(selection) ? listings[selection] : nil }

    mutating func move(by rows: Int) {
        selection = min(max(0, selection + min(max(rows, -10_000), 10_000)), max(0, listings.count - 1))
    }
}
