import Command
import Facts
import Timeline

extension Model {
    /// A name in a command that does not exist, or a number that has no room; nil where nothing is wrong with it.
    func problem(with command: Command) -> String? {
        let live = timeline.live
        let symbols = live.start.map { Set($0.symbols.map(\.name)) }
        guard !FactTable.check(command, symbols: symbols).isEmpty else { return nil }
        return FactTable.check(command, symbols: symbols, seen: live.seenWords).first.map { "\(command): \($0)" }
    }

    /// What expressions are worked out against: the world at the cursor.
    var facts: any FactSource {
        var facts = WorldFacts(timeline, at: cursor, vcpu: vcpu)
        facts.walk = ownWalk
        return facts
    }
}
