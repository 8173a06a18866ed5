public import Timeline

/// The exits of a run as comma-separated values: RFC 4180, one record an exit, a header first.
public struct ExitTable: Sendable {
    /// A column and what stands in it; what an exit does not have is empty.
    public struct Column: Sendable {
        public let name: String
        public let meaning: String
    }

    public static let columns = [
        Column(name: "exit", meaning: "number of the exit, from 1"),
        Column(name: "ns", meaning: "nanoseconds since the run began"),
        Column(name: "vcpu", meaning: "the vCPU that left the guest"),
        Column(name: "reason", meaning: "io, mmio, hlt, …, as in the trace"),
        Column(name: "rip", meaning: "RIP when KVM_RUN returned, hexadecimal"),
        Column(name: "direction", meaning: "io: in or out; mmio: read or write"),
        Column(name: "port", meaning: "io: the port, decimal"),
        Column(name: "address", meaning: "mmio: guest physical address, hexadecimal; debug: the instruction's"),
        Column(name: "size", meaning: "io and mmio: bytes of one access"),
        Column(name: "count", meaning: "io: accesses of this exit, more than 1 for string instructions"),
        Column(name: "data", meaning: "io and mmio: the bytes in memory order, hexadecimal"),
        Column(name: "device", meaning: "who served it; empty where nobody did"),
        Column(name: "details", meaning: "every other field as name=value, separated by spaces"),
    ]

    private var number = 0

    public init() {}

    /// The names of the columns as a record, line end included.
    public static var header: String { record(columns.map(\.name)) }

    /// The record of an exit, line end included; nil for any other event.
    public mutating func record(for event: Event) -> String? {
        guard case .exit(let exit) = event.body else { return nil }
        number += 1
        var row = Row()
        switch exit.detail {
        case .none: break
        case .io(let io):
            row.direction = io.isWrite ? "out" : "in"
            row.port = "\(io.port)"
            (row.size, row.count, row.data) = ("\(io.size)", "\(io.count)", io.data.hex)
        case .mmio(let mmio):
            row.direction = mmio.isWrite ? "write" : "read"
            row.address = "0x" + hexadecimal(mmio.address)
            (row.size, row.data) = ("\(mmio.data.count)", mmio.data.hex)
        case .debug(let exception, let pc, let dr6, let dr7):
            row.address = "0x" + hexadecimal(pc)
            row.details = "exception=\(exception) dr6=0x\(hexadecimal(dr6)) dr7=0x\(hexadecimal(dr7))"
        case .internalError(let suberror, let data, let instruction):
            row.details = "suberror=\(suberror)"
            for (index, word) in data.enumerated() { row.details += " data\(index)=0x\(hexadecimal(word))" }
            if instruction.count > 0 { row.details += " instruction=\(instruction.hex)" }
        case .fields(let fields):
            row.details = fields.map { "\($0.name)=\($0.isNumber ? "\($0.value)" : "0x" + hexadecimal($0.value))" }
                .joined(separator: " ")
        }
        return Self.record([
            "\(number)", "\(event.nanoseconds)", "\(exit.vcpu)", exit.reason,
            exit.rip.map { "0x" + hexadecimal($0) } ?? "", row.direction, row.port, row.address, row.size, row.count,
            row.data, exit.servedBy ?? "", row.details,
        ])
    }

    /// What depends on the kind of exit.
    private struct Row {
        var direction = "", port = "", address = "", size = "", count = "", data = "", details = ""
    }

    private static func record(_ fields: [String]) -> String { fields.map(quoted).joined(separator: ",") + "\r\n" }

    /// RFC 4180, section 2, rules 5 to 7; and no cell that a spreadsheet would take for a formula, since the words may
    /// come from a stranger's file.
    private static func quoted(_ field: String) -> String {
        var field = field
        if let first = field.utf8.first, "=+-@\t\r".utf8.contains(first) { field = "'" + field }
        guard field.utf8.contains(where: { [0x22, 0x2C, 0x0D, 0x0A].contains($0) }) else { return field }
        var result = "\""
        for scalar in field.unicodeScalars {
            if scalar == "\"" { result += "\"" }
            result.unicodeScalars.append(scalar)
        }
        return result + "\""
    }
}
