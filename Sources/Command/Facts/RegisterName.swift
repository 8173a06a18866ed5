/// A register, or a part of one, by the name that `reg.NAME` and `set NAME` take.
public struct RegisterName: Hashable, Sendable {
    public let name: String
    /// The register that holds it: `rax` for `al`, itself for a whole register.
    public let whole: String
    /// Where its bits start in the whole register.
    public let shift: Int
    /// Its width in bits.
    public let width: Int

    private init(_ name: String, whole: String? = nil, shift: Int = 0, width: Int) {
        self.name = name
        self.whole = whole ?? name
        self.shift = shift
        self.width = width
    }

    /// Its bits, at the right end.
    public func part(of whole: UInt64) -> UInt64 { whole >> UInt64(shift) & mask }

    /// The whole register after a write to this part.
    ///
    /// A write to a 32-bit part clears the upper half, as the processor does in 64-bit mode (Intel SDM volume 1,
    /// "General-Purpose Registers in 64-Bit Mode").
    public func replacing(in whole: UInt64, with value: UInt64) -> UInt64 {
        if width >= 32 { return value & mask }
        return whole & ~(mask << UInt64(shift)) | (value & mask) << UInt64(shift)
    }

    private var mask: UInt64 { width >= 64 ? .max : (1 << UInt64(width)) &- 1 }

    /// All of them, in the order in which a manual lists them.
    public static let all: [RegisterName] = general + parts + segments + control

    /// The register of that name; nil if there is none.
    public static func named(_ name: String) -> RegisterName? { byName[name.lowercased()] }

    private static let byName = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

    private static let general: [RegisterName] =
        [
            "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
            "r15", "rip",
            "rflags",
        ].map { RegisterName($0, width: 64) }

    private static let parts: [RegisterName] = {
        var parts: [RegisterName] = []
        for letter in ["a", "b", "c", "d"] {
            let whole = "r\(letter)x"
            parts += [
                RegisterName("e\(letter)x", whole: whole, width: 32),
                RegisterName("\(letter)x", whole: whole, width: 16),
                RegisterName("\(letter)l", whole: whole, width: 8),
                RegisterName("\(letter)h", whole: whole, shift: 8, width: 8),
            ]
        }
        for name in ["si", "di", "bp", "sp"] {
            parts += [
                RegisterName("e\(name)", whole: "r\(name)", width: 32),
                RegisterName(name, whole: "r\(name)", width: 16),
                RegisterName("\(name)l", whole: "r\(name)", width: 8),
            ]
        }
        for number in 8...15 {
            parts += [
                RegisterName("r\(number)d", whole: "r\(number)", width: 32),
                RegisterName("r\(number)w", whole: "r\(number)", width: 16),
                RegisterName("r\(number)b", whole: "r\(number)", width: 8),
            ]
        }
        for (name, width) in [("eip", 32), ("ip", 16)] { parts.append(RegisterName(name, whole: "rip", width: width)) }
        for (name, width) in [("eflags", 32), ("flags", 16)] {
            parts.append(RegisterName(name, whole: "rflags", width: width))
        }
        return parts
    }()

    /// A bare name is the selector; `.base` and `.limit` are of the hidden part.
    private static let segments: [RegisterName] = {
        var registers: [RegisterName] = []
        for name in ["cs", "ds", "es", "fs", "gs", "ss", "tr", "ldtr"] {
            registers += [
                RegisterName(name, width: 16), RegisterName("\(name).base", width: 64),
                RegisterName("\(name).limit", width: 32),
            ]
        }
        for name in ["gdtr", "idtr"] {
            registers += [RegisterName("\(name).base", width: 64), RegisterName("\(name).limit", width: 16)]
        }
        return registers
    }()

    private static let control: [RegisterName] = ["cr0", "cr2", "cr3", "cr4", "cr8", "efer"].map {
        RegisterName($0, width: 64)
    }
}
