internal import KVM
internal import Machine
internal import Timeline

// The engine's values become the timeline's: Timeline knows no KVM, so that a recording can be read where there is none.

extension ExitEvent {
    init(_ record: ExitRecord, registers: RegisterReading?) {
        self.init(
            vcpu: record.vcpu, reason: record.exit.name, detail: .init(record.exit, answer: record.handling.answer),
            rip: record.rip, servedBy: record.handling.device, registers: registers)
    }

    init(_ exit: LoggedExit, registers: RegisterReading?) {
        self.init(
            vcpu: Int(exit.vcpu), reason: exit.kind.reason, detail: .init(exit), rip: exit.rip,
            servedBy: exit.device, registers: registers)
    }
}

extension LoggedExit.Kind {
    /// As `KVM.Exit` names it.
    fileprivate var reason: String {
        switch self {
        case .portRead, .portWrite: "io"
        case .memoryRead, .memoryWrite: "mmio"
        case .debug: "debug"
        case .hlt: "hlt"
        case .interrupted: "intr"
        }
    }
}

extension ExitEvent.Detail {
    fileprivate init(_ exit: LoggedExit) {
        let bytes = Bytes(littleEndian: exit.data, count: Int(exit.size))
        switch exit.kind {
        case .portRead, .portWrite:
            self = .io(
                .init(
                    isWrite: exit.kind == .portWrite, port: UInt16(truncatingIfNeeded: exit.address), size: exit.size,
                    count: 1, data: bytes))
        case .memoryRead, .memoryWrite:
            self = .mmio(.init(isWrite: exit.kind == .memoryWrite, address: exit.address, data: bytes))
        case .debug:
            self = .debug(exception: exit.exception, pc: exit.address, dr6: exit.data, dr7: exit.dr7)
        case .hlt, .interrupted: self = .none
        }
    }
}

extension ExitEvent.Detail {
    init(_ exit: KVM.Exit, answer: ExitBytes) {
        switch exit {
        case .io(let io):
            let data = io.direction == .output ? io.data : answer
            self = .io(
                .init(
                    isWrite: io.direction == .output, port: io.port, size: io.size, count: io.count, data: Bytes(data)))
        case .mmio(let mmio):
            self = .mmio(
                .init(isWrite: mmio.isWrite, address: mmio.address, data: Bytes(mmio.isWrite ? mmio.data : answer)))
        case .debug(let debug):
            self = .debug(exception: debug.exception, pc: debug.pc, dr6: debug.dr6, dr7: debug.dr7)
        case .internalError(let error):
            self = .internalError(
                suberror: error.suberror, data: error.data, instruction: Bytes(error.instruction ?? []))
        default:
            let fields = Self.fields(of: exit)
            self = fields.isEmpty ? .none : .fields(fields)
        }
    }

    private static func fields(of exit: KVM.Exit) -> [ExitEvent.Field] {
        /// A 64-bit value: an address, a register or a mask.
        func wide(_ name: String, _ value: UInt64) -> ExitEvent.Field { .init(name: name, value: value) }
        func number(_ name: String, _ value: some BinaryInteger) -> ExitEvent.Field {
            .init(name: name, value: UInt64(truncatingIfNeeded: value), isNumber: true)
        }
        func wides(_ name: String, _ values: [UInt64]) -> [ExitEvent.Field] {
            values.enumerated().map { wide("\(name)\($0)", $1) }
        }
        switch exit {
        case .unknownHardware(let reason): return [wide("hardwareReason", reason)]
        case .exception(let vector, let code): return [number("vector", vector), number("errorCode", code)]
        case .hypercall(let call): return [wide("number", call.number)] + wides("argument", call.arguments)
        case .failEntry(let reason, let cpu): return [wide("hardwareReason", reason), number("cpu", cpu)]
        case .systemEvent(let type, let data): return [number("type", type)] + wides("data", data)
        case .rdmsr(let msr): return [number("index", msr.index), number("why", msr.reason)]
        case .wrmsr(let msr): return [number("index", msr.index), number("why", msr.reason), wide("data", msr.data)]
        case .tprAccess(let rip, let isWrite): return [wide("at", rip), number("isWrite", isWrite ? 1 : 0)]
        case .ioapicEOI(let vector): return [number("vector", vector)]
        case .hyperv(let type, let data): return [number("type", type)] + wides("data", data)
        case .notify(let flags): return [number("flags", flags)]
        case .memoryFault(let flags, let address, let size):
            return [wide("flags", flags), wide("address", address), wide("size", size)]
        case .xen(let xen):
            return [number("type", xen.type), wide("input", xen.input)] + wides("parameter", xen.parameters)
        case .tdx(let flags, let number): return [wide("flags", flags), wide("number", number)]
        default: return []
        }
    }
}

extension GeneralRegisters {
    init(_ from: Registers) {
        self.init()
        (rax, rbx, rcx, rdx) = (from.rax, from.rbx, from.rcx, from.rdx)
        (rsi, rdi, rsp, rbp) = (from.rsi, from.rdi, from.rsp, from.rbp)
        (r8, r9, r10, r11) = (from.r8, from.r9, from.r10, from.r11)
        (r12, r13, r14, r15) = (from.r12, from.r13, from.r14, from.r15)
        (rip, rflags) = (from.rip, from.rflags)
    }
}

extension SystemRegisters {
    init(_ from: SpecialRegisters) {
        self.init()
        (cs, ds, es, fs) = (Segment(from.cs), Segment(from.ds), Segment(from.es), Segment(from.fs))
        (gs, ss, tr, ldt) = (Segment(from.gs), Segment(from.ss), Segment(from.tr), Segment(from.ldt))
        (gdt.base, gdt.limit) = (from.gdt.base, from.gdt.limit)
        (idt.base, idt.limit) = (from.idt.base, from.idt.limit)
        (cr0, cr2, cr3, cr4, cr8) = (from.cr0, from.cr2, from.cr3, from.cr4, from.cr8)
        (efer, apicBase) = (from.efer, from.apicBase)
    }
}

extension SystemRegisters.Segment {
    init(_ from: KVM.Segment) {
        self.init()
        (base, limit, selector, type) = (from.base, from.limit, from.selector, from.type)
        (present, privilege, is32Bit, isLong, granularity) = (from.present, from.dpl, from.db, from.l, from.g)
    }
}
