// The fields of each event, in the order in which a recording has them.

extension Event.Body {
    /// Begins to read an event of a kind.
    init(blank kind: EventKind) {
        switch kind {
        case .start: self = .start(.blank)
        case .ioctl: self = .ioctl(.blank)
        case .guide: self = .guide(.blank)
        case .descriptor: self = .descriptor(.blank)
        case .thread: self = .thread(.blank)
        case .exit: self = .exit(.blank)
        case .kernel: self = .kernel(.blank)
        case .kernelTally: self = .kernelTally(.blank)
        case .console: self = .console(.blank)
        case .slot: self = .slot(.blank)
        case .descriptors: self = .descriptors([])
        case .threads: self = .threads([])
        case .registers: self = .registers(.blank)
        case .memory: self = .memory([])
        case .gate: self = .gate(.blank)
        case .phase: self = .phase(.unbuilt)
        case .resumed: self = .resumed(.blank)
        case .stopped: self = .stopped(.blank)
        case .mark: self = .mark("")
        case .problem: self = .problem("")
        case .end: self = .end(.blank)
        case .kernelLost: self = .kernelLost(0)
        case .statistics: self = .statistics(.blank)
        case .sight: self = .sight(.blank)
        case .host: self = .host(.blank)
        case .walk: self = .walk(.blank)
        case .translation: self = .translation(.blank)
        case .hostPage: self = .hostPage(.blank)
        case .processor: self = .processor(.blank)
        case .keyframe: self = .keyframe(.blank)
        case .restored: self = .restored(.blank)
        case .disturbed: self = .disturbed(.blank)
        case .pastMark: self = .pastMark(.blank)
        case .road: self = .road(.blank)
        }
    }

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        switch self {
        case .start(var value):
            try value.code(&coder)
            self = .start(value)
        case .ioctl(var value):
            try value.code(&coder)
            self = .ioctl(value)
        case .guide(var value):
            try value.code(&coder)
            self = .guide(value)
        case .descriptor(var value):
            try value.code(&coder)
            self = .descriptor(value)
        case .thread(var value):
            try value.code(&coder)
            self = .thread(value)
        case .exit(var value):
            try value.code(&coder)
            self = .exit(value)
        case .kernel(var value):
            try value.code(&coder)
            self = .kernel(value)
        case .kernelTally(var value):
            try value.code(&coder)
            self = .kernelTally(value)
        case .console(var value):
            try value.code(&coder)
            self = .console(value)
        case .slot(var value):
            try value.code(&coder)
            self = .slot(value)
        case .descriptors(var list):
            try coder.list(&list)
            self = .descriptors(list)
        case .threads(var list):
            try coder.list(&list)
            self = .threads(list)
        case .registers(var reading):
            try coder.registers(&reading)
            self = .registers(reading)
        case .memory(var pages):
            try coder.list(&pages)
            self = .memory(pages)
        case .gate(var call):
            try call.code(&coder)
            self = .gate(call)
        case .phase(var phase):
            try coder.choice(&phase)
            self = .phase(phase)
        case .resumed(var value):
            try value.code(&coder)
            self = .resumed(value)
        case .stopped(var value):
            try value.code(&coder)
            self = .stopped(value)
        case .mark(var text):
            try coder.text(&text)
            self = .mark(text)
        case .problem(var text):
            try coder.text(&text)
            self = .problem(text)
        case .end(var value):
            try value.code(&coder)
            self = .end(value)
        case .kernelLost(var count):
            try coder.number(&count)
            self = .kernelLost(count)
        case .statistics(var reading):
            try reading.code(&coder)
            self = .statistics(reading)
        case .sight(var sight):
            try sight.code(&coder)
            self = .sight(sight)
        case .host(var host):
            try host.code(&coder)
            self = .host(host)
        case .walk(var value):
            try value.code(&coder)
            self = .walk(value)
        case .translation(var value):
            try value.code(&coder)
            self = .translation(value)
        case .hostPage(var value):
            try value.code(&coder)
            self = .hostPage(value)
        case .processor(var value):
            try value.code(&coder)
            self = .processor(value)
        case .keyframe(var value):
            try value.code(&coder)
            self = .keyframe(value)
        case .restored(var value):
            try value.code(&coder)
            self = .restored(value)
        case .disturbed(var value):
            try value.code(&coder)
            self = .disturbed(value)
        case .pastMark(var mark):
            try mark.code(&coder)
            self = .pastMark(mark)
        case .road(var value):
            try value.code(&coder)
            self = .road(value)
        case .unknown: break
        }
    }
}

extension RunStart: Recordable {
    static let blank = RunStart(guest: "", vcpus: 0, memory: 0)

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.text(&guest)
        try coder.number(&vcpus)
        try coder.number(&memory)
        try coder.list(&symbols)
        try coder.list(&lines)
        try coder.option(&source)
    }
}

extension Symbol: Recordable {
    static let blank = Symbol(name: "", address: 0)

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.text(&name)
        try coder.number(&address)
    }
}

extension SourceLine: Recordable {
    static let blank = SourceLine(address: 0, line: 0)

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.number(&address)
        try coder.number(&line)
    }
}

extension IoctlCall: Recordable {
    static let blank = IoctlCall(kind: .call, fd: 0, name: "", request: 0)

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.choice(&kind)
        try coder.number(&fd)
        try coder.text(&name)
        try coder.number(&request)
        try coder.number(&argument)
        try coder.number(&result)
        try coder.number(&errno)
        try coder.text(&errnoName)
        try coder.number(&duration)
        try coder.option(&vcpu)
        try coder.list(&fields)
        try coder.flag(&observing)
    }
}

extension IoctlField: Recordable {
    static let blank = IoctlField(name: "", value: "")

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.text(&name)
        try coder.text(&value)
        try coder.text(&note)
    }
}

extension IoctlGuide: Recordable {
    static let blank = IoctlGuide(
        request: 0, name: "", kind: .call, summary: "", direction: "", type: 0, number: 0, size: 0, argumentType: "",
        road: [], qemu: nil)

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.number(&request)
        try coder.text(&name)
        try coder.choice(&kind)
        try coder.text(&summary)
        try coder.text(&direction)
        try coder.number(&type)
        try coder.number(&number)
        try coder.number(&size)
        try coder.text(&argumentType)
        try coder.list(&road)
        try coder.option(&qemu)
    }
}

extension RoadStep: Recordable {
    static let blank = RoadStep(function: "", file: "")

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.text(&function)
        try coder.text(&file)
    }
}

extension KernelEvent: Recordable {
    static let blank = KernelEvent(vcpu: 0, name: "", fields: [])

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.number(&vcpu)
        try coder.text(&name)
        try coder.list(&fields)
    }
}

extension ConsoleText: Recordable {
    static let blank = ConsoleText(vcpu: 0, bytes: Bytes([]))

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.number(&vcpu)
        try coder.bytes(&bytes)
    }
}

extension Resumption: Recordable {
    static let blank = Resumption(vcpu: 0, how: .exit)

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.number(&vcpu)
        try coder.choice(&how)
    }
}

extension Stop: Recordable {
    static let blank = Stop(vcpu: 0, reason: .exit, text: "")

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.number(&vcpu)
        try coder.choice(&reason)
        try coder.text(&text)
    }
}

extension MachineKeyframe: Recordable {
    static let blank = MachineKeyframe(id: 0, pages: 0, newPages: 0, calls: 0, duration: 0)

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.number(&id)
        try coder.number(&pages)
        try coder.number(&newPages)
        try coder.number(&calls)
        try coder.number(&duration)
    }
}

extension Restored: Recordable {
    static let blank = Restored(keyframe: 0, branch: 0, pages: 0)

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.number(&keyframe)
        try coder.number(&branch)
        try coder.number(&pages)
        try coder.text(&text)
    }
}

extension RunEnd: Recordable {
    static let blank = RunEnd(why: .hlt, code: 0)

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.choice(&why)
        try coder.number(&code)
        try coder.text(&text)
    }
}

extension PastMark: Recordable {
    static let blank = PastMark(name: "", position: 0)

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.text(&name)
        try coder.number(&position)
    }
}
