import Command
import Facts
import Timeline

extension Model {
    /// What expressions are worked out against: the world at the cursor.
    var facts: any FactSource {
        var facts = WorldFacts(
            world: world, vcpu: vcpu, timelineCount: timeline.end, branch: timeline.branch,
            branches: timeline.branches.count)
        facts.walk = ownWalk
        return facts
    }
}
