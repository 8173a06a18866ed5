internal import Command
internal import Machine
internal import Session

/// Exits and single steps in each loop, round by round on one vCPU, so that what disturbs one disturbs all.
struct BenchLoops {
    var rounds: Int
    var exits: Int

    /// One loop's times, a value per round, in nanoseconds an exit.
    private struct Series {
        var wall: [Double] = []
        var processor: [Double] = []
        var reader: [Double] = []
    }

    /// - Parameter stepping: single-steps a guest that only counts, instead of letting one exit.
    func figures(on session: Session, stepping: Bool) throws(MachineError) -> [BenchFigure] {
        let loops = MeasuredLoop.allCases
        var series = [Series](repeating: Series(), count: loops.count)
        // The first round warms up: the kernel's tables, the log's buffers, the branch predictor.
        for round in 0...rounds {
            for turn in loops.indices {
                // Each loop is first and last equally often.
                let index = (round + turn) % loops.count
                guard let run = try session.measure(loops[index], exits: exits, stepping: stepping) else {
                    throw .image(name: "the bench guest", reason: "it stopped before its time")
                }
                guard round > 0 else { continue }
                series[index].wall.append(Double(run.time.wall) / Double(exits))
                series[index].processor.append(Double(run.time.processor) / Double(exits))
                series[index].reader.append(Double(run.readerNanoseconds) / Double(exits))
            }
        }
        return report(loops, series, stepping)
    }

    private func report(_ loops: [MeasuredLoop], _ series: [Series], _ stepping: Bool) -> [BenchFigure] {
        let section = stepping ? "Single steps of `inc`, `jmp`" : "Exits of a guest that does nothing but `out`"
        let unit = stepping ? "ns a step" : "ns an exit"
        guard let bare = loops.firstIndex(of: .bare) else { return [] }
        var figures: [BenchFigure] = []
        for (index, loop) in loops.enumerated() {
            var figure = BenchFigure(
                section: section, name: loop.title(stepping), value: series[index].wall.median, unit: unit)
            if loop != .bare {
                // Round against round: what disturbed the machine then disturbed both.
                figure.ratio = zip(series[index].processor, series[bare].processor).map { $1 / $0 }.median
                figure.beyond = zip(series[index].processor, series[bare].processor).map { $0 - $1 }.median
                figure.goal = loop.goal(stepping)
            }
            figures.append(figure)
        }
        for (index, loop) in loops.enumerated() where loop == .recorded || loop == .full {
            figures.append(
                BenchFigure(
                    section: section, name: "  the reader's part, on another thread: \(loop.short)",
                    value: series[index].reader.median, unit: unit))
        }
        return figures
    }
}

extension MeasuredLoop {
    fileprivate var short: String { self == .full ? "full state" : "exits" }

    fileprivate func title(_ stepping: Bool) -> String {
        switch self {
        case .bare: stepping ? "C loop that single-steps" : "C loop: KVM_RUN and nothing else"
        case .engine: "the engine's own loop"
        case .recorded: "exits recorded"
        case .full: "full state at each exit"
        }
    }

    fileprivate func goal(_ stepping: Bool) -> BenchFigure.Goal? {
        switch self {
        case .bare: nil
        case .engine: stepping ? .ratio(0.9) : .beyond(50)
        case .recorded: stepping ? nil : .beyond(250)
        case .full: stepping ? .ratio(0.9) : .beyond(1500)
        }
    }
}
