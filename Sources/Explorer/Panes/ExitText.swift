import Timeline

/// An exit in one line, in the words of the trace contract.
enum ExitText {
    /// As `io out 0x3f8 48 'H' → console`.
    static func line(_ exit: Exit) -> String {
        var text = name(of: exit.reason)
        let detail = self.detail(exit)
        if !detail.isEmpty { text += " " + detail }
        return text + service(exit)
    }

    /// `unknown:77` as a person says it.
    static func name(of reason: String) -> String {
        guard reason.hasPrefix("unknown:") else { return reason }
        return "unknown exit " + reason.dropFirst("unknown:".count)
    }

    static func detail(_ exit: Exit) -> String {
        switch exit.detail {
        case .none: exit.reason == "intr" ? "(a signal brought it out)" : ""
        case .io(let io):
            (io.isWrite ? "out " : "in ") + Figure.hex(UInt64(io.port)) + (io.count > 1 ? " ×\(io.count)" : "")
                + data(io.data)
        case .mmio(let mmio): (mmio.isWrite ? "write " : "read ") + Figure.hex(mmio.address) + data(mmio.data)
        case .debug(let exception, let pc, let dr6, _):
            "exception \(exception) at \(Figure.hex(pc)), DR6 \(Figure.hex(dr6))"
        case .internalError(let suberror, _, let instruction):
            "suberror \(suberror)" + (suberror == 1 ? " (KVM could not emulate)" : "")
                + (instruction.count > 0 ? ", bytes" + data(instruction) : "")
        case .fields(let fields): fields.map { "\($0.name)=\(Figure.hex($0.value))" }.joined(separator: " ")
        }
    }

    private static func service(_ exit: Exit) -> String {
        switch exit.detail {
        case .io(let io):
            if let device = exit.servedBy { return " · \(device)" }
            return io.isWrite ? " · nobody serves this port" : " · nobody serves this port: all ones"
        case .mmio(let mmio):
            if let device = exit.servedBy { return " · \(device)" }
            return mmio.isWrite ? " · nobody serves this address" : " · nobody serves this address: all ones"
        default: return ""
        }
    }

    /// The bytes, and the character where there is but one and it can be printed.
    private static func data(_ bytes: Bytes) -> String {
        guard bytes.count > 0 else { return "" }
        let shown = bytes.array.prefix(16)
        var text = shown.map { " " + Figure.digits(UInt64($0), 2) }.joined()
        if bytes.count > shown.count { text += " … \(bytes.count) bytes" }
        if bytes.count == 1, let byte = shown.first, (0x21...0x7E).contains(byte) {
            text += " '\(Character(Unicode.Scalar(byte)))'"
        }
        return text
    }
}
