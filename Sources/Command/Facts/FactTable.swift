/// The one table of facts: what an expression may ask, what the answer can be, and where it comes from.
public enum FactTable {
    /// In the order in which the help shows them.
    public static let entries: [FactEntry] =
        exits + machine + calls + host + walks

    /// The entry of a fact.
    public static func entry(for id: FactID) -> FactEntry? { byID[id] }

    private static let byID = Dictionary(entries.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })

    /// The fact of a name, without its argument: `exit.reason`, `vcpu1.rip`, `reg.rax`, `mem64`.
    ///
    /// - Returns: nil where no fact has that name.
    public static func reference(named name: String) -> FactReference? {
        if let id = FactID(rawValue: name), id != .register { return FactReference(id) }
        guard let dot = name.firstIndex(of: ".") else { return nil }
        let head = name[..<dot]
        let tail = String(name[name.index(after: dot)...])
        if head == "reg" { return RegisterName.named(tail).map { .register($0) } }
        guard head.hasPrefix("vcpu") else { return nil }
        let digits = head.dropFirst("vcpu".count)
        var vcpu: Int?
        if !digits.isEmpty {
            // A name with needless zeros would be a second spelling of the same fact.
            guard let number = Int(digits), number >= 0, String(number) == digits else { return nil }
            vcpu = number
        }
        if let id = FactID(rawValue: FactID.vcpuPrefix + tail) {
            return id.takesVCPU ? FactReference(id, vcpu: vcpu) : nil
        }
        return RegisterName.named(tail).map { .register($0, vcpu: vcpu) }
    }

    /// Every name that can be written for a fact, vCPUs from 0 up to the count that is given.
    public static func names(vcpus: Int = 1) -> [(name: String, summary: String)] {
        var names: [(name: String, summary: String)] = []
        for entry in entries where entry.id != .register {
            names.append((entry.id.rawValue, entry.summary))
            guard entry.id.takesVCPU else { continue }
            for vcpu in 0..<max(0, min(vcpus, 64)) {
                names.append((FactReference(entry.id, vcpu: vcpu).description, entry.summary))
            }
        }
        for register in RegisterName.all { names.append(("reg.\(register.name)", "register \(register.name)")) }
        for vcpu in 0..<max(0, min(vcpus, 64)) {
            for register in RegisterName.all {
                names.append(("vcpu\(vcpu).\(register.name)", "register \(register.name) of vCPU \(vcpu)"))
            }
        }
        return names
    }
}

/// One line of the table of facts.
public struct FactEntry: Sendable {
    public let id: FactID
    public let type: ValueType
    public let argument: Argument
    /// One line: what the fact says.
    public let summary: String
    /// An expression that uses it.
    public let example: String
    /// Where the fact is observed: `kvm_run`, `ioctl`, `procfs`, `tracepoint`, `stats` or `computed`.
    public let source: String

    public enum ValueType: Sendable {
        case integer, text, boolean
        case word(WordList)
    }

    public enum Argument: Sendable {
        case none
        /// The fact can be asked with or without a word in parentheses.
        case optional(WordList)
        case required(WordList)
        /// A whole number in parentheses, and what it counts.
        case number(String)
        /// An address in square brackets.
        case address
    }

    init(
        _ id: FactID, _ type: ValueType, _ summary: String, example: String, source: String, argument: Argument = .none
    ) {
        self.id = id
        self.type = type
        self.argument = argument
        self.summary = summary
        self.example = example
        self.source = source
    }

    /// The name with what may stand behind it: `fd.count[(KIND)]`.
    public var pattern: String {
        let name =
            id.takesVCPU && id != .register ? "vcpuN." + id.rawValue.dropFirst(FactID.vcpuPrefix.count) : id.rawValue
        switch argument {
        case .none: return name
        case .optional(let list): return "\(name)[(\(Self.placeholder(list)))]"
        case .required(let list): return "\(name)(\(Self.placeholder(list)))"
        case .number(let what): return "\(name)(\(what.uppercased()))"
        case .address: return "\(name)[ADDRESS]"
        }
    }

    private static func placeholder(_ list: WordList) -> String {
        String(list.name.split(separator: " ").first ?? "").uppercased()
    }

    /// What its value can be, in a word or two.
    public var typeName: String {
        switch type {
        case .integer: "number"
        case .text: "text"
        case .boolean: "true or false"
        case .word(let list): list.name
        }
    }
}
