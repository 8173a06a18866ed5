import Timeline

/// The newest calls before the cursor, equal ones that follow each other folded into one row.
struct IoctlHistory {
    struct Row {
        /// The newest of the row's calls.
        var call: IoctlCall
        /// Where that stands in the timeline.
        var position: Int
        /// How many positions back the row's oldest call lies, plus one.
        var span: Int
        var count: Int
        /// The newest call's number since the machine's start; nil for `open`, `mmap` and `close`.
        var number: Int?
        /// False where older equal calls may lie before what was looked at.
        var isWhole: Bool
    }

    /// No more events than this are looked at for one screen.
    static let limit = 4096

    /// Oldest first.
    private(set) var rows: [Row] = []
    private(set) var recentBoundary: Int

    /// - Parameters:
    ///   - end: Calls before this position; they are looked for from the cursor back, so that each keeps its number.
    ///   - wanted: Rows at most; `Int.max` looks through everything that is kept.
    init(_ context: PaneContext, before end: Int, rows wanted: Int) {
        recentBoundary = Recent(context).boundary
        let cursor = min(context.cursor, context.timeline.end)
        let reach = min(end, cursor) - Self.limit
        let oldest = wanted == .max ? context.timeline.first : max(context.timeline.first, reach)
        var number = context.world.ioctlCount
        var newestFirst: [Row] = []
        let stop = context.timeline.last(in: min(oldest, cursor)..<cursor, of: [.ioctl, .start]) { position, event in
            switch event.body {
            case .start: return true
            case .ioctl(let call):
                let isNumbered = call.kind != .call
                if position >= end {
                    if isNumbered { number -= 1 }
                    return false
                }
                if let last = newestFirst.last, Self.repeats(call, last.call) {
                    newestFirst[newestFirst.count - 1].count += 1
                    newestFirst[newestFirst.count - 1].span = last.position - position + 1
                } else {
                    if newestFirst.count >= wanted { return true }
                    newestFirst.append(
                        Row(
                            call: call, position: position, span: 1, count: 1, number: isNumbered ? number : nil,
                            isWhole: true))
                }
                if isNumbered { number -= 1 }
            default: break
            }
            return false
        }
        if stop ?? oldest == oldest, oldest > 0, let last = newestFirst.indices.last {
            newestFirst[last].isWhole = false
        }
        rows = newestFirst.reversed()
    }

    /// The row in which a call is folded, by its position in the timeline.
    func row(of position: Int?) -> Int? {
        guard let position else { return nil }
        return rows.firstIndex { $0.position >= position && position > $0.position - $0.span }
    }

    private static func repeats(_ a: IoctlCall, _ b: IoctlCall) -> Bool {
        a.request == b.request && a.name == b.name && a.fd == b.fd && a.result == b.result && a.errno == b.errno
            && a.argument == b.argument && a.observing == b.observing && a.kind == b.kind && a.kind != .call
    }
}
