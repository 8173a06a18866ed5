/// The number of an optional part of KVM, as `KVM_CHECK_EXTENSION` and `KVM_ENABLE_CAP` take it.
///
/// Any number is accepted: an old program may ask a new kernel. Source: `include/uapi/linux/kvm.h`.
public struct Capability: RawRepresentable, Sendable, Hashable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }
}
