private import CKVM

// What only an x86 host answers on /dev/kvm.
extension System {
    /// `KVM_GET_SUPPORTED_CPUID`: the leaves that this host and this KVM can give a guest.
    public borrowing func supportedCPUID() throws(KVMError) -> [CPUIDEntry] {
        try cpuidList(ckvm_KVM_GET_SUPPORTED_CPUID)
    }

    /// `KVM_GET_EMULATED_CPUID`: leaves that KVM can give although the processor has not the feature.
    public borrowing func emulatedCPUID() throws(KVMError) -> [CPUIDEntry] {
        try cpuidList(ckvm_KVM_GET_EMULATED_CPUID)
    }

    private borrowing func cpuidList(_ request: UInt) throws(KVMError) -> [CPUIDEntry] {
        // KVM takes no list of more than 256 entries (KVM_MAX_CPUID_ENTRIES), so room for that many is always enough.
        var bytes = CPUIDEntry.bytes([], capacity: 256)
        try descriptor.call(request, bytes: &bytes)
        return CPUIDEntry.list(in: bytes)
    }

    /// `KVM_GET_MSR_INDEX_LIST`: the MSRs to save and restore with a guest.
    public borrowing func msrIndexList() throws(KVMError) -> [UInt32] {
        try indexList(ckvm_KVM_GET_MSR_INDEX_LIST)
    }

    /// `KVM_GET_MSR_FEATURE_INDEX_LIST`: the MSRs that describe features, readable on the system itself.
    public borrowing func msrFeatureIndexList() throws(KVMError) -> [UInt32] {
        try indexList(ckvm_KVM_GET_MSR_FEATURE_INDEX_LIST)
    }

    private borrowing func indexList(_ request: UInt) throws(KVMError) -> [UInt32] {
        var room = 512
        while true {
            var bytes = [UInt8](repeating: 0, count: 4 + room * 4)
            bytes.withUnsafeMutableBytes {
                $0.storeBytes(of: UInt32(truncatingIfNeeded: room), as: UInt32.self)
            }
            let result = descriptor.rawCall(request, bytes: &bytes, purpose: .operation)
            let said = bytes.withUnsafeBytes { Int($0.load(as: UInt32.self)) }
            if result >= 0 {
                return bytes.withUnsafeBytes { raw in
                    (0..<min(said, room)).map { raw.load(fromByteOffset: 4 + $0 * 4, as: UInt32.self) }
                }
            }
            // With E2BIG the kernel has filled in the right count.
            guard -result == Int(Errno.tooBig.rawValue), said > room, said < 65536 else {
                throw descriptor.failure(request, result)
            }
            room = said
        }
    }

    /// `KVM_GET_MSRS` on the system: values of feature MSRs, up to the first that is refused.
    public borrowing func featureMSRs(_ indices: [UInt32]) throws(KVMError) -> [MSREntry] {
        var bytes = MSREntry.bytes(indices.map { MSREntry(index: $0) })
        let count = try descriptor.call(ckvm_KVM_GET_MSRS, bytes: &bytes)
        return MSREntry.list(in: bytes, count: count)
    }
}
