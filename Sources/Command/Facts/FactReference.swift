/// A fact that a source is asked for: which one, of which vCPU, register or kind.
public struct FactReference: Hashable, Sendable {
    public var id: FactID
    /// The vCPU's number; nil is the vCPU that the panes speak of.
    public var vcpu: Int?
    /// Set where `id` is `.register`.
    public var register: RegisterName?
    public var argument: Argument?

    /// What stands in brackets behind a fact's name.
    public enum Argument: Hashable, Sendable {
        /// `fd.count(kvm-vcpu)`
        case word(String)
        /// `branch.difference(1)`
        case number(Int)
        /// `mem64[0x1000]`, once the address is worked out.
        case address(UInt64)
    }

    public init(_ id: FactID, vcpu: Int? = nil, register: RegisterName? = nil, argument: Argument? = nil) {
        self.id = id
        self.vcpu = vcpu
        self.register = register
        self.argument = argument
    }

    /// `reg.rax`, or `vcpu1.rax` for a numbered vCPU.
    public static func register(_ register: RegisterName, vcpu: Int? = nil) -> FactReference {
        FactReference(.register, vcpu: vcpu, register: register)
    }

    /// The word in the brackets, if there is one.
    public var word: String? {
        if case .word(let word) = argument { word } else { nil }
    }

    /// The number in the parentheses, if there is one.
    public var number: Int? {
        if case .number(let number) = argument { number } else { nil }
    }
}

extension FactReference: CustomStringConvertible {
    /// The canonical name, as an expression writes it.
    public var description: String {
        var text = id.rawValue
        if id == .register {
            text = (vcpu.map { "vcpu\($0)." } ?? "reg.") + (register?.name ?? "REG")
        } else if let vcpu, text.hasPrefix(FactID.vcpuPrefix) {
            text = "vcpu\(vcpu)." + text.dropFirst(FactID.vcpuPrefix.count)
        }
        switch argument {
        case nil: return text
        case .word(let word): return "\(text)(\(Spelling.argument(word)))"
        case .number(let number): return "\(text)(\(number))"
        case .address(let address): return "\(text)[0x\(String(address, radix: 16))]"
        }
    }
}

/// Something that knows facts: a timeline and a cursor, or a made-up world in a test.
public protocol FactSource {
    /// The fact's value, `.unknown` with the reason where it cannot be had.
    func value(of fact: FactReference) -> Value
    /// The guest virtual address of a symbol of the guest's image.
    func address(ofSymbol name: String) -> UInt64?
    /// True for a text whose beginning is not known any more: what is not found in it may have stood there.
    func isOnlyTheEnd(_ fact: FactReference) -> Bool
}

extension FactSource {
    public func isOnlyTheEnd(_ fact: FactReference) -> Bool { false }
}
