/// A change of the branch in view, which divides what was recorded: what stands before it is of the one branch, what
/// stands behind it of the other.
///
/// One that leads to the branch in view gives that its name.
public struct BranchTurn: Sendable, Equatable, Codable {
    /// Events of the recording that lie before it.
    public var position: Int
    /// The branch's number, in the order in which they were begun.
    public var branch: Int
    /// Events that a branch begun here shares with the one before; nil where one goes to a branch that was there.
    public var fork: Int?
    /// The name that the branch has from here on.
    public var name: String

    public init(position: Int, branch: Int, fork: Int? = nil, name: String) {
        self.position = position
        self.branch = branch
        self.fork = fork
        self.name = name
    }

    private enum CodingKeys: String, CodingKey {
        case position = "end"
        case branch, fork, name
    }
}

extension Timeline {
    /// Does again what a turn did to the branches; false where it leads to one that is not there.
    public func follow(_ turn: BranchTurn) -> Bool {
        if let fork = turn.fork {
            self.fork(at: fork, name: turn.name)
        } else if !select(branch: turn.branch) {
            return false
        }
        rename(branch: branch, to: turn.name)
        return true
    }
}
