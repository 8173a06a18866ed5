public import Command
public import Timeline
internal import X86

// In real mode an address is an offset, and says nothing without its segment.

extension WalkQuestion.Space {
    /// What a person means by an address: a label lies where the linker put it, whatever the segments hold; SP and BP
    /// are offsets in SS, and IP is one in CS, as the processor takes them.
    ///
    /// Source: Intel SDM volume 1, "Specifying a Segment Selector", the table of default segments.
    public init(of address: Expression) {
        let registers = Set(address.registers.map(\.whole))
        if !registers.isDisjoint(with: ["rsp", "rbp"]) {
            self = .stack
        } else if registers.contains("rip") {
            self = .code
        } else {
            self = registers.isEmpty && address.namesASymbol ? .linear : .virtual
        }
    }
}

extension SystemRegisters {
    /// The segment whose base is added to an address; nil outside real mode, and for an address that has none.
    public func segment(of space: WalkQuestion.Space, _ access: WalkQuestion.Access) -> (name: String, Segment)? {
        guard cr0 & 1 == 0 else { return nil }
        switch space {
        case .virtual: return access == .execute ? ("cs", cs) : ("ds", ds)
        case .stack: return ("ss", ss)
        case .code: return ("cs", cs)
        case .linear, .physical: return nil
        }
    }

    /// The linear address that an expression's value stands for; a bare number is an offset only where `numbersAreOffsets`.
    public func linear(
        _ address: UInt64, of expression: Expression, _ access: WalkQuestion.Access, numbersAreOffsets: Bool
    ) -> UInt64 {
        guard numbersAreOffsets || !expression.registers.isEmpty,
            let (_, segment) = segment(of: WalkQuestion.Space(of: expression), access)
        else { return address }
        return (segment.base &+ address) & 0xFFFF_FFFF
    }
}

extension Expression {
    /// The registers that it asks for, in no order that matters; those inside `mem64[…]` only help to find a number.
    fileprivate var registers: [RegisterName] {
        switch self {
        case .fact(let fact): fact.register.map { [$0] } ?? []
        case .unary(_, let operand): operand.registers
        case .binary(_, let left, let right): left.registers + right.registers
        case .integer, .text, .boolean, .word, .memory, .unknownFact, .call: []
        }
    }

    fileprivate var namesASymbol: Bool {
        switch self {
        case .word, .unknownFact, .call(.symbol, _): true
        case .unary(_, let operand): operand.namesASymbol
        case .binary(_, let left, let right): left.namesASymbol || right.namesASymbol
        case .integer, .text, .boolean, .memory, .fact, .call: false
        }
    }
}
