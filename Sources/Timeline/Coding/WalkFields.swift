// The fields of walks and of what answered them, in a recording.

extension WalkQuestion: Recordable {
    static let blank = WalkQuestion(vcpu: 0, address: 0)

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.number(&vcpu)
        try coder.choice(&space)
        try coder.number(&address)
        try coder.choice(&access)
        try coder.flag(&isUser)
        try coder.option(&shown)
    }
}

extension KernelTranslation: Recordable {
    static let blank = KernelTranslation(vcpu: 0, linear: 0, isValid: false, physical: 0)

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.number(&vcpu)
        try coder.number(&linear)
        try coder.flag(&isValid)
        try coder.number(&physical)
        try coder.flag(&isWritable)
        try coder.flag(&isUser)
        try coder.option(&refusal)
    }
}

extension HostPage: Recordable {
    static let blank = HostPage(guestAddress: 0, hostAddress: 0, state: .unknown)

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.number(&guestAddress)
        try coder.number(&hostAddress)
        try coder.choice(&state)
        try coder.option(&frame)
        try coder.option(&hidden)
        try coder.list(&flags)
        try coder.option(&flagsHidden)
        try coder.option(&unit)
    }
}

extension GuestProcessor: Recordable {
    static let blank = GuestProcessor(physicalAddressBits: 0, has1GiBPages: false, hasPSE36: false, isAMD: false)

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.number(&physicalAddressBits)
        try coder.flag(&has1GiBPages)
        try coder.flag(&hasPSE36)
        try coder.flag(&isAMD)
    }
}

extension InstalledEntry: Recordable {
    static let blank = InstalledEntry(guestFrame: 0, value: 0, level: 1, position: 0)

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.number(&guestFrame)
        try coder.number(&value)
        try coder.number(&level)
        try coder.number(&position)
    }
}
