internal import Command
internal import Facts
internal import Host
internal import KVM
internal import Machine
internal import Timeline
internal import X86

// Following an address. The way itself is worked out wherever it is shown; what KVM and the host say of it is asked here.
extension Session {
    /// Takes an address into view and asks about it.
    func walk(_ expression: Expression, _ access: WalkQuestion.Access, user: Bool, _ space: WalkQuestion.Space)
        -> Outcome
    {
        guard machine != nil else { return .refused("no machine is built yet") }
        switch expression.value(in: facts) {
        case .integer(let address):
            append(.walk(WalkQuestion(vcpu: vcpu, space: space, address: address, access: access, isUser: user)))
            readWalk()
            return .done(nil)
        case .unknown(let reason): return .refused("\(expression): \(reason)")
        case .text(let text): return .refused("the guest has no symbol '\(text)'; give an address or a register")
        case let other: return .refused("\(expression) is \(other), which is no address")
        }
    }

    /// Shows more or less of the walk in view.
    func stepLevel(_ stages: Int) -> Outcome {
        guard let question = timeline.live.walk, let way = AddressWalk(question, in: timeline.live) else {
            return .refused("no address is followed yet; `walk ADDRESS` begins")
        }
        guard let moved = way.question(movedBy: stages) else {
            return .refused(
                way.stages == 0
                    ? "this walk has one part only" : "this is where the walk begins; `step level` goes down")
        }
        append(.walk(moved))
        return .done(nil)
    }

    /// Takes the walk in view over into a machine that was built anew.
    func resumeWalk() {
        guard let question = lastWalk, timeline.live.walk == nil else { return }
        append(.walk(question))
        readWalk()
    }

    /// Asks KVM and the page map about the address in view, and appends what is new.
    ///
    /// - Parameter standing: a vCPU that is known to stand though the machine is busy.
    func readWalk(standing: Int? = nil) {
        guard let question = timeline.live.walk else { return }
        lastWalk = question
        guard let machine else { return }
        // A running vCPU cannot be asked, and what it writes meanwhile would be read half.
        guard !isBusy || standing == question.vcpu else { return }
        readMissingTables(question)
        guard let way = AddressWalk(question, in: timeline.live) else { return }
        if let linear = way.pageWalk?.linearAddress { readTranslation(linear, of: question.vcpu, machine) }
        guard let now = AddressWalk(question, in: timeline.live), let host = now.hostVirtual,
            let physical = now.guestPhysical
        else { return }
        let pages = hostPages ?? HostPages()
        hostPages = pages
        let page = pages.page(at: host, for: physical)
        if page != timeline.live.hostPage { append(.hostPage(page)) }
    }

    private func readTranslation(_ linear: UInt64, of vcpu: Int, _ machine: Machine) {
        var answer: KernelTranslation
        do throws(MachineError) {
            let said = try pastTheGate { () throws(MachineError) in try machine.translate(linear, on: vcpu) }
            answer = KernelTranslation(
                vcpu: vcpu, linear: linear, isValid: said.valid, physical: said.physical, isWritable: said.writeable,
                isUser: said.userMode)
        } catch {
            answer = KernelTranslation(vcpu: vcpu, linear: linear, isValid: false, physical: 0)
            answer.refusal = error.errnoName ?? error.description
        }
        absorbCalls()
        if answer != timeline.live.translation { append(.translation(answer)) }
    }

    /// Pages of tables that changed and were left out of the readings, since too many had changed.
    private func readMissingTables(_ question: WalkQuestion) {
        for _ in 0..<5 {
            guard let machine, let way = AddressWalk(question, in: timeline.live), way.missing == .leftOut,
                case .memoryMissing(_, let address)? = way.pageWalk?.outcome,
                let bytes = try? machine.read(MemoryPage.size, at: address.rawValue & ~0xFFF)
            else { return }
            append(.memory([MemoryPage(frame: address.rawValue >> 12, content: PageContent(bytes))]))
        }
    }

    func tellProcessor() {
        guard let machine else { return }
        append(.processor(GuestProcessor(machine.cpuid)))
    }
}

extension GuestProcessor {
    /// Source: Intel SDM volume 2, CPUID; AMD APM volume 3, appendix "Obtaining Processor Information Via the CPUID
    /// Instruction".
    init(_ entries: [CPUIDEntry]) {
        func leaf(_ function: UInt32) -> CPUIDEntry? { entries.first { $0.function == function } }
        let bits = leaf(0x8000_0008).map { Int($0.eax & 0xFF) } ?? 0
        let hasPSE36 = leaf(1).map { $0.edx >> 17 & 1 == 1 } ?? true
        // "AuthenticAMD" and "HygonGenuine", by the four bytes in EBX.
        let vendor = leaf(0)?.ebx
        self.init(
            physicalAddressBits: (32...52).contains(bits) ? bits : 36,
            has1GiBPages: leaf(0x8000_0001).map { $0.edx >> 26 & 1 == 1 } ?? false, hasPSE36: hasPSE36,
            isAMD: vendor == 0x6874_7541 || vendor == 0x6F67_7948)
    }
}

extension MachineError {
    fileprivate var errnoName: String? {
        if case .kvm(let error) = self { return error.errno?.name }
        return nil
    }
}

extension WalkQuestion.Access {
    init(_ access: Command.AccessKind) {
        switch access {
        case .read: self = .read
        case .write: self = .write
        case .execute: self = .execute
        }
    }
}
