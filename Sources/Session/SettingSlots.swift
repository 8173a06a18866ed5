internal import Command
internal import KVM
internal import Machine
internal import Timeline

// Memory slots that a person makes.
extension Session {
    func setSlot(_ slot: Int, _ start: Expression, _ size: Expression, isReadOnly: Bool) -> Outcome {
        guard let machine, !isBusy else { return .refused("there is no standing machine") }
        switch (number(start), number(size)) {
        case (.failure(let refusal), _), (_, .failure(let refusal)): return .refused(refusal.text)
        case (.success(let start), .success(let size)):
            guard size <= UInt64(Machine.largestAddedSlot) else { return .refused("a slot may have up to 1 GiB here") }
            do {
                try pastTheGate { () throws(MachineError) in
                    try machine.setSlot(
                        UInt32(truncatingIfNeeded: slot), start: start, size: Int(size), isReadOnly: isReadOnly)
                }
                absorbLog()
                readAll()
                return .done(
                    size == 0
                        ? "slot \(slot) is gone"
                        : "slot \(slot) holds 0x\(hexadecimal(start)) to 0x\(hexadecimal(start &+ size &- 1))")
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
