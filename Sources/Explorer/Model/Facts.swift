import Command
import Facts
import Timeline

extension Model {
    /// What expressions are worked out against: the world at the cursor.
    var facts: any FactSource {
        var facts = WorldFacts(timeline, at: cursor, vcpu: vcpu)
        facts.walk = ownWalk
        return facts
    }
}
