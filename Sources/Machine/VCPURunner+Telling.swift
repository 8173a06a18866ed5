internal import KVM

// What the devices and the observer are told of an exit.
extension VCPURunner {
    mutating func refusal(_ errno: Errno, _ detail: Detail, _ vcpu: borrowing VCPU) -> StopCause {
        // KVM_CAP_MEMORY_FAULT_INFO: the run page says which address it was.
        if errno == .fault, case .memoryFault = vcpu.runPage.exit() {
            let exit = vcpu.runPage.exit()
            tell(context.observer ?? silence, exit, ExitHandling(of: exit, on: context.bus), detail, vcpu)
        }
        let text =
            "KVM_RUN on vCPU \(index) (fd \(vcpu.fd)) failed: \(errno.name) (\(errno.rawValue), \(errno.message))"
        return .refused(text + "; look at its registers, try again or reset", errno: errno.rawValue)
    }

    func synchronize(_ detail: Detail, _ vcpu: borrowing VCPU) {
        guard context.synchronizesRegisters else { return }
        switch detail {
        case .nothing: vcpu.runPage.sharedRegisters = []
        case .exits: vcpu.runPage.sharedRegisters = [.general]
        case .full: vcpu.runPage.sharedRegisters = [.general, .special]
        }
    }

    func answer(_ exit: Exit, _ handling: ExitHandling, _ vcpu: borrowing VCPU) {
        switch exit {
        case .io(let io) where io.direction == .input: vcpu.runPage.answer(io, with: handling.answer)
        case .mmio(let mmio) where !mmio.isWrite: vcpu.runPage.answer(mmio, with: handling.answer)
        // -KVM_ENOSYS: the guest sees a host without this hypercall.
        case .hypercall: vcpu.runPage.answerHypercall(with: UInt64(bitPattern: -1000))
        default: break
        }
    }

    mutating func tell(
        _ observer: any MachineObserver, _ exit: Exit, _ handling: ExitHandling, _ detail: Detail,
        _ vcpu: borrowing VCPU
    ) {
        guard detail != .nothing else { return }
        var record = ExitRecord(vcpu: index, thread: thread, exit: exit, handling: handling)
        if context.synchronizesRegisters {
            record.rip = vcpu.runPage.rip
            if detail == .full {
                tellSpecialRegisters(observer, vcpu)
                record.registers = vcpu.runPage.registers
            }
        }
        observer.didExit(record)
    }

    @inline(__always)
    mutating func tell(
        _ observer: any MachineObserver, _ access: GuestAccess, _ answer: DeviceAnswer, _ run: borrowing RunRecord?,
        _ detail: Detail, _ vcpu: borrowing VCPU
    ) {
        let isSynchronized = context.synchronizesRegisters
        let record = AccessRecord(
            vcpu: index, thread: thread, access: access, answer: answer, rip: isSynchronized ? vcpu.runPage.rip : nil,
            run: copy run)
        if isSynchronized && detail == .full {
            tellSpecialRegisters(observer, vcpu)
            observer.didAccess(record, registers: vcpu.runPage.registers)
        } else {
            observer.didAccess(record)
        }
    }

    @inline(__always)
    mutating func tell(
        _ observer: any MachineObserver, _ debug: KVM.DebugExit, _ detail: Detail, _ vcpu: borrowing VCPU
    ) {
        guard detail != .nothing else { return }
        let isSynchronized = context.synchronizesRegisters
        let record = StepRecord(
            vcpu: index, thread: thread, debug: debug, rip: isSynchronized ? vcpu.runPage.rip : nil)
        if isSynchronized && detail == .full {
            tellSpecialRegisters(observer, vcpu)
            observer.didStep(record, registers: vcpu.runPage.registers)
        } else {
            observer.didStep(record)
        }
    }

    @inline(__always)
    mutating func tellSpecialRegisters(_ observer: any MachineObserver, _ vcpu: borrowing VCPU) {
        guard vcpu.runPage.specialRegistersChanged(since: &told) else { return }
        observer.specialRegistersAre(vcpu.runPage.specialRegisters, vcpu: index)
    }
}
