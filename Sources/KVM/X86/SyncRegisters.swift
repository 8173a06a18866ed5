private import CKVM
private import Glibc

/// Register classes that the run page can share, so that an exit's state costs no ioctl (`KVM_CAP_SYNC_REGS`).
///
/// Source: KVM API document, 5 "The kvm_run structure", `kvm_valid_regs`.
public struct SyncRegisters: OptionSet, Sendable, Hashable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    public static let general = SyncRegisters(rawValue: 1)
    public static let special = SyncRegisters(rawValue: 2)
    public static let events = SyncRegisters(rawValue: 4)
    public static let all: SyncRegisters = [.general, .special, .events]
}

extension RunPage {
    /// What the kernel stores here at the end of each `KVM_RUN`. Ask only for what `KVM_CHECK_EXTENSION` offers.
    public var sharedRegisters: SyncRegisters {
        get { SyncRegisters(rawValue: base.load(fromByteOffset: CKVM_RUN_VALID_REGISTERS, as: UInt64.self)) }
        nonmutating set {
            base.storeBytes(of: newValue.rawValue, toByteOffset: CKVM_RUN_VALID_REGISTERS, as: UInt64.self)
        }
    }

    /// What the kernel will take from here at the begin of the next `KVM_RUN`; it clears the bits when it has.
    public var dirtyRegisters: SyncRegisters {
        get { SyncRegisters(rawValue: base.load(fromByteOffset: CKVM_RUN_DIRTY_REGISTERS, as: UInt64.self)) }
        nonmutating set {
            base.storeBytes(of: newValue.rawValue, toByteOffset: CKVM_RUN_DIRTY_REGISTERS, as: UInt64.self)
        }
    }

    /// The general registers as of the last exit. Setting marks them dirty.
    ///
    /// Meaningless unless `sharedRegisters` held `.general` before that run.
    public var registers: Registers {
        get { Registers(base.load(fromByteOffset: CKVM_RUN_SYNC_REGS, as: kvm_regs.self)) }
        nonmutating set {
            (base + CKVM_RUN_SYNC_REGS).assumingMemoryBound(to: kvm_regs.self).pointee = newValue.c
            dirtyRegisters.insert(.general)
        }
    }

    /// The instruction pointer as of the last exit, for callers that want no more; as `registers.rip`.
    public var rip: UInt64 {
        base.load(fromByteOffset: CKVM_RUN_SYNC_REGS + 16 * 8, as: UInt64.self)
    }

    /// The special registers as of the last exit. Setting marks them dirty. As for `registers`.
    public var specialRegisters: SpecialRegisters {
        get { SpecialRegisters(base.load(fromByteOffset: CKVM_RUN_SYNC_SREGS, as: kvm_sregs.self)) }
        nonmutating set {
            (base + CKVM_RUN_SYNC_SREGS).assumingMemoryBound(to: kvm_sregs.self).pointee = newValue.c
            dirtyRegisters.insert(.special)
        }
    }

    /// Whether the special registers differ, bit for bit, from what the snapshot holds; then the snapshot is renewed.
    ///
    /// Cheaper than decoding them, and they seldom change from one exit to the next.
    public borrowing func specialRegistersChanged(since snapshot: inout SpecialRegistersSnapshot) -> Bool {
        let size = MemoryLayout<kvm_sregs>.size
        let now = UnsafeRawBufferPointer(start: base + CKVM_RUN_SYNC_SREGS, count: size)
        return withUnsafeMutableBytes(of: &snapshot.bits) { kept in
            guard let start = kept.baseAddress, memcmp(start, base + CKVM_RUN_SYNC_SREGS, size) != 0 else {
                return false
            }
            kept.copyMemory(from: now)
            return true
        }
    }

    /// Events under way as of the last exit. Setting marks them dirty. As for `registers`.
    public var events: VCPUEvents {
        get { VCPUEvents(base.load(fromByteOffset: CKVM_RUN_SYNC_EVENTS, as: kvm_vcpu_events.self)) }
        nonmutating set {
            (base + CKVM_RUN_SYNC_EVENTS).assumingMemoryBound(to: kvm_vcpu_events.self).pointee = newValue.c
            dirtyRegisters.insert(.events)
        }
    }

    /// Answers an rdmsr exit with a value, or with `nil` so that the guest gets #GP.
    public borrowing func answerMSRRead(with value: UInt64?) {
        base.storeBytes(of: value == nil ? 1 : 0, toByteOffset: CKVM_RUN_MSR_ERROR, as: UInt8.self)
        base.storeBytes(of: value ?? 0, toByteOffset: CKVM_RUN_MSR_DATA, as: UInt64.self)
    }

    /// Answers a wrmsr exit: taken, or #GP for the guest.
    public borrowing func answerMSRWrite(accepted: Bool) {
        base.storeBytes(of: accepted ? 0 : 1, toByteOffset: CKVM_RUN_MSR_ERROR, as: UInt8.self)
    }

    /// CR8, the task priority, where the local APIC is in user space.
    public var cr8: UInt64 {
        get { base.load(fromByteOffset: CKVM_RUN_CR8, as: UInt64.self) }
        nonmutating set { base.storeBytes(of: newValue, toByteOffset: CKVM_RUN_CR8, as: UInt64.self) }
    }

    /// The guest's interrupt flag.
    public var interruptFlag: Bool { base.load(fromByteOffset: CKVM_RUN_IF_FLAG, as: UInt8.self) != 0 }
}

/// Special registers as the run page held them at one moment, for comparison alone.
public struct SpecialRegistersSnapshot: Sendable {
    fileprivate var bits = kvm_sregs()

    /// All zeros, which no processor has.
    public init() {}
}
