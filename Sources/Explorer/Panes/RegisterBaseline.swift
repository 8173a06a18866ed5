import Timeline

/// The registers as they were when the vCPU last stood, so that what the newest step changed can be marked.
enum RegisterBaseline {
    /// The newest reading from before the vCPU was last let go; one exit may bring several readings, and those after
    /// it tell nothing of a change. Where it has not run, or that lies too far back, the reading before the newest one.
    static func reading(_ context: PaneContext, vcpu: Int) -> RegisterReading? {
        var position = min(context.cursor, context.timeline.end) - 1
        let oldest = max(context.timeline.first, position - Recent.limit)
        var hasBeenLetGo = false
        while position >= oldest {
            switch context.timeline[position]?.body {
            case .resumed(let resumption) where resumption.vcpu == vcpu: hasBeenLetGo = true
            case .registers(let reading) where reading.vcpu == vcpu && hasBeenLetGo: return reading
            case .exit(let exit) where exit.vcpu == vcpu && hasBeenLetGo:
                if let registers = exit.registers { return registers }
            default: break
            }
            position -= 1
        }
        return context.world.vcpus.indices.contains(vcpu) ? context.world.vcpus[vcpu].previousRegisters : nil
    }
}
