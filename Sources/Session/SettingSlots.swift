internal import Command
internal import KVM
internal import Machine
internal import Timeline

// Memory slots that a person makes.
extension Session {
    func setSlot(_ slot: Int, _ start: Expression, _ size: Int, isReadOnly: Bool) -> Outcome {
        guard let machine, !isBusy else { return .refused("there is no standing machine") }
        switch number(start) {
        case .failure(let refusal): return .refused(refusal.text)
        case .success(let start):
            takeKeyframe()
            leaveKeyframe()
            do {
                try pastTheGate { () throws(MachineError) in
                    try machine.setSlot(
                        UInt32(truncatingIfNeeded: slot), start: start, size: size, isReadOnly: isReadOnly)
                }
                absorbLog()
                readAll()
                return .done(
                    size == 0
                        ? "slot \(slot) is gone"
                        : "slot \(slot) holds 0x\(hexadecimal(start)) to 0x\(hexadecimal(start &+ UInt64(size) &- 1))")
            } catch MachineError.kvm(let error) {
                absorbLog()
                readAll()
                // The kernel's errno is an answer, and often the one that was wanted.
                return .done(error.description)
            } catch {
                absorbLog()
                return .refused(error.description)
            }
        }
    }
}
