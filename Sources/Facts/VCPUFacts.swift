public import Command
public import Timeline

extension WorldFacts {
    func vcpuFact(_ fact: FactReference) -> Value {
        switch fact.id {
        case .vcpuCount: return number(world.vcpus.filter { $0.fd != nil }.count)
        case .vcpuCurrent: return number(vcpu)
        case .register: return register(fact)
        case .vcpuReason: return withVCPU(fact) { .text($0.lastExit?.reason ?? "none") }
        case .vcpuExits: return withVCPU(fact) { number($0.exits) }
        case .vcpuMode: return system(fact) { .text($0.mode) }
        case .vcpuCPL: return system(fact) { number($0.privilegeLevel) }
        default:
            let index = fact.vcpu ?? vcpu
            guard world.vcpus.indices.contains(index) else { return .text("unbuilt") }
            return .text(state(of: world.vcpus[index]))
        }
    }

    private func state(of vcpu: World.VCPU) -> String {
        if vcpu.isRunning { return "running" }
        switch vcpu.lastStop?.reason {
        case .halted: return "halted"
        case .failure, .refused: return "failed"
        case nil: return vcpu.exits == 0 ? "ready" : "stopped"
        default: return "stopped"
        }
    }

    private func register(_ fact: FactReference) -> Value {
        guard let name = fact.register else { return .unknown("the register's name is missing") }
        return withVCPU(fact) { vcpu in
            let reading: RegisterReading
            switch currentRegisters(of: vcpu) {
            case .success(let current): reading = current
            case .failure(let stale): return .unknown(stale.reason)
            }
            return reading[name].map { .integer($0) } ?? .unknown("\(name.name) was not read with the others")
        }
    }

    private func system(_ fact: FactReference, _ body: (SystemRegisters) -> Value) -> Value {
        withVCPU(fact) { vcpu in
            switch currentRegisters(of: vcpu) {
            case .failure(let stale): return .unknown(stale.reason)
            case .success(let reading):
                return reading.system.map(body)
                    ?? .unknown("vCPU \(vcpu.index)'s control registers were not read yet")
            }
        }
    }
}

extension RegisterReading {
    /// A register or a part of one; nil where it was not read with the others.
    public subscript(_ name: RegisterName) -> UInt64? {
        (general[name.whole] ?? system?[name.whole]).map { name.part(of: $0) }
    }
}
