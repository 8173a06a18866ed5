/// Writes events as the lines of `trace --json`: one JSON object each, numbered without gaps.
///
/// Events outside the contract (readings, stops, gates) give no line and take no number. The encoder is our own
/// because a general one costs more than the exit that it describes.
public struct TraceEncoder: Sendable {
    public static let version = 1
    private var sequence = 0
    private var line: [UInt8] = []
    /// The last reading of each vCPU's registers.
    private var readings: [Int: GeneralRegisters] = [:]
    /// Bytes of a character that the guest has not finished writing: `out` carries one byte at a time.
    private var unfinished: [UInt8] = []

    public init() { line.reserveCapacity(512) }

    /// The line, newline included, as UTF-8; empty for an event outside the contract.
    public mutating func encode(_ event: Event) -> [UInt8] {
        line.removeAll(keepingCapacity: true)
        switch event.body {
        case .start(let start):
            open(event, "start")
            add("version", Self.version)
            add("guest", start.guest)
            add("vcpus", start.vcpus)
            add("memory", start.memory)
        case .ioctl(let call):
            guard call.kind != .call else { return [] }
            open(event, "ioctl")
            add("class", call.kind.rawValue)
            add("fd", Int(call.fd))
            add("name", call.name)
            add("request", "0x" + hexadecimal(UInt64(call.request), digits: 4))
            add("result", Int(call.result))
            if call.errno == 0 { addRaw("errno", "null") } else { add("errno", call.errnoName) }
            add("duration", Int(clamping: call.duration))
        case .descriptor(let change):
            open(event, "fd")
            add("change", change.isOpen ? "open" : "close")
            add("fd", Int(change.fd))
            add("target", change.target)
        case .thread(let change):
            open(event, "thread")
            add("change", change.isStart ? "start" : "end")
            add("tid", Int(change.id))
            add("name", change.name)
        case .exit(let exit):
            open(event, "exit")
            encode(exit)
        case .kernel(let kernel):
            open(event, "kernel")
            add("vcpu", kernel.vcpu)
            add("event", kernel.name)
            for field in kernel.fields { add(field.name, field.value) }
        case .kernelLost(let count):
            open(event, "kernel-lost")
            add("count", count)
        case .statistics(let reading):
            open(event, "statistics")
            add("vcpu", reading.vcpu)
            for counter in reading.counters where counter.difference != 0 {
                add(counter.name, Int(clamping: counter.value))
            }
        case .console(let text):
            guard let whole = wholeText(text.bytes.array) else { return [] }
            open(event, "console")
            add("text", whole)
        case .registers(let reading):
            readings[reading.vcpu] = reading.general
            return []
        case .stopped(let stop):
            guard stop.tellsOfDeath else { return [] }
            open(event, "stop")
            add("vcpu", stop.vcpu)
            add("reason", stop.reason.rawValue)
            add("why", stop.text)
            if let registers = readings[stop.vcpu] {
                for name in GeneralRegisters.names { addAddress(name, registers[name] ?? 0) }
            }
        case .end(let end):
            flushConsole(event)
            open(event, "end")
            add("why", end.why.rawValue)
            add("code", end.code)
        default:
            return []
        }
        append("}\n")
        return line
    }

    private mutating func encode(_ exit: Exit) {
        add("vcpu", exit.vcpu)
        add("reason", exit.reason)
        if let rip = exit.rip { addAddress("rip", rip) } else { addRaw("rip", "null") }
        switch exit.detail {
        case .none: break
        case .io(let io):
            add("direction", io.isWrite ? "out" : "in")
            add("port", Int(io.port))
            add("size", Int(io.size))
            add("count", Int(io.count))
            add("data", io.data.hex)
            addDevice(exit)
        case .mmio(let mmio):
            add("direction", mmio.isWrite ? "write" : "read")
            addAddress("address", mmio.address)
            add("size", mmio.data.count)
            add("data", mmio.data.hex)
            addDevice(exit)
        case .debug(let exception, let pc, let dr6, let dr7):
            add("exception", Int(exception))
            addAddress("pc", pc)
            addAddress("dr6", dr6)
            addAddress("dr7", dr7)
        case .internalError(let suberror, let data, let instruction):
            add("suberror", Int(suberror))
            addRaw("data", "[" + data.map { "\"0x\(hexadecimal($0))\"" }.joined(separator: ",") + "]")
            add("instruction", instruction.hex)
        case .fields(let fields):
            for field in fields {
                if field.isNumber {
                    add(field.name, Int(clamping: field.value))
                } else {
                    addAddress(field.name, field.value)
                }
            }
        }
    }

    /// Who served an access; null where nobody did.
    private mutating func addDevice(_ exit: Exit) {
        if let device = exit.servedBy { add("device", device) } else { addRaw("device", "null") }
    }

    /// The new bytes as text, up to the last whole character; nil when there is none yet.
    private mutating func wholeText(_ bytes: [UInt8]) -> String? {
        unfinished += bytes
        var whole = unfinished.count
        // A UTF-8 sequence is at most four bytes: only the last three can be the start of an unfinished one.
        for back in 1...3 where back <= unfinished.count {
            let byte = unfinished[unfinished.count - back]
            if byte & 0xC0 == 0x80 { continue }
            let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
            if length > back { whole = unfinished.count - back }
            break
        }
        guard whole > 0 else { return nil }
        let text = String(decoding: unfinished[..<whole], as: UTF8.self)
        unfinished.removeFirst(whole)
        return text
    }

    private mutating func flushConsole(_ event: Event) {
        guard !unfinished.isEmpty else { return }
        let text = String(decoding: unfinished, as: UTF8.self)
        unfinished = []
        open(event, "console")
        add("text", text)
        append("}\n")
    }

    private mutating func open(_ event: Event, _ kind: String) {
        sequence += 1
        append("{\"seq\":")
        append(String(sequence))
        add("ns", Int(clamping: event.nanoseconds))
        add("kind", kind)
    }

    private mutating func append(_ text: String) { line.append(contentsOf: text.utf8) }

    private mutating func key(_ name: String) {
        append(",")
        string(name)
        append(":")
    }

    private mutating func add(_ name: String, _ value: Int) {
        key(name)
        append(String(value))
    }

    private mutating func add(_ name: String, _ value: String) {
        key(name)
        string(value)
    }

    private mutating func addAddress(_ name: String, _ value: UInt64) {
        key(name)
        append("\"0x")
        append(String(value, radix: 16))
        append("\"")
    }

    private mutating func addRaw(_ name: String, _ json: String) {
        key(name)
        append(json)
    }

    private mutating func string(_ text: String) {
        line.append(UInt8(ascii: "\""))
        var before: UInt8 = 0
        for byte in text.utf8 {
            defer { before = byte }
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                line.append(UInt8(ascii: "\\"))
                line.append(byte)
            case 0x0A: append("\\n")
            case 0..<0x20, 0x7F: append("\\u00" + hexadecimal(UInt64(byte), digits: 2))
            // C1 controls, which a terminal may obey: U+0080 to U+009F are C2 80 to C2 9F in UTF-8.
            case 0x80..<0xA0 where before == 0xC2:
                line.removeLast()
                append("\\u00" + hexadecimal(UInt64(byte), digits: 2))
            default: line.append(byte)
            }
        }
        line.append(UInt8(ascii: "\""))
    }
}
