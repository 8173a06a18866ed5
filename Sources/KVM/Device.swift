private import CKVM

/// One in-kernel device, which is configured by numbered attributes in groups.
///
/// Source: KVM API document, 4.80 "KVM_SET_DEVICE_ATTR/KVM_GET_DEVICE_ATTR".
public struct Device: ~Copyable, Sendable {
    let descriptor: Descriptor

    public var fd: Int32 { descriptor.target.fd }

    /// `KVM_HAS_DEVICE_ATTR`.
    public borrowing func hasAttribute(group: UInt32, _ attribute: UInt64) -> Bool {
        var argument = kvm_device_attr(flags: 0, group: group, attr: attribute, addr: 0)
        return withUnsafeMutableBytes(of: &argument) {
            descriptor.door.ioctl(descriptor.target, request: ckvm_KVM_HAS_DEVICE_ATTR, structure: $0)
        } == 0
    }

    /// `KVM_GET_DEVICE_ATTR`: the kernel fills `value`, whose size the attribute defines.
    public borrowing func getAttribute(
        group: UInt32, _ attribute: UInt64, into value: inout [UInt8], purpose: Purpose = .operation
    ) throws(KVMError) {
        try transfer(ckvm_KVM_GET_DEVICE_ATTR, group, attribute, &value, purpose)
    }

    /// `KVM_SET_DEVICE_ATTR`.
    public borrowing func setAttribute(group: UInt32, _ attribute: UInt64, to value: [UInt8]) throws(KVMError) {
        var value = value
        try transfer(ckvm_KVM_SET_DEVICE_ATTR, group, attribute, &value, .operation)
    }

    private borrowing func transfer(
        _ request: UInt, _ group: UInt32, _ attribute: UInt64, _ value: inout [UInt8], _ purpose: Purpose
    ) throws(KVMError) {
        let result = value.withUnsafeMutableBytes { buffer in
            var argument = kvm_device_attr(
                flags: 0, group: group, attr: attribute, addr: UInt64(UInt(bitPattern: buffer.baseAddress)))
            return withUnsafeMutableBytes(of: &argument) {
                descriptor.door.ioctl(descriptor.target, request: request, structure: $0, purpose: purpose)
            }
        }
        if result < 0 { throw descriptor.failure(request, result, "group \(group), attribute \(attribute)") }
    }
}
