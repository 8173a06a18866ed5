/// Whether instruction bytes mean 16-, 32- or 64-bit code: the same bytes are other instructions in each.
public enum CodeSize: Int, Hashable, Sendable, CaseIterable {
    case bits16 = 16
    case bits32 = 32
    case bits64 = 64

    /// The size that the code segment selects.
    ///
    /// Source: Intel SDM volume 3, "Code Segment Descriptor in 64-bit Mode". CS.L counts in long mode alone.
    /// - Parameters:
    ///   - isLong: CS.L.
    ///   - isDefault32: CS.D (`db` of `kvm_segment`); also in real mode, where it is 0 unless code has been playing
    ///     tricks.
    public init(efer: EFER, isLong: Bool, isDefault32: Bool) {
        if efer.contains(.lma) && isLong {
            self = .bits64
        } else {
            self = isDefault32 ? .bits32 : .bits16
        }
    }
}
