private import CKVM

// Requests that more than one kind of descriptor answers.
extension Descriptor {
    /// `KVM_CHECK_EXTENSION`, of the system and of a VM.
    borrowing func checkExtension(_ capability: Capability, purpose: Purpose) throws(KVMError) -> Int {
        try call(
            ckvm_KVM_CHECK_EXTENSION, integer: UInt(capability.rawValue), purpose: purpose,
            detail: capability.description)
    }

    /// `KVM_ENABLE_CAP`, of a VM and of a vCPU.
    borrowing func enable(
        _ capability: Capability, flags: UInt32, _ arguments: (UInt64, UInt64, UInt64, UInt64)
    ) throws(KVMError) {
        var argument = kvm_enable_cap()
        argument.cap = capability.rawValue
        argument.flags = flags
        argument.args = arguments
        try call(ckvm_KVM_ENABLE_CAP, &argument, detail: capability.description)
    }

    /// `KVM_GET_STATS_FD`, of a VM and of a vCPU.
    borrowing func openStatistics(purpose: Purpose) throws(KVMError) -> StatisticsFile {
        let fd = try call(ckvm_KVM_GET_STATS_FD, purpose: purpose)
        return StatisticsFile(
            descriptor: Descriptor(
                fd: Int32(truncatingIfNeeded: fd), kind: .statistics, vcpu: target.vcpu, door: door))
    }
}
