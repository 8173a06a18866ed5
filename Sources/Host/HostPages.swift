public import Timeline

/// Asks the kernel about host pages: the page map and, where permitted, the flags of the frame.
///
/// One for a session: the files are opened once.
public final class HostPages {
    private let map: PageMap?
    private let frames: PageFrames?
    private let mapRefusal: String
    private let framesRefusal: String

    public init() {
        var refusals = ("", "")
        do throws(FileRefusal) {
            map = try PageMap()
        } catch {
            map = nil
            refusals.0 = "the page map cannot be read: \(error)"
        }
        do throws(FileRefusal) {
            frames = try PageFrames()
        } catch {
            frames = nil
            refusals.1 = "page flags hidden: \(error); run as root"
        }
        (mapRefusal, framesRefusal) = refusals
    }

    /// The host page behind a page of guest memory.
    ///
    /// - Parameters:
    ///   - hostAddress: an address of this process; the page that holds it is meant.
    ///   - guestAddress: the guest physical address that lies there.
    public func page(at hostAddress: UInt64, for guestAddress: UInt64) -> HostPage {
        var page = HostPage(
            guestAddress: guestAddress & ~0xFFF, hostAddress: hostAddress & ~0xFFF, state: .unknown)
        switch map {
        case .none: page.hidden = mapRefusal
        case .some(let map):
            do throws(FileRefusal) {
                let entry = try map.entry(at: hostAddress)
                page.hidden = entry.hidden
                switch entry.state {
                case .present(let frame):
                    page.state = .present
                    page.frame = frame
                case .swapped: page.state = .swapped
                case .absent: page.state = .absent
                }
            } catch {
                page.hidden = "the page map cannot be read: \(error)"
            }
        }
        if let frame = page.frame { addFlags(of: frame, to: &page) }
        return page
    }

    private func addFlags(of frame: UInt64, to page: inout HostPage) {
        switch frames {
        case .none: page.flagsHidden = framesRefusal
        case .some(let frames):
            do throws(FileRefusal) {
                page.flags = try frames.flags(of: frame).names
                page.unit = try frames.unit(of: frame)
            } catch {
                page.flagsHidden = "page flags hidden: \(error)"
            }
        }
    }
}

extension PageFrames {
    /// Frames looked at on either side: a unit of 2 MiB is seen whole.
    private static let reach: UInt64 = 512

    /// Bytes of the unit that holds a frame, from the marks of its first and its further pages; nil where it is larger
    /// than what is looked at.
    ///
    /// Source: Linux, Documentation/admin-guide/mm/pagemap.rst, COMPOUND_HEAD and COMPOUND_TAIL.
    func unit(of frame: UInt64) throws(FileRefusal) -> UInt64? {
        func isHead(_ flags: PageFlags) -> Bool { flags.raw >> 15 & 1 == 1 }
        func isTail(_ flags: PageFlags) -> Bool { flags.raw >> 16 & 1 == 1 }
        let start = frame > Self.reach ? frame - Self.reach : 0
        let window = try flags(from: start, count: Int(frame - start + Self.reach))
        let place = Int(frame - start)
        guard place < window.count else { return nil }
        guard isHead(window[place]) || isTail(window[place]) else { return 4096 }
        var first = place
        while first > 0, isTail(window[first]) { first -= 1 }
        guard isHead(window[first]) else { return nil }
        var end = first + 1
        while end < window.count, isTail(window[end]) { end += 1 }
        // Cut off by the window's end, unless that is where a unit of the largest size seen whole ends too.
        guard end < window.count || end - first >= Int(Self.reach) else { return nil }
        return UInt64(end - first) * 4096
    }
}
