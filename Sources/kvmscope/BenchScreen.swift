internal import KVM

/// The time from a key to the changed screen: the whole program in a terminal of its own, typed at from here.
struct BenchScreen {
    var presses: Int
    var device: String

    private struct Key {
        var name: String
        var letter: Character
    }

    func figures() -> [BenchFigure] {
        guard let folder = ScratchFolder() else { return [] }
        let guest = folder.file("guest.bin", BenchGuest.exiting)
        guard let program = StartedProgram.onTerminal(["run", guest, "--device", device]) else { return [] }
        // A screen that comes up slowly may pause while it does.
        guard Self.settle(program, patience: 5000, pause: 500) != nil else { return [] }
        let keys = [
            Key(name: "s: the guest runs to its next exit", letter: "s"),
            Key(name: "S: the cursor goes back an exit", letter: "S"),
            Key(name: "Tab: another pane", letter: "\t"),
        ]
        return keys.compactMap { key in
            var times: [Double] = []
            for _ in 0..<presses {
                let begin = MonotonicClock.nanoseconds
                program.write(Array(String(key.letter).utf8))
                guard let end = Self.settle(program, patience: 2000, pause: 40) else { return nil }
                times.append(Double(end &- begin) / 1e6)
            }
            return BenchFigure(
                section: "From a key to the changed screen, 120×40", name: key.name, value: times.median, unit: "ms",
                goal: .within(1000 / 60))
        }
    }

    /// The moment at which the last byte came before a pause; nil where nothing came at all.
    static func settle(_ program: borrowing StartedProgram, patience: Int32, pause: Int32) -> UInt64? {
        var last: UInt64?
        while true {
            let bytes = program.read(milliseconds: last == nil ? patience : pause)
            if bytes.isEmpty { return last }
            last = MonotonicClock.nanoseconds
        }
    }
}
