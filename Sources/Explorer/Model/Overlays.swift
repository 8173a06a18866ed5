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
    /// Whether that lesson was read to its end, so that the list opens on the one behind it.
    let isDone: Bool

    init(from origin: String? = nil, isDone: Bool = false) {
        self.origin = origin
        self.isDone = isDone
    }

    /// Takes the list, and keeps the place that one is at.
    mutating func take(_ listings: [LessonListing]) {
        let place = selected?.name ?? origin
        let isBehind = selected == nil && isDone
        self.listings = listings
        isLoaded = true
        let index = listings.firstIndex { $0.name == place } ?? 0
        selection = isBehind && index + 1 < listings.count ? index + 1 : index
    }

    var selected: LessonListing? { listings.indices.contains(selection) ? listings[selection] : nil }

    mutating func move(by rows: Int) {
        selection = min(max(0, selection + min(max(rows, -10_000), 10_000)), max(0, listings.count - 1))
    }
}
