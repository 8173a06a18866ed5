/// The newest change of some bytes of guest memory that the timeline tells of.
public struct MemoryChange: Sendable, Equatable {
    /// The reading that showed it.
    public let position: Int
    /// Behind the reading and all that belongs to it.
    public let cursor: Int
    public let before: [UInt8]
    public let after: [UInt8]
    /// Whether the guest ran since the reading before; else the bytes were written from outside.
    public let isGuests: Bool
    /// Where what brought the change about began: the machine as it stood before.
    public let start: Int
}

extension Timeline {
    /// The newest change of bytes before a position; nil where the timeline knows of none.
    ///
    /// It is as exact as memory was read: at each stop and at each keyframe.
    /// - Parameters:
    ///   - address: guest physical.
    ///   - count: bytes, cut at the end of the page.
    public func lastChange(of address: UInt64, count: Int, before position: Int) -> MemoryChange? {
        let offset = Int(address & 4095)
        let range = offset..<min(4096, offset + max(1, count))
        func bytes(_ content: PageContent?) -> [UInt8]? {
            guard let content else { return nil }
            return content.bytes.count >= range.upperBound ? Array(content.bytes[range]) : nil
        }
        var newer: (position: Int, bytes: [UInt8])?
        var index = position
        while let found = last(before: index, where: { $0.page(address >> 12) != nil || $0.isStart }) {
            index = found
            guard let page = self[found]?.page(address >> 12) else {
                // Before its machine was begun there was no such memory; a page that was never read held zeros.
                guard let newer, newer.bytes.contains(where: { $0 != 0 }) else { return nil }
                return change(newer.position, Array(repeating: 0, count: range.count), newer.bytes)
            }
            guard let now = bytes(page) else {
                newer = nil
                continue
            }
            if let newer, newer.bytes != now { return change(newer.position, now, newer.bytes) }
            newer = (found, now)
        }
        guard let newer, let oldest = bytes(world(at: first).memory.pages[address >> 12]), oldest != newer.bytes
        else { return nil }
        return change(newer.position, oldest, newer.bytes)
    }

    private func change(_ position: Int, _ before: [UInt8], _ after: [UInt8]) -> MemoryChange {
        let start =
            last(before: position) { event in
                switch event.body {
                case .resumed, .keyframe, .restored, .start: true
                case .phase(let phase): phase == .stopped || phase == .ready
                default: false
                }
            } ?? first
        let run = next(from: start) { event in
            if case .ioctl(let call) = event.body { return call.name == "KVM_RUN" }
            return false
        }
        return MemoryChange(
            position: position, cursor: cursor(behindReading: position), before: before, after: after,
            isGuests: run.map { $0 < position } ?? false, start: start)
    }
}

extension Event {
    fileprivate func page(_ frame: UInt64) -> PageContent? {
        guard case .memory(let pages) = body else { return nil }
        return pages.first { $0.frame == frame }?.content
    }

    fileprivate var isStart: Bool {
        if case .start = body { return true }
        return false
    }
}
