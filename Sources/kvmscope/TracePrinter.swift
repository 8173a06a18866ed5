internal import Screen
internal import Timeline

/// The lines of `trace` without --json, for people.
struct TracePrinter {
    private var readings: [Int: GeneralRegisters] = [:]

    mutating func lines(for event: Event) -> [UInt8] {
        guard let text = text(for: event) else { return [] }
        let microseconds = String(event.nanoseconds / 1000)
        let column = String(repeating: " ", count: max(0, 9 - microseconds.count)) + microseconds
        // Names of files and of the kernel's fields are anybody's.
        var lines = "\(column) µs  \(Text.sanitised(text))\n"
        if case .stopped(let stop) = event.body, let general = readings[stop.vcpu] { lines += registers(general) }
        return Array(lines.utf8)
    }

    private mutating func remember(_ reading: RegisterReading) -> String? {
        readings[reading.vcpu] = reading.general
        return nil
    }

    private func registers(_ general: GeneralRegisters) -> String {
        let names = GeneralRegisters.names
        return stride(from: 0, to: names.count, by: 4).map { first in
            let row = names[first..<min(first + 4, names.count)]
            return "              " + row.map { "\($0) 0x\(hexadecimal(general[$0] ?? 0))" }.joined(separator: "  ")
                + "\n"
        }.joined()
    }

    private mutating func text(for event: Event) -> String? {
        switch event.body {
        case .start(let start): "start    \(start.guest): \(start.vcpus) vCPU, \(start.memory) bytes of memory"
        case .ioctl(let call):
            "\(call.kind.rawValue.padded(8)) \(call.name) on fd \(call.fd) = \(call.result)\(call.errno == 0 ? "" : " " + call.errnoName)"
        case .descriptor(let change): "fd       \(change.isOpen ? "open " : "close") \(change.fd) \(change.target)"
        case .thread(let change): "thread   \(change.isStart ? "start" : "end  ") \(change.id) \(change.name)"
        case .exit(let exit): "exit     vCPU \(exit.vcpu) \(exit.reason)\(detail(exit))"
        case .kernel(let kernel):
            "kernel   vCPU \(kernel.vcpu) \(kernel.name)" + kernel.fields.map { " \($0.name)=\($0.value)" }.joined()
        case .kernelLost(let count): "kernel   \(count) records lost"
        case .statistics(let reading):
            "stats    vCPU \(reading.vcpu)"
                + reading.counters.filter { $0.difference != 0 }.map { " \($0.name)=\($0.value)" }.joined()
        case .console(let text): "console  \(text.text.debugDescription)"
        case .registers(let reading):
            remember(reading)
        case .stopped(let stop) where stop.tellsOfDeath:
            "stop     vCPU \(stop.vcpu) \(stop.text)"
        case .end(let end): "end      \(end.why.rawValue) \(end.code)"
        default: nil
        }
    }

    private func detail(_ exit: Exit) -> String {
        let rip = exit.rip.map { " at rip 0x\(hexadecimal($0))" } ?? ""
        switch exit.detail {
        case .none: return rip
        case .io(let io):
            return
                " \(io.isWrite ? "out" : "in") port 0x\(hexadecimal(UInt64(io.port))) size \(io.size) data \(io.data.hex)"
                + rip + service(exit)
        case .mmio(let mmio):
            return " \(mmio.isWrite ? "write" : "read") 0x\(hexadecimal(mmio.address)) data \(mmio.data.hex)"
                + rip + service(exit)
        case .debug(let exception, let pc, let dr6, _):
            return " exception \(exception) at 0x\(hexadecimal(pc)) dr6 0x\(hexadecimal(dr6))"
        case .internalError(let suberror, let data, let instruction):
            return " suberror \(suberror)" + (instruction.count > 0 ? " instruction \(instruction.hex)" : "")
                + data.map { " 0x" + hexadecimal($0) }.joined() + rip
        case .fields(let fields):
            return fields.map { " \($0.name)=\($0.isNumber ? "\($0.value)" : "0x" + hexadecimal($0.value))" }.joined()
                + rip
        }
    }

    private func service(_ exit: Exit) -> String { exit.servedBy.map { " by \($0)" } ?? " (nobody serves it)" }
}

extension String {
    func padded(_ width: Int) -> String {
        count >= width ? self : self + String(repeating: " ", count: width - count)
    }
}
