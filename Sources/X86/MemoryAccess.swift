/// What guest code wants of an address, and with which privilege.
public struct MemoryAccess: Hashable, Sendable, CustomStringConvertible {
    /// The three ways to use memory that entries tell apart; raw values are those of `walk --json`.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case read, write, execute
    }

    /// Data read, data write or instruction fetch.
    public var kind: Kind
    /// True for code at CPL 3; CPL 0 to 2 are the supervisor. An access that the processor itself makes at CPL 3 to a
    /// system table (an implicit supervisor access) is not told apart from an explicit one.
    public var user: Bool

    /// An access by the supervisor, unless user is said.
    public init(_ kind: Kind, user: Bool = false) {
        self.kind = kind
        self.user = user
    }

    /// All six.
    public static let all: [MemoryAccess] = Kind.allCases.flatMap { [MemoryAccess($0), MemoryAccess($0, user: true)] }

    public var description: String { (user ? "user " : "supervisor ") + kind.rawValue }
}

/// What the entries of a walk grant when taken together; what an access may really do depends on registers as well.
///
/// Source: Intel SDM volume 3, "Determination of Access Rights".
public struct PagePermissions: OptionSet, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt8
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// R/W is set in every entry so far.
    public static let writable = PagePermissions(rawValue: 1)
    /// U/S is set in every entry so far: a user-mode address.
    public static let user = PagePermissions(rawValue: 2)
    /// NX is clear in every entry so far.
    public static let executable = PagePermissions(rawValue: 4)
    /// What holds before the first entry, and without paging.
    public static let all: PagePermissions = [.writable, .user, .executable]

    public var isWritable: Bool { contains(.writable) }
    public var isUser: Bool { contains(.user) }
    public var isExecutable: Bool { contains(.executable) }

    /// Three letters, `w`, `u` and `x`, each a hyphen where the permission is missing.
    public var description: String {
        (isWritable ? "w" : "-") + (isUser ? "u" : "-") + (isExecutable ? "x" : "-")
    }
}
