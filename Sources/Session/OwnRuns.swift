internal import Machine

/// The KVM_RUNs of keyframes. The kernel tells of their return as if a guest had come back; no guest was entered, and
/// what a person sees of the machine stands where it stood.
struct OwnRuns {
    /// Those whose return was not seen yet.
    private var awaited: [FinishedAccess] = []
    /// How many returns were recognized.
    private(set) var count = 0

    /// To be called before what the kernel recorded meanwhile is told.
    mutating func note(_ finished: [FinishedAccess]) { awaited += finished }

    mutating func forget() { awaited.removeAll() }

    /// Whether a tracepoint is the return from one of them.
    ///
    /// KVM may do a part of the guest's access in it, such as to hand over what was read: what it tells of that is the
    /// guest's.
    @inline(__always)
    mutating func took(
        _ name: @autoclosure () -> String, errno: @autoclosure () -> UInt64?, vcpu: Int, at moment: UInt64
    ) -> Bool {
        guard !awaited.isEmpty else { return false }
        // Records come in the order of time.
        awaited.removeAll { $0.moments.upperBound < moment }
        let index = awaited.firstIndex { $0.vcpu == vcpu && $0.moments.contains(moment) }
        guard let index, name() == "kvm_userspace_exit", errno() == UInt64(bitPattern: -4) else { return false }
        awaited.remove(at: index)
        count += 1
        return true
    }
}
