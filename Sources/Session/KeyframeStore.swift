internal import Machine
internal import Timeline

/// The snapshots that are kept in memory, the oldest thinned out when they are more than there is room for.
struct KeyframeStore {
    /// Keyframes kept at most.
    static let countLimit = 512
    /// Bytes kept at most: 96 MiB.
    static let sizeLimit = 96 << 20

    private struct Kept {
        let id: Int
        let snapshot: MachineSnapshot
        /// Bytes that it takes beyond the one kept before it.
        var size: Int
    }

    // By number.
    private var kept: [Kept] = []
    private var next = 1
    /// The newest keyframe of each branch that one may return to.
    var ends: [Int: Int] = [:]
    private(set) var size = 0

    var count: Int { kept.count }

    subscript(id: Int) -> MachineSnapshot? { place(of: id).map { kept[$0].snapshot } }

    mutating func add(_ snapshot: MachineSnapshot) -> MachineKeyframe {
        let new = newPages(snapshot, after: kept.last?.snapshot)
        let one = Kept(id: next, snapshot: snapshot, size: snapshot.stateSize + new * GuestMemory.pageSize)
        next += 1
        kept.append(one)
        size += one.size
        while kept.count > Self.countLimit || size > Self.sizeLimit, thinOut() {}
        return MachineKeyframe(
            id: one.id, pages: snapshot.pages.count, newPages: new, calls: snapshot.calls, duration: snapshot.duration)
    }

    private func place(of id: Int) -> Int? {
        var (low, high) = (0, kept.count)
        while low < high {
            let middle = (low + high) / 2
            if kept[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low < kept.count && kept[low].id == id ? low : nil
    }

    private func newPages(_ snapshot: MachineSnapshot, after before: MachineSnapshot?) -> Int {
        guard let before else { return snapshot.pages.count }
        return snapshot.pages.frames(differingFrom: before.pages).count { snapshot.pages[$0] != nil }
    }

    /// Drops every second keyframe of the older half; where nothing of it can go, the oldest. False with one left.
    private mutating func thinOut() -> Bool {
        guard kept.count > 1 else { return false }
        let needed = Set(ends.values)
        let before = kept.count
        let half = kept.count / 2
        kept = kept.enumerated().filter { $0 > half || $0 % 2 == 0 || needed.contains($1.id) }.map(\.element)
        if kept.count == before { kept.removeFirst() }
        size = 0
        for index in kept.indices {
            let snapshot = kept[index].snapshot
            kept[index].size =
                snapshot.stateSize
                + newPages(snapshot, after: index > 0 ? kept[index - 1].snapshot : nil) * GuestMemory.pageSize
            size += kept[index].size
        }
        return true
    }
}

/// How a long order is cut, so that a keyframe can be taken in between.
///
/// Each of the first 64 exits is followed by one; then one comes each time a sixteenth more has been run, and at least
/// every 16384 exits or 1024 single steps.
struct Slices {
    /// Exits or instructions still to be made; nil where something else ends the run.
    private(set) var left: Int?
    private(set) var made = 0
    /// The one under way.
    private(set) var current = 0
    let isSteps: Bool

    init(left: Int?, isSteps: Bool) {
        self.left = left
        self.isSteps = isSteps
    }

    /// The length of the next, or nil when all is done.
    mutating func next() -> Int? {
        made += current
        if let left { self.left = left - current }
        let length = made < 64 ? 1 : min(made / 16, isSteps ? 1024 : 16384)
        current = min(length, left ?? length)
        return current > 0 ? current : nil
    }
}
