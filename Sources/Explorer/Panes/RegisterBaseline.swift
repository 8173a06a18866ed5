import Timeline

/// The registers as they were when the vCPU last stood, so that what the newest step changed can be marked.
enum RegisterBaseline {
    /// The newest reading from before the vCPU was last let go; one exit may bring several readings, and those after
    /// it tell nothing of a change. Where it has not run, or that lies too far back, the reading before the newest one.
    static func reading(_ context: PaneContext, vcpu: Int) -> RegisterReading? {
        let newest = min(context.cursor, context.timeline.end) - 1
        let range = newest - Recent.limit..<newest + 1
        // Before it was let go no reading is asked for, so that none is looked at in vain.
        let letGo = context.timeline.last(in: range, of: [.resumed]) { _, event in
            if case .resumed(let resumption) = event.body { resumption.vcpu == vcpu } else { false }
        }
        var baseline: RegisterReading?
        if let letGo {
            _ = context.timeline.last(in: range.lowerBound..<letGo, of: [.registers, .exit]) { _, event in
                switch event.body {
                case .registers(let reading) where reading.vcpu == vcpu: baseline = reading
                case .exit(let exit) where exit.vcpu == vcpu: baseline = exit.registers
                default: break
                }
                return baseline != nil
            }
        }
        if let baseline { return baseline }
        return context.world.vcpus.indices.contains(vcpu) ? context.world.vcpus[vcpu].previousRegisters : nil
    }
}
