internal import Command
internal import Machine
internal import Session

/// Exits with the kernel's tracepoints on, round by round in turns with the C loop without them.
struct BenchTracing {
    var rounds: Int
    var exits: Int

    enum Result {
        case figures([BenchFigure])
        /// Why they cannot be had here.
        case refused(String)
    }

    func measure(on session: Session) throws(MachineError) -> Result {
        var wall: [Double] = []
        var beyond: [Double] = []
        var ratio: [Double] = []
        var reader: [Double] = []
        defer { _ = session.perform(.observe(false)) }
        // The first round warms up.
        for round in 0...rounds {
            // Off, a tracepoint costs nothing; switching takes some milliseconds, which are not measured.
            _ = session.perform(.observe(false))
            let bare = try session.measure(.bare, exits: exits)
            if case .refused(let reason) = session.perform(.observe(true)) { return .refused(reason) }
            guard session.kernelView == .on else { return .refused(Self.reason(session.kernelView)) }
            guard let bare, let run = try session.measure(.recorded, exits: exits) else {
                throw .image(name: "the bench guest", reason: "it stopped before its time")
            }
            guard round > 0 else { continue }
            let (ours, theirs) = (Double(run.time.processor), Double(bare.time.processor))
            wall.append(Double(run.time.wall) / Double(exits))
            beyond.append((ours - theirs) / Double(exits))
            ratio.append(theirs / ours)
            reader.append(Double(run.readerNanoseconds) / Double(exits))
        }
        let section = "The same with the kernel's tracepoints on"
        var figure = BenchFigure(
            section: section, name: "exits and tracepoints recorded", value: wall.median, unit: "ns an exit")
        (figure.beyond, figure.ratio) = (beyond.median, ratio.median)
        return .figures([
            figure,
            BenchFigure(
                section: section, name: "  the reader's part, on another thread", value: reader.median,
                unit: "ns an exit"),
        ])
    }

    private static func reason(_ view: Session.KernelView) -> String {
        guard case .refused(let reason, let remedy) = view else { return "the tracepoints are not on" }
        return remedy.isEmpty ? reason : "\(reason); \(remedy)"
    }
}
