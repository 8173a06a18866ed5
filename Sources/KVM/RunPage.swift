private import CKVM

/// The memory that a vCPU shares with the kernel: `struct kvm_run`, then the port-I/O data, then the coalesced ring.
///
/// Both sides write it: the VMM between runs, the kernel during `KVM_RUN`.
/// Source: KVM API document, 5 "The kvm_run structure".
///
/// `@unchecked Sendable` is sound because the value cannot be copied: it goes to a thread as a whole, and the one
/// field that others may write, `immediate_exit`, is written through `Kick`.
public struct RunPage: ~Copyable, @unchecked Sendable {
    /// Start of the mapping.
    let base: UnsafeMutableRawPointer
    /// Bytes mapped.
    public let size: Int
    /// Where to give the mapping back; nil for memory that belongs to somebody else (tests).
    private let mapping: (target: IoctlDoor.Target, door: IoctlDoor)?

    /// Size of `struct kvm_run`.
    static let minimumSize = Int(CKVM_RUN_SIZE)

    init(mapping descriptor: borrowing Descriptor, size: Int) throws(KVMError) {
        let target = descriptor.target
        let address = descriptor.door.map(target, length: size)
        // Linux gives user space no address in the upper half, so a negative value is an error number.
        guard address >= 0, let base = UnsafeMutableRawPointer(bitPattern: address) else {
            throw KVMError(
                call: "mmap", subject: descriptor.subject(), detail: "\(size) bytes",
                errno: Errno(rawValue: Int32(truncatingIfNeeded: -address)))
        }
        self.base = base
        self.size = size
        mapping = (target, descriptor.door)
    }

    /// A page in plain memory of at least `minimumSize` bytes, which the caller keeps alive.
    init(memory: UnsafeMutableRawBufferPointer) {
        // Sound where it matters: only tests call this, with memory they allocated.
        base = memory.baseAddress ?? UnsafeMutableRawPointer(bitPattern: 8).unsafelyUnwrapped
        size = memory.count
        mapping = nil
    }

    deinit {
        if let mapping { mapping.door.unmap(mapping.target, address: UInt(bitPattern: base), length: size) }
    }

    /// Address of the page in the VMM, as `/proc/self/maps` shows it.
    public var address: UInt { UInt(bitPattern: base) }

    private var run: UnsafeMutablePointer<kvm_run> { base.assumingMemoryBound(to: kvm_run.self) }

    /// The bytes as they are now. Valid only inside `body`.
    public borrowing func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        body(UnsafeRawBufferPointer(start: base, count: size))
    }

    /// Why the last `KVM_RUN` came back, with all that belongs to it, copied out.
    public borrowing func exit() -> Exit {
        Exit(decoding: UnsafeRawBufferPointer(start: base, count: size))
    }

    /// The `KVM_EXIT_…` number alone.
    public var exitReason: UInt32 { base.load(fromByteOffset: CKVM_RUN_EXIT_REASON, as: UInt32.self) }

    // MARK: What the VMM tells the kernel

    /// While set, `KVM_RUN` finishes a pending access and returns at once. Cleared by the vCPU's own thread.
    public var immediateExit: Bool {
        get { ckvm_get_immediate_exit(run) != 0 }
        nonmutating set { ckvm_set_immediate_exit(run, newValue ? 1 : 0) }
    }

    /// Asks for an irq-window exit as soon as the guest can take an interrupt.
    public var requestInterruptWindow: Bool {
        get { base.load(fromByteOffset: CKVM_RUN_REQUEST_INTERRUPT_WINDOW, as: UInt8.self) != 0 }
        nonmutating set {
            base.storeBytes(of: newValue ? 1 : 0, toByteOffset: CKVM_RUN_REQUEST_INTERRUPT_WINDOW, as: UInt8.self)
        }
    }

    // MARK: What the kernel tells with every exit

    /// `KVM_INTERRUPT` would be delivered now.
    public var readyForInterrupt: Bool { base.load(fromByteOffset: CKVM_RUN_READY_FOR_INTERRUPT, as: UInt8.self) != 0 }

    /// Bits of the architecture's own (x86: 1 in SMM, 2 bus lock).
    public var flags: UInt16 { base.load(fromByteOffset: CKVM_RUN_FLAGS, as: UInt16.self) }

    // MARK: Answers to an exit

    /// Puts what the device says to an `in` where the kernel will take it from at the next `KVM_RUN`.
    ///
    /// Bytes beyond the access are ignored, missing ones are left as they are. False when the exit's data area lies
    /// outside the page, or the exit was an `out`.
    @discardableResult
    public borrowing func answer(_ io: IOExit, with bytes: some Collection<UInt8>) -> Bool {
        guard io.direction == .input, let range = io.dataRange(pageSize: size) else { return false }
        let area = UnsafeMutableRawBufferPointer(start: base + range.lowerBound, count: range.count)
        for (offset, byte) in zip(area.indices, bytes) { area[offset] = byte }
        return true
    }

    /// Puts what the device says to an MMIO read where the kernel will take it from. False when the exit was a write.
    @discardableResult
    public borrowing func answer(_ mmio: MMIOExit, with bytes: some Collection<UInt8>) -> Bool {
        guard !mmio.isWrite else { return false }
        let area = UnsafeMutableRawBufferPointer(
            start: base + CKVM_RUN_MMIO_DATA, count: min(8, Int(mmio.length)))
        for (offset, byte) in zip(area.indices, bytes) { area[offset] = byte }
        return true
    }

    /// The value that a hypercall returns to the guest.
    public borrowing func answerHypercall(with value: UInt64) {
        base.storeBytes(of: value, toByteOffset: CKVM_RUN_HYPERCALL_RESULT, as: UInt64.self)
    }
}
