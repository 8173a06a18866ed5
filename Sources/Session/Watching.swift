internal import Command
internal import Facts
internal import Machine
internal import Timeline

// Memory whose change stops a run.
extension Session {
    /// Bytes of each watched place.
    private static let watchedBytes = 8

    func addWatch(_ place: Expression) -> Outcome {
        switch number(place) {
        case .failure(let refusal): return .refused(refusal.text)
        case .success(let address):
            guard !watched.contains(address) else { return .done("0x\(hexadecimal(address)) is watched already") }
            guard watched.count < 4 else { return .refused("four places are watched; delete one first") }
            if machine != nil, timeline.live.physicalRanges(of: address, count: 1, on: vcpu).isEmpty {
                return .refused("guest virtual address 0x\(hexadecimal(address)) is not mapped by the guest's tables")
            }
            watched.append(address)
            return .done("the 8 bytes at 0x\(hexadecimal(address)) are watched: \(wayOfWatching)")
        }
    }

    /// How, and what that can miss.
    private var wayOfWatching: String {
        var order = RunOrder(.free, breakpoints: breakpoints)
        watch(&order, for: vcpu)
        if order.isWatchedInHardware {
            return
                "a debug register waits for the write; one by KVM itself or through another address is seen at the next exit"
        }
        let why = watchesInHardware ? "the debug registers do not suffice" : "no debug register catches a write here"
        return "slowly, by single steps, since \(why)"
    }

    /// Lets an order watch what is watched, by debug registers where they catch writes here.
    func watch(_ order: inout RunOrder, for vcpu: Int) {
        guard sink == nil, !watched.isEmpty else { return }
        order.watches = watched.map { address in
            let ranges = timeline.live.physicalRanges(of: address, count: Self.watchedBytes, on: vcpu)
            return Watch(
                address: address, size: Self.watchedBytes,
                places: ranges.map { .init(address: $0.address, size: $0.count) })
        }
        order.watchesInHardware = watchesInHardware
    }

    /// Whether debug registers catch writes on this host, tried once.
    private var watchesInHardware: Bool {
        if let known = debugRegistersWork { return known }
        let found = RunOrder.debugRegistersCatchWrites(device: configuration.devicePath)
        debugRegistersWork = found
        return found
    }

    func watchText(_ hit: WatchHit, on vcpu: Int) -> String {
        func text(_ values: [UInt64?]) -> String {
            values.map { $0.map { "0x\(hexadecimal($0))" } ?? "?" }.joined(separator: " ")
        }
        let what = "0x\(hexadecimal(hit.address)) changed from \(text(hit.before)) to \(text(hit.after))"
        switch hit.found {
        case .stepping(let instruction, let steps):
            let count = timeline.live.vcpus.count
            // Another vCPU may have written while this one took its step.
            if count > 1 {
                return "\(what), found by single-stepping vCPU \(vcpu); which of the \(count) vCPUs wrote is not known"
            }
            let who = instruction.map { " by the instruction at 0x\(hexadecimal($0))" } ?? ""
            return "\(what)\(who); \(steps) single step\(steps == 1 ? "" : "s")"
        case .register(let end):
            let who = writer(endingAt: end, on: vcpu).map { "at 0x\(hexadecimal($0))" }
            return
                "\(what) by the instruction \(who ?? "that ended at 0x\(hexadecimal(end))"); found by a debug register"
        case .exit: return "\(what), seen at this exit"
        }
    }
}
