private import CKVM

extension Exit {
    /// Reads the exit from a run page without trusting it: offsets and lengths are checked against its size.
    ///
    /// A page that is smaller than `struct kvm_run` decodes as an unknown exit with number `UInt32.max`.
    init(decoding page: UnsafeRawBufferPointer) {
        guard page.count >= RunPage.minimumSize, let base = page.baseAddress else {
            self = .unknown(number: .max)
            return
        }
        let number = base.load(fromByteOffset: CKVM_RUN_EXIT_REASON, as: UInt32.self)
        switch Int32(truncatingIfNeeded: number) {
        case KVM_EXIT_UNKNOWN: self = .unknownHardware(reason: base.word(CKVM_RUN_HARDWARE_REASON))
        case KVM_EXIT_EXCEPTION:
            self = .exception(
                vector: base.half(CKVM_RUN_EXCEPTION_VECTOR), errorCode: base.half(CKVM_RUN_EXCEPTION_ERROR_CODE))
        case KVM_EXIT_IO: self = .io(IOExit(decoding: page, base))
        case KVM_EXIT_HYPERCALL:
            self = .hypercall(
                HypercallExit(
                    number: base.word(CKVM_RUN_HYPERCALL_NUMBER),
                    arguments: base.words(CKVM_RUN_HYPERCALL_ARGUMENTS, 6), flags: base.half(CKVM_RUN_HYPERCALL_FLAGS)))
        case KVM_EXIT_DEBUG: self = .debug(DebugExit(decoding: base))
        case KVM_EXIT_HLT: self = .hlt
        case KVM_EXIT_MMIO: self = .mmio(MMIOExit(decoding: base))
        case KVM_EXIT_IRQ_WINDOW_OPEN: self = .irqWindow
        case KVM_EXIT_SHUTDOWN: self = .shutdown
        case KVM_EXIT_FAIL_ENTRY:
            self = .failEntry(
                hardwareReason: base.word(CKVM_RUN_FAIL_ENTRY_REASON), cpu: base.half(CKVM_RUN_FAIL_ENTRY_CPU))
        case KVM_EXIT_INTR: self = .intr
        case KVM_EXIT_SET_TPR: self = .setTPR
        case KVM_EXIT_TPR_ACCESS:
            self = .tprAccess(rip: base.word(CKVM_RUN_TPR_RIP), isWrite: base.half(CKVM_RUN_TPR_IS_WRITE) != 0)
        case KVM_EXIT_NMI: self = .nmi
        case KVM_EXIT_INTERNAL_ERROR: self = .internalError(InternalErrorExit(decoding: base))
        case KVM_EXIT_WATCHDOG: self = .watchdog
        case KVM_EXIT_SYSTEM_EVENT:
            let count = min(16, Int(base.half(CKVM_RUN_EVENT_NDATA)))
            self = .systemEvent(type: base.half(CKVM_RUN_EVENT_TYPE), data: base.words(CKVM_RUN_EVENT_DATA, count))
        case KVM_EXIT_IOAPIC_EOI: self = .ioapicEOI(vector: base.byte(CKVM_RUN_EOI_VECTOR))
        case KVM_EXIT_HYPERV:
            self = .hyperv(type: base.half(CKVM_RUN_HYPERV_TYPE), data: base.words(CKVM_RUN_HYPERV_DATA, 6))
        case KVM_EXIT_X86_RDMSR: self = .rdmsr(MSRExit(decoding: base))
        case KVM_EXIT_X86_WRMSR: self = .wrmsr(MSRExit(decoding: base))
        case KVM_EXIT_DIRTY_RING_FULL: self = .dirtyRingFull
        case KVM_EXIT_AP_RESET_HOLD: self = .apResetHold
        case KVM_EXIT_X86_BUS_LOCK: self = .busLock
        case KVM_EXIT_XEN:
            self = .xen(
                XenExit(
                    type: base.half(CKVM_RUN_XEN_TYPE), longMode: base.half(CKVM_RUN_XEN_LONG_MODE) != 0,
                    cpl: base.half(CKVM_RUN_XEN_CPL), input: base.word(CKVM_RUN_XEN_INPUT),
                    parameters: base.words(CKVM_RUN_XEN_PARAMETERS, 6)))
        case KVM_EXIT_NOTIFY: self = .notify(flags: base.half(CKVM_RUN_NOTIFY_FLAGS))
        case Int32(CKVM_EXIT_MEMORY_FAULT):
            self = .memoryFault(
                flags: base.word(CKVM_RUN_MEMORY_FAULT_FLAGS), address: base.word(CKVM_RUN_MEMORY_FAULT_GPA),
                size: base.word(CKVM_RUN_MEMORY_FAULT_SIZE))
        case Int32(CKVM_EXIT_TDX):
            self = .tdx(flags: base.word(CKVM_RUN_TDX_FLAGS), number: base.word(CKVM_RUN_TDX_NUMBER))
        case let other where Exit.otherArchitectures[other] != nil: self = .otherArchitecture(number: number)
        default: self = .unknown(number: number)
        }
    }
}

extension IOExit {
    fileprivate init(decoding page: UnsafeRawBufferPointer, _ base: UnsafeRawPointer) {
        let isOutput = base.byte(CKVM_RUN_IO_DIRECTION) == KVM_EXIT_IO_OUT
        let size = base.byte(CKVM_RUN_IO_SIZE)
        let count = base.half(CKVM_RUN_IO_COUNT)
        let offset = base.word(CKVM_RUN_IO_DATA_OFFSET)
        // Everything is computed before the one initialisation: a later change of `data` would retain and release.
        let data: ExitBytes
        if isOutput, let start = Self.dataStart(offset, byteCount: Int(size) &* Int(count), pageSize: page.count) {
            data = ExitBytes(UnsafeRawBufferPointer(start: base + start, count: Int(size) &* Int(count)))
        } else {
            data = ExitBytes()
        }
        self.init(
            direction: isOutput ? .output : .input, port: base.load(fromByteOffset: CKVM_RUN_IO_PORT, as: UInt16.self),
            size: size, count: count, data: data, dataOffset: offset)
    }
}

extension MMIOExit {
    fileprivate init(decoding base: UnsafeRawPointer) {
        let isWrite = base.byte(CKVM_RUN_MMIO_IS_WRITE) != 0
        let length = base.half(CKVM_RUN_MMIO_LENGTH)
        self.init(
            address: base.word(CKVM_RUN_MMIO_ADDRESS), isWrite: isWrite, length: length,
            data: isWrite
                ? ExitBytes(word: base.word(CKVM_RUN_MMIO_DATA), count: Int(min(8, length))) : ExitBytes())
    }
}

extension InternalErrorExit {
    fileprivate init(decoding base: UnsafeRawPointer) {
        let suberror = base.half(CKVM_RUN_INTERNAL_SUBERROR)
        let count = min(16, Int(base.half(CKVM_RUN_INTERNAL_NDATA)))
        self.init(suberror: suberror, data: base.words(CKVM_RUN_INTERNAL_DATA, count))
        // The first word is flags and the next two hold the bytes, for an emulation failure that says so.
        guard suberror == UInt32(KVM_INTERNAL_ERROR_EMULATION), count >= 3,
            base.word(CKVM_RUN_EMULATION_FLAGS) & 1 != 0
        else { return }
        let length = min(15, Int(base.byte(CKVM_RUN_EMULATION_SIZE)))
        instruction = (0..<length).map { base.byte(CKVM_RUN_EMULATION_BYTES + $0) }
    }
}

extension MSRExit {
    fileprivate init(decoding base: UnsafeRawPointer) {
        self.init(
            index: base.half(CKVM_RUN_MSR_INDEX), reason: base.half(CKVM_RUN_MSR_REASON),
            data: base.word(CKVM_RUN_MSR_DATA))
    }
}

extension DebugExit {
    /// - Parameter base: start of a run page.
    init(decoding base: UnsafeRawPointer) {
        self.init(
            exception: base.half(CKVM_RUN_DEBUG_EXCEPTION), pc: base.word(CKVM_RUN_DEBUG_PC),
            dr6: base.word(CKVM_RUN_DEBUG_DR6), dr7: base.word(CKVM_RUN_DEBUG_DR7))
    }
}

extension UnsafeRawPointer {
    fileprivate func byte(_ offset: Int) -> UInt8 { load(fromByteOffset: offset, as: UInt8.self) }
    fileprivate func half(_ offset: Int) -> UInt32 { loadUnaligned(fromByteOffset: offset, as: UInt32.self) }
    fileprivate func word(_ offset: Int) -> UInt64 { loadUnaligned(fromByteOffset: offset, as: UInt64.self) }
    fileprivate func words(_ offset: Int, _ count: Int) -> [UInt64] { (0..<count).map { word(offset + $0 * 8) } }
}
