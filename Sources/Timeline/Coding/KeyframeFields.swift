// Small parts of a keyframe that are not events.

/// The world as a recording keeps it now and then, so that a jump folds few events.
public enum Keyframe {
    /// Grows when the fields of a keyframe change in another way than by growing at the end.
    ///
    /// A keyframe of another version is left alone, and the events before it are folded instead.
    public static let version: UInt64 = 2

    public static func packet(_ world: World) throws(Damage) -> Packet {
        var writer = FieldWriter()
        var (version, world) = (version, world)
        try writer.number(&version)
        try world.code(&writer)
        return writer.packet
    }

    public static func world(in bytes: [UInt8], source: any ContentSource) throws(Damage) -> World {
        try weighed(in: bytes, source: source).world
    }

    /// The same, with the bytes of memory that it takes, nearly.
    public static func weighed(
        in bytes: [UInt8], source: any ContentSource
    ) throws(Damage) -> (world: World, weight: Int) {
        var reader = try FieldReader(bytes, source: source)
        var (version, world) = (UInt64(0), World())
        try reader.number(&version)
        guard version == Self.version else { throw .unknownValue }
        try world.code(&reader)
        return (world, reader.spent)
    }
}

/// What is documented of the ioctls, as one part.
struct GuideList: Recordable {
    private var guides: [IoctlGuide] = []

    static var blank: GuideList { GuideList([:]) }

    init(_ guides: [IoctlGuide.Key: IoctlGuide]) {
        self.guides = guides.values.sorted { ($0.request, $0.kind.rawValue) < ($1.request, $1.kind.rawValue) }
    }

    var byKey: [IoctlGuide.Key: IoctlGuide] {
        Dictionary(
            guides.map { (IoctlGuide.Key(request: $0.request, kind: $0.kind), $0) },
            uniquingKeysWith: { first, _ in first })
    }

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) { try coder.list(&guides) }
}

/// What a page held before the newest reading; nil where it was never read before.
struct ReplacedPage: Recordable {
    var frame: UInt64
    var before: PageContent?

    static var blank: ReplacedPage { ReplacedPage(frame: 0, before: nil) }

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.number(&frame)
        var (wasRead, content) = (before != nil, before ?? .unread)
        try coder.flag(&wasRead)
        try coder.content(&content)
        before = wasRead ? content : nil
    }
}

extension Tally {
    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        var counts = dictionary
        try coder.dictionary(&counts)
        guard coder.isReading else { return }
        self = Tally()
        for (name, times) in counts.sorted(by: { $0.key < $1.key }) { count(name, times: times) }
    }
}

extension FlowCounts {
    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        var counts = FlowArrow.allCases.map { Named(name: $0.rawValue, value: self[$0]) }
        try coder.list(&counts)
        for entry in counts {
            guard let arrow = FlowArrow(rawValue: entry.name), entry.value < 1 << 56 else { throw .unknownValue }
            self[arrow] = entry.value
        }
    }
}
