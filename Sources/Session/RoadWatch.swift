internal import Host
internal import KVM
internal import Timeline

// The road of one ioctl through the kernel's own functions.
extension Session {
    /// Carries out `trace road`: the next ioctl that the machine makes is traced.
    func traceRoad(_ depth: Int) -> Outcome {
        do throws(KernelTraceFailure) {
            if kernel.road == nil { kernel.road = (try RoadTrace(), depth) }
            kernel.road?.depth = depth
            try followRoad()
            return .done("the kernel's functions under the next ioctl are traced; step to make it")
        } catch {
            closeRoad()
            return .refused(error.description)
        }
    }

    private func followRoad() throws(KernelTraceFailure) {
        // This thread too: it makes the calls that a person tries by hand, and those of an ungated build.
        try kernel.road?.trace.follow(Set(roles.keys).union([ThisThread.id]).sorted())
    }

    /// A thread of the machine began: the next ioctl may be its.
    func roadThreadBegan() {
        guard kernel.road != nil else { return }
        do throws(KernelTraceFailure) { try followRoad() } catch { refuseRoad(error.description) }
    }

    /// An ioctl has returned: if a road was asked for, this is its.
    func takeRoad(_ name: String, vcpu: Int?, thread: Int32, begin: UInt64, end: UInt64) {
        guard let (trace, depth) = kernel.road else { return }
        let road = trace.road(of: name, vcpu: vcpu, thread: thread, begin: begin, end: end, depth: depth)
        closeRoad()
        guard let road else { return refuseRoad("the kernel's functions under \(name) were not seen") }
        append(.road(road), thread: thread)
    }

    private func refuseRoad(_ reason: String) {
        closeRoad()
        append(.problem(reason))
    }

    func closeRoad() {
        kernel.road?.trace.close()
        kernel.road = nil
    }
}
