// The fields of what the host told, in a recording.

extension Descriptor: Recordable {
    static let blank = Descriptor(fd: 0, type: "", device: "", inode: 0, target: "", kind: .other)

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.number(&fd)
        try coder.text(&type)
        try coder.text(&device)
        try coder.number(&inode)
        try coder.text(&target)
        try kind.code(&coder)
        try coder.option(&openedBy)
    }
}

extension Descriptor.Kind {
    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        var form: UInt8 =
            switch self {
            case .system: 0
            case .vm: 1
            case .vcpu: 2
            case .device: 3
            case .statistics: 4
            case .other: 5
            case .own: 6
            }
        try coder.number(&form)
        switch form {
        case 0: self = .system
        case 1: self = .vm
        case 2:
            var index = if case .vcpu(let index) = self { index } else { 0 }
            try coder.number(&index)
            self = .vcpu(index)
        case 3:
            var name = if case .device(let name) = self { name } else { "" }
            try coder.text(&name)
            self = .device(name)
        case 4: self = .statistics
        case 5: self = .other
        case 6:
            var purpose = if case .own(let purpose) = self { purpose } else { "" }
            try coder.text(&purpose)
            self = .own(purpose)
        default: throw .unknownValue
        }
    }
}

extension DescriptorChange: Recordable {
    static let blank = DescriptorChange(isOpen: false, fd: 0, target: "", kind: .other, by: "")

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.flag(&isOpen)
        try coder.number(&fd)
        try coder.text(&target)
        try kind.code(&coder)
        try coder.text(&by)
    }
}

extension HostThread: Recordable {
    static let blank = HostThread(id: 0, name: "", role: .other)

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.number(&id)
        try coder.text(&name)
        try role.code(&coder)
        try coder.text(&state)
        try coder.number(&lastCPU)
        try coder.number(&userTime)
        try coder.number(&systemTime)
        try coder.number(&guestTime)
        try coder.number(&voluntarySwitches)
        try coder.number(&involuntarySwitches)
    }
}

extension HostThread.Role {
    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        var form: UInt8 =
            switch self {
            case .main: 0
            case .vcpu: 1
            case .builder: 2
            case .other: 3
            }
        try coder.number(&form)
        switch form {
        case 0: self = .main
        case 1:
            var index = if case .vcpu(let index) = self { index } else { 0 }
            try coder.number(&index)
            self = .vcpu(index)
        case 2: self = .builder
        case 3: self = .other
        default: throw .unknownValue
        }
    }
}

extension ThreadChange: Recordable {
    static let blank = ThreadChange(isStart: false, id: 0, name: "", vcpu: nil)

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.flag(&isStart)
        try coder.number(&id)
        try coder.text(&name)
        try coder.option(&vcpu)
    }
}

extension StatisticsReading: Recordable {
    static let blank = StatisticsReading(vcpu: 0, counters: [])

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.number(&vcpu)
        try coder.list(&counters)
    }
}

extension StatisticsReading.Counter: Recordable {
    static let blank = StatisticsReading.Counter(name: "", value: 0, difference: 0)

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.text(&name)
        try coder.number(&value)
        try coder.number(&difference)
    }
}

extension KernelSight: Recordable {
    static let blank = KernelSight(level: .boundary)

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.choice(&level)
        try coder.text(&reason)
        try coder.text(&remedy)
    }
}

extension HostKVM: Recordable {
    static let blank = HostKVM()

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.option(&module)
        try coder.option(&paging)
        var (isKnown, inside) = (isGuest != nil, isGuest ?? false)
        try coder.flag(&isKnown)
        try coder.flag(&inside)
        isGuest = isKnown ? inside : nil
    }
}
