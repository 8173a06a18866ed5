internal import KVM

extension Capability {
    /// KVM_CAP_SYNC_REGS: a mask of the register groups that the run page can carry.
    static let synchronizedRegisters = Capability(rawValue: 74)
    /// KVM_CAP_MAX_VCPUS.
    static let maximumVCPUs = Capability(rawValue: 66)
}
