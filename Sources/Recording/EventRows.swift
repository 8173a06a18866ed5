internal import GRDB
internal import Timeline

/// Events in columns, one row each, for people with `sqlite3`.
final class EventRows {
    private let exits: Insertion
    private let ioctls: Insertion
    private let kernel: Insertion
    private let console: Insertion
    private let marks: Insertion
    private let others: Insertion

    init(_ db: Database) throws {
        exits = try Insertion(db, into: "exit", columns: 12)
        ioctls = try Insertion(db, into: "ioctl", columns: 13)
        kernel = try Insertion(db, into: "kernel", columns: 5)
        console = try Insertion(db, into: "console", columns: 4)
        marks = try Insertion(db, into: "mark", columns: 4)
        others = try Insertion(db, into: "other", columns: 5)
    }

    /// - Parameter number: The event's number as the screen shows it, from 1.
    func add(_ event: Event, number: Int, _ db: Database) throws {
        switch event.body {
        case .exit(let exit): try add(exit, event, number, db)
        case .ioctl(let call): try add(call, event, number, db)
        case .kernel(let tracepoint):
            begin(kernel, event, number)
            kernel.add(tracepoint.vcpu)
            kernel.add(tracepoint.name)
            kernel.add(tracepoint.fields.map { "\($0.name)=\($0.value)" }.joined(separator: " "))
            try kernel.insert(db)
        case .console(let text):
            begin(console, event, number)
            console.add(text.vcpu)
            console.add(text.text)
            try console.insert(db)
        case .mark(let name): try mark(name, at: number, event, number, db)
        case .pastMark(let mark): try self.mark(mark.name, at: mark.position, event, number, db)
        default:
            begin(others, event, number)
            others.add(Self.kind(event))
            others.add(event.vcpu)
            others.add(Self.text(event))
            try others.insert(db)
        }
    }

    private func mark(_ name: String, at position: Int, _ event: Event, _ number: Int, _ db: Database) throws {
        begin(marks, event, number)
        marks.add(name)
        marks.add(position)
        try marks.insert(db)
    }

    private func begin(_ row: Insertion, _ event: Event, _ number: Int) {
        row.add(number)
        row.add(event.nanoseconds)
    }

    private func add(_ exit: Exit, _ event: Event, _ number: Int, _ db: Database) throws {
        begin(exits, event, number)
        exits.add(exit.vcpu)
        exits.add(exit.reason)
        if let rip = exit.rip { exits.add(rip) } else { exits.addNothing() }
        switch exit.detail {
        case .io(let io):
            exits.add(io.isWrite ? "out" : "in")
            exits.add(Int(io.port))
            exits.addNothing()
            exits.add(Int(io.size))
            exits.add(Int(io.count))
            exits.add(io.data.array)
        case .mmio(let mmio):
            exits.add(mmio.isWrite ? "write" : "read")
            exits.addNothing()
            exits.add(mmio.address)
            exits.add(mmio.data.count)
            exits.add(1)
            exits.add(mmio.data.array)
        default: for _ in 0..<6 { exits.addNothing() }
        }
        exits.add(exit.servedBy)
        try exits.insert(db)
    }

    private func add(_ call: IoctlCall, _ event: Event, _ number: Int, _ db: Database) throws {
        begin(ioctls, event, number)
        ioctls.add(Int(event.thread))
        ioctls.add(call.kind.rawValue)
        ioctls.add(Int(call.fd))
        ioctls.add(call.name)
        ioctls.add(Int(call.request))
        ioctls.add(call.argument)
        ioctls.add(call.result)
        ioctls.add(call.errno == 0 ? nil : call.errnoName)
        ioctls.add(call.duration)
        ioctls.add(call.vcpu)
        ioctls.add(call.observing ? 1 : 0)
        try ioctls.insert(db)
    }

    private static func kind(_ event: Event) -> String {
        if case .unknown(let unknown) = event.body { return unknown.name.isEmpty ? "\(unknown.code)" : unknown.name }
        return event.kind?.name ?? ""
    }

    private static func text(_ event: Event) -> String {
        switch event.body {
        case .start(let start): "\(start.guest), \(start.vcpus) vCPU, \(start.memory) bytes"
        case .guide(let guide): guide.name
        case .descriptor(let change): "\(change.isOpen ? "open" : "close") \(change.fd) \(change.target)"
        case .thread(let change): "\(change.isStart ? "start" : "end") \(change.id) \(change.name)"
        case .kernelTally(let tally): "\(tally.total) tracepoints"
        case .kernelLost(let count): "\(count) records"
        case .statistics(let reading):
            reading.counters.filter { $0.difference != 0 }.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
        case .sight(let sight): sight.level.rawValue
        case .host(let host): host.module ?? ""
        case .walk(let question): "\(question.space.rawValue) 0x\(hexadecimal(question.address))"
        case .translation(let answer): "0x\(hexadecimal(answer.linear)) to 0x\(hexadecimal(answer.physical))"
        case .hostPage(let page): "0x\(hexadecimal(page.guestAddress)): \(page.state.rawValue)"
        case .road(let road): "\(road.name): \(road.steps.count) functions"
        case .slot(let slot): "\(slot.id): \(slot.size) bytes at 0x\(hexadecimal(slot.start))"
        case .descriptors(let list): "\(list.count) open"
        case .threads(let list): "\(list.count) threads"
        case .registers(let reading): "rip 0x\(hexadecimal(reading.general.rip))"
        case .memory(let pages): "\(pages.count) pages"
        case .gate(let call): call.name
        case .phase(let phase): phase.rawValue
        case .resumed(let resumption): resumption.how.rawValue
        case .stopped(let stop): stop.text.isEmpty ? stop.reason.rawValue : "\(stop.reason.rawValue): \(stop.text)"
        case .problem(let text): text
        case .end(let end): "\(end.why.rawValue) \(end.code)"
        default: ""
        }
    }
}
