public import Command

/// The help over the screen.
public struct HelpOverlay: Hashable, Sendable {
    public internal(set) var page: HelpPage
    public internal(set) var scroll = 0

    init(_ page: HelpPage) { self.page = page }
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
