/// How often each of a few names came: exit reasons, ioctls.
///
/// A list with the names in the order in which they first came, since the commonest come first and comparing short
/// names costs less than hashing one.
struct Tally: Sendable {
    private var entries: [(name: String, count: Int)] = []

    mutating func count(_ name: String, times: Int) {
        if let index = entries.firstIndex(where: { $0.name == name }) {
            entries[index].count += times
        } else {
            entries.append((name, times))
        }
    }

    mutating func count(_ name: String) {
        for index in entries.indices where entries[index].name == name {
            entries[index].count += 1
            // One place forward each time it comes, so that what comes most is found first.
            if index > 0, entries[index].count > entries[index - 1].count { entries.swapAt(index, index - 1) }
            return
        }
        entries.append((name, 1))
    }

    var dictionary: [String: Int] {
        Dictionary(entries.map { ($0.name, $0.count) }, uniquingKeysWith: { first, _ in first })
    }
}
