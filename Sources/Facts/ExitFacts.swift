internal import Command
internal import Timeline

extension WorldFacts {
    func exitFact(_ fact: FactReference) -> Value {
        switch fact.id {
        case .exitNumber: return number(world.exitCount)
        case .exitCount:
            guard let word = fact.word else { return number(world.exitCount) }
            return number(world.vcpus.reduce(0) { $0 + ($1.exitCounts[word] ?? 0) })
        case .exitReason where world.lastExit == nil: return .text("none")
        case .exitInterrupted: return .boolean(world.lastExit?.reason == "intr")
        default: break
        }
        guard let exit = world.lastExit else { return .unknown("no vCPU has left the guest yet") }
        switch (fact.id, exit.detail) {
        case (.exitReason, _): return .text(exit.reason)
        case (.exitVCPU, _): return number(exit.vcpu)
        case (.exitPort, .io(let io)): return number(Int(io.port))
        case (.exitSize, .io(let io)): return number(Int(io.size))
        case (.exitRepeat, .io(let io)): return number(Int(io.count))
        case (.exitDirection, .io(let io)): return .text(io.isWrite ? "out" : "in")
        case (.exitData, .io(let io)): return .integer(Self.first(io.data, size: Int(io.size)))
        case (.exitAddress, .mmio(let mmio)): return .integer(mmio.address)
        case (.exitSize, .mmio(let mmio)): return number(mmio.data.count)
        case (.exitDirection, .mmio(let mmio)): return .text(mmio.isWrite ? "write" : "read")
        case (.exitData, .mmio(let mmio)): return .integer(mmio.data.word)
        case (.exitSuberror, .internalError(let suberror, _, _)): return number(Int(suberror))
        default: return .unknown("the last exit, \(exit.reason), has no \(fact.id.rawValue)")
        }
    }

    /// The first access of an io exit, little-endian.
    private static func first(_ data: Bytes, size: Int) -> UInt64 {
        size >= 8 ? data.word : data.word & ((1 << (UInt64(max(size, 0)) * 8)) &- 1)
    }
}
