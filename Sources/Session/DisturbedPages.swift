/// Guest pages for which KVM has no entry any more, or one without the right to write, since kvmscope did something: the
/// page faults by which it finds that out are not the guest's own.
struct DisturbedPages {
    enum Cause: String {
        case dirtyLog = "kvmscope read the dirty log"
        case slots = "kvmscope made KVM forget its tables"
        case smallPages = "perhaps: while the dirty log is on, KVM maps 4 KiB at a time"
    }

    private var writeProtected: Set<UInt64> = []
    /// Those of large pages stand together.
    private var forgotten: [Range<UInt64>] = []
    /// Units of 2 MiB of which a part has been mapped while the dirty log was on, and the frames that were.
    private var split: Set<UInt64> = []
    private var met: Set<UInt64> = []

    /// The dirty log named these frames.
    mutating func protect(_ frames: [UInt64]) { writeProtected.formUnion(frames) }

    /// KVM had entries for these.
    mutating func forget(_ mapped: [Range<UInt64>]) {
        forgotten = mapped
        writeProtected = []
        (split, met) = ([], [])
    }

    /// Why a page fault came, where it came of something that kvmscope did.
    /// - Parameters:
    ///   - isWrite: whether the guest wanted to write.
    ///   - isLogged: whether the dirty log is on.
    ///   - isLast: the fault is told; what caused it is over.
    mutating func cause(ofFaultAt frame: UInt64, isWrite: Bool, isLogged: Bool, isLast: Bool) -> Cause? {
        if let index = forgotten.firstIndex(where: { $0.contains(frame) }) {
            if isLast { forgotten.remove(at: index) }
            return .slots
        }
        if isWrite, writeProtected.contains(frame) {
            if isLast { writeProtected.remove(frame) }
            return .dirtyLog
        }
        guard isLogged, !met.contains(frame) else { return nil }
        defer {
            if isLast {
                split.insert(frame >> 9)
                met.insert(frame)
            }
        }
        return split.contains(frame >> 9) ? .smallPages : nil
    }
}
