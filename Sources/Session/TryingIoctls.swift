internal import Command
internal import KVM
internal import Machine
internal import Timeline

// Ioctls that a person makes by hand.
extension Session {
    func tryIoctl(_ target: IoctlTarget, _ request: IoctlRequest, _ argument: Expression?) -> Outcome {
        guard let machine, !isBusy else { return .refused("there is no standing machine") }
        let code: UInt
        switch request {
        case .number(let number): code = UInt(number)
        case .named(let name):
            guard let known = IoctlCatalog.request(named: name) else {
                return .refused("the catalog does not know the number of \(name); write the number itself")
            }
            code = known
        }
        var value: UInt64 = 0
        if let argument, case .word(let name) = argument, name.hasPrefix("KVM_CAP_") {
            guard let capability = Capability(name: name) else {
                return .refused("there is no capability \(name) up to Linux 6.18; write its number")
            }
            value = UInt64(capability.rawValue)
        } else if let argument {
            switch number(argument) {
            case .failure(let refusal): return .refused(refusal.text)
            case .success(let number): value = number
            }
        }
        guard let small = UInt16(exactly: value) else {
            return .refused("the argument should be below 0x10000: above that it could be an address of this program")
        }
        let kind: DescriptorKind =
            switch target {
            case .system: .system
            case .vm: .vm
            case .vcpu: .vcpu
            }
        if kind == .vcpu, IoctlCatalog.name(of: code) == "KVM_RUN" {
            return .refused("KVM_RUN on a vCPU runs the guest: `step exit` does that")
        }
        takeKeyframe()
        leaveKeyframe()
        do {
            let result = try pastTheGate { () throws(MachineError) in
                try machine.tryIoctl(code, small, on: kind, vcpu: vcpu)
            }
            absorbLog()
            for index in 0..<configuration.vcpus { readRegisters(of: index) }
            readAll()
            // An errno is the kernel's answer, and often the one that was wanted.
            guard result < 0 else { return .done("the kernel answers \(result)") }
            let errno = Errno(rawValue: Int32(truncatingIfNeeded: -result))
            return .done("the kernel answers -1 and errno \(-result), \(errno.name): \(errno.message)")
        } catch {
            absorbLog()
            return .refused(error.description)
        }
    }
}
