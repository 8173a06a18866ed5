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
            return .done(
                "the 8 bytes at 0x\(hexadecimal(address)) are watched: the guest is single-stepped and they are compared, which is slow"
            )
        }
    }

    /// Where the watched addresses lead for a vCPU that is about to be let go.
    func watches(of vcpu: Int) -> [Watch] {
        guard sink == nil else { return [] }
        return watched.map { address in
            let ranges = timeline.live.physicalRanges(of: address, count: Self.watchedBytes, on: vcpu)
            return Watch(address: address, places: ranges.map { .init(address: $0.address, size: $0.count) })
        }
    }

    static func watchText(_ hit: WatchHit) -> String {
        func text(_ values: [UInt64?]) -> String {
            values.map { $0.map { "0x\(hexadecimal($0))" } ?? "?" }.joined(separator: " ")
        }
        let what = "0x\(hexadecimal(hit.address)) changed from \(text(hit.before)) to \(text(hit.after))"
        switch hit.found {
        case .stepping(let instruction, let steps):
            let who = instruction.map { " by the instruction at 0x\(hexadecimal($0))" } ?? ""
            return "\(what)\(who); found by single-stepping, \(steps) instruction\(steps == 1 ? "" : "s")"
        case .register(let end):
            return "\(what) by the instruction that ended at 0x\(hexadecimal(end)); found by a debug register"
        case .exit: return "\(what), seen at this exit"
        }
    }
}
