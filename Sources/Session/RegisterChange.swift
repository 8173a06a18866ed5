internal import Command
internal import KVM

extension Registers {
    private static func path(_ name: String) -> WritableKeyPath<Registers, UInt64>? {
        switch name {
        case "rax": \.rax
        case "rbx": \.rbx
        case "rcx": \.rcx
        case "rdx": \.rdx
        case "rsi": \.rsi
        case "rdi": \.rdi
        case "rsp": \.rsp
        case "rbp": \.rbp
        case "r8": \.r8
        case "r9": \.r9
        case "r10": \.r10
        case "r11": \.r11
        case "r12": \.r12
        case "r13": \.r13
        case "r14": \.r14
        case "r15": \.r15
        case "rip": \.rip
        case "rflags": \.rflags
        default: nil
        }
    }

    /// Sets a register or a part of one. False when it is none of these.
    mutating func replace(_ register: RegisterName, with value: UInt64) -> Bool {
        guard let path = Self.path(register.whole) else { return false }
        self[keyPath: path] = register.replacing(in: self[keyPath: path], with: value)
        return true
    }
}

extension SpecialRegisters {
    /// Sets a control register. False when it is none.
    mutating func replace(_ register: RegisterName, with value: UInt64) -> Bool {
        switch register.name {
        case "cr0": cr0 = value
        case "cr2": cr2 = value
        case "cr3": cr3 = value
        case "cr4": cr4 = value
        case "cr8": cr8 = value
        case "efer": efer = value
        default: return false
        }
        return true
    }
}
