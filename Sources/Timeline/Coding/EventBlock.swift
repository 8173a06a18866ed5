/// Events that follow each other, on their way into a recording.
public struct EventBlockEncoder {
    private var writer = FieldWriter()
    private var nanoseconds: UInt64 = 0
    private var thread: Int32 = 0
    /// A byte for each event; `EventTag`.
    public private(set) var tags: [UInt8] = []

    public init() {}

    /// Events so far.
    public var count: Int { tags.count }
    /// Pages that its events name.
    public var pages: Int { writer.contentCount }
    /// Bytes so far, but for the numbers of pages.
    public var size: Int { writer.size }

    public mutating func append(_ event: Event) throws(Damage) {
        var code = UInt64(event.kind?.rawValue ?? 0)
        if case .unknown(let unknown) = event.body { code = unknown.code }
        try writer.unsigned(&code)
        var later = Int64(bitPattern: event.nanoseconds &- nanoseconds)
        try writer.number(&later)
        var other = event.thread &- thread
        try writer.number(&other)
        (nanoseconds, thread) = (event.nanoseconds, event.thread)
        try writer.framed { (writer) throws(Damage) in
            if case .unknown(let unknown) = event.body {
                try writer.verbatim(unknown.bytes.array)
            } else {
                var body = event.body
                try body.code(&writer)
            }
        }
        tags.append(EventTag(event).rawValue)
    }

    public var packet: Packet { writer.packet }
}

/// Reads the events of a block.
public enum EventBlockDecoder {
    /// - Parameters:
    ///   - count: how many there are.
    ///   - names: of the kinds that this program does not know, by number.
    public static func events(
        in bytes: [UInt8], count: Int, names: [UInt64: String] = [:], source: any ContentSource
    ) throws(Damage) -> [Event] {
        try weighed(in: bytes, count: count, names: names, source: source).events
    }

    /// The same, with the bytes of memory that they take, nearly.
    public static func weighed(
        in bytes: [UInt8], count: Int, names: [UInt64: String] = [:], source: any ContentSource
    ) throws(Damage) -> (events: [Event], weight: Int) {
        var reader = try FieldReader(bytes, source: source)
        // An event takes four bytes at least.
        guard count >= 0, count <= reader.remaining / 4 else { throw .malformed }
        var events: [Event] = []
        try reader.spend(count * MemoryLayout<Event>.stride)
        events.reserveCapacity(count)
        var (nanoseconds, thread): (UInt64, Int32) = (0, 0)
        for _ in 0..<count {
            var (code, later, other): (UInt64, Int64, Int32) = (0, 0, 0)
            try reader.unsigned(&code)
            try reader.number(&later)
            try reader.number(&other)
            nanoseconds &+= UInt64(bitPattern: later)
            thread &+= other
            var body: Event.Body?
            let unread = try reader.framed { (reader) throws(Damage) in
                guard let kind = EventKind(rawValue: UInt8(truncatingIfNeeded: code)), code < 64 else {
                    throw .unknownValue
                }
                var read = Event.Body(blank: kind)
                try read.code(&reader)
                body = read
            }
            let known = body ?? .unknown(UnknownEvent(code: code, name: names[code] ?? "", bytes: Bytes(unread ?? [])))
            events.append(Event(nanoseconds: nanoseconds, thread: thread, known))
        }
        guard reader.remaining == 0 else { throw .malformed }
        return (events, reader.spent)
    }
}
