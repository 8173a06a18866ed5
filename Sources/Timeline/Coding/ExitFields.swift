// The fields of exits, registers and guest memory in a recording.

extension Exit: Recordable {
    static let blank = Exit(vcpu: 0, reason: "")

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.number(&vcpu)
        try coder.text(&reason)
        try coder.option(&rip)
        try coder.option(&servedBy)
        // Before the detail: registers are told by what changed, so a detail that is not known must not hide them.
        try coder.option(&registers)
        try detail.code(&coder)
    }
}

extension Exit.Detail {
    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        var form: UInt8 =
            switch self {
            case .none: 0
            case .io: 1
            case .mmio: 2
            case .debug: 3
            case .internalError: 4
            case .fields: 5
            }
        try coder.number(&form)
        switch form {
        case 0: self = .none
        case 1:
            var io = if case .io(let io) = self { io } else { Exit.PortAccess.blank }
            try io.code(&coder)
            self = .io(io)
        case 2:
            var mmio = if case .mmio(let mmio) = self { mmio } else { Exit.MemoryAccess.blank }
            try mmio.code(&coder)
            self = .mmio(mmio)
        case 3:
            var (exception, pc, dr6, dr7) = (UInt32(0), UInt64(0), UInt64(0), UInt64(0))
            if case .debug(let a, let b, let c, let d) = self { (exception, pc, dr6, dr7) = (a, b, c, d) }
            try coder.number(&exception)
            try coder.number(&pc)
            try coder.number(&dr6)
            try coder.number(&dr7)
            self = .debug(exception: exception, pc: pc, dr6: dr6, dr7: dr7)
        case 4:
            var (suberror, data, instruction) = (UInt32(0), [UInt64](), Bytes([]))
            if case .internalError(let a, let b, let c) = self { (suberror, data, instruction) = (a, b, c) }
            try coder.number(&suberror)
            try coder.list(&data)
            try coder.bytes(&instruction)
            self = .internalError(suberror: suberror, data: data, instruction: instruction)
        case 5:
            var fields = if case .fields(let fields) = self { fields } else { [Exit.Field]() }
            try coder.list(&fields)
            self = .fields(fields)
        default: throw .unknownValue
        }
    }
}

extension Exit.PortAccess: Recordable {
    static let blank = Exit.PortAccess(isWrite: false, port: 0, size: 0, count: 0, data: Bytes([]))

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.flag(&isWrite)
        try coder.number(&port)
        try coder.number(&size)
        try coder.number(&count)
        try coder.bytes(&data)
    }
}

extension Exit.MemoryAccess: Recordable {
    static let blank = Exit.MemoryAccess(isWrite: false, address: 0, data: Bytes([]))

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.flag(&isWrite)
        try coder.number(&address)
        try coder.bytes(&data)
    }
}

extension Exit.Field: Recordable {
    static let blank = Exit.Field(name: "", value: 0)

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.text(&name)
        try coder.number(&value)
        try coder.flag(&isNumber)
    }
}

extension GeneralRegisters {
    static let count = 18

    /// By place, in the order of `names`.
    subscript(index: Int) -> UInt64 {
        get {
            switch index {
            case 0: rax
            case 1: rbx
            case 2: rcx
            case 3: rdx
            case 4: rsi
            case 5: rdi
            case 6: rsp
            case 7: rbp
            case 8: r8
            case 9: r9
            case 10: r10
            case 11: r11
            case 12: r12
            case 13: r13
            case 14: r14
            case 15: r15
            case 16: rip
            default: rflags
            }
        }
        set {
            switch index {
            case 0: rax = newValue
            case 1: rbx = newValue
            case 2: rcx = newValue
            case 3: rdx = newValue
            case 4: rsi = newValue
            case 5: rdi = newValue
            case 6: rsp = newValue
            case 7: rbp = newValue
            case 8: r8 = newValue
            case 9: r9 = newValue
            case 10: r10 = newValue
            case 11: r11 = newValue
            case 12: r12 = newValue
            case 13: r13 = newValue
            case 14: r14 = newValue
            case 15: r15 = newValue
            case 16: rip = newValue
            default: rflags = newValue
            }
        }
    }
}

extension SystemRegisters: Recordable {
    static let blank = SystemRegisters()

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try cs.code(&coder)
        try ds.code(&coder)
        try es.code(&coder)
        try fs.code(&coder)
        try gs.code(&coder)
        try ss.code(&coder)
        try tr.code(&coder)
        try ldt.code(&coder)
        try gdt.code(&coder)
        try idt.code(&coder)
        try coder.number(&cr0)
        try coder.number(&cr2)
        try coder.number(&cr3)
        try coder.number(&cr4)
        try coder.number(&cr8)
        try coder.number(&efer)
        try coder.number(&apicBase)
    }
}

extension SystemRegisters.Segment: Recordable {
    static let blank = SystemRegisters.Segment()

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.number(&base)
        try coder.number(&limit)
        try coder.number(&selector)
        try coder.number(&type)
        try coder.flag(&present)
        try coder.number(&privilege)
        try coder.flag(&is32Bit)
        try coder.flag(&isLong)
        try coder.flag(&granularity)
    }
}

extension SystemRegisters.TableRegister: Recordable {
    static let blank = SystemRegisters.TableRegister()

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.number(&base)
        try coder.number(&limit)
    }
}

extension MemorySlot: Recordable {
    static let blank = MemorySlot(id: 0, start: 0, size: 0, host: 0)

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.number(&id)
        try coder.number(&start)
        try coder.number(&size)
        try coder.number(&host)
        try coder.flag(&isReadOnly)
        try coder.flag(&logsDirtyPages)
    }
}

extension MemoryPage: Recordable {
    static let blank = MemoryPage(frame: 0, content: .unread)

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.number(&frame)
        try coder.content(&content)
    }
}
