internal import Glibc

/// What is known of a machine's memory, kept up to date from the frames that changed.
struct KnownPages {
    private(set) var pages: GuestPages
    /// Frames that changed and were not read, since too many pages would have to be held.
    private(set) var unread: Set<UInt64> = []
    /// Frames that changed since the owner last asked.
    private var changed: Set<UInt64> = []
    /// Each content once, as long as it is likely to come again.
    private var contents: Set<GuestPage> = []

    init(frames: Int) { pages = GuestPages(frames: frames) }

    /// Reads the frames anew.
    /// - Parameters:
    ///   - limit: pages that are held at most; further ones stay unread.
    ///   - read: the bytes of a page; nil where they are all zeros.
    mutating func update(_ frames: [UInt64], limit: Int, read: (UInt64) -> [UInt8]?) {
        for frame in frames {
            changed.insert(frame)
            if let bytes = read(frame) {
                guard pages[frame] != nil || pages.count < limit else {
                    unread.insert(frame)
                    continue
                }
                let (_, content) = contents.insert(GuestPage(bytes))
                pages[frame] = content
                unread.remove(frame)
            } else {
                pages[frame] = nil
                unread.remove(frame)
            }
        }
        // Contents that only this set still knows would pile up over a long run.
        if contents.count > 16384 { contents.removeAll() }
    }

    /// Whether a page's bytes are other than known; of one that was left unread nobody can tell, and it stays so.
    func differs(_ frame: UInt64, from bytes: UnsafeRawBufferPointer) -> Bool {
        guard let start = bytes.baseAddress else { return false }
        if let page = pages[frame] {
            return page.bytes.withUnsafeBytes { known in
                known.baseAddress.map { memcmp($0, start, bytes.count) != 0 } ?? true
            }
        }
        // All bytes are zero where the first is and each equals the one before it.
        let isZero = start.load(as: UInt8.self) == 0 && memcmp(start, start + 1, bytes.count - 1) == 0
        return !isZero && !unread.contains(frame)
    }

    /// Takes pages over that were just written into the memory.
    mutating func replace(with new: GuestPages, frames: [UInt64]) {
        pages = new
        unread.removeAll()
        changed.formUnion(frames)
    }

    /// Takes frames for zeros, since they are memory no more, or memory that nobody touched yet.
    mutating func forget(_ frames: Range<UInt64>) {
        for (frame, _) in pages.all where frames.contains(frame) { pages[frame] = nil }
        unread = unread.filter { !frames.contains($0) }
        changed = changed.filter { !frames.contains($0) }
    }

    mutating func takeChanged() -> [ChangedPage] {
        defer { changed.removeAll(keepingCapacity: true) }
        return changed.sorted().map { ChangedPage(frame: $0, page: pages[$0], isUnread: unread.contains($0)) }
    }
}

/// A page of guest memory that changed.
public struct ChangedPage: Sendable {
    /// Guest physical address divided by 4096.
    public let frame: UInt64
    /// nil where it holds zeros, or was not read.
    public let page: GuestPage?
    /// Too many pages changed to hold them all, and this one was left out.
    public let isUnread: Bool
}
