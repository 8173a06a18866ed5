/// How often each of a few names came: exit reasons, ioctls.
///
/// A list with the names in the order in which they first came, since the commonest come first and comparing short
/// names costs less than hashing one.
struct Tally: Sendable {
    /// Names that are told apart; a stranger's recording may have one for each event.
    private static let limit = 1024
    private static let others = "others"

    private var entries: [(name: String, count: Int)] = []

    mutating func count(_ name: String, times: Int) {
        if let index = entries.firstIndex(where: { $0.name == name }) {
            entries[index].count &+= times
        } else if entries.count < Self.limit || name == Self.others {
            entries.append((name, times))
        } else {
            count(Self.others, times: times)
        }
    }

    mutating func count(_ name: String) {
        for index in entries.indices where entries[index].name == name {
            entries[index].count &+= 1
            // One place forward each time it comes, so that what comes most is found first.
            if index > 0, entries[index].count > entries[index - 1].count { entries.swapAt(index, index - 1) }
            return
        }
        count(name, times: 1)
    }

    var dictionary: [String: Int] {
        Dictionary(entries.map { ($0.name, $0.count) }, uniquingKeysWith: { first, _ in first })
    }
}
