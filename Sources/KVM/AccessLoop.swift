private import CKVM

/// What the VMM says to one access of the guest.
public struct AccessReply: Sendable {
    /// What a read gives; the bits beyond its size count for nothing.
    public var value: UInt64
    /// Whether the guest is to run on at once.
    public var goesOn: Bool

    public init(value: UInt64, goesOn: Bool) {
        self.value = value
        self.goesOn = goesOn
    }
}

/// How a series of accesses ended.
public enum AccessRun: Sendable {
    /// `serve` wanted no more.
    case served
    /// `KVM_RUN` came back with something else, which the run page still holds.
    case other(RunResult)
    /// Somebody looks at the door now.
    case watched
}

extension VCPU {
    /// `runAccesses` for as long as nobody looks at the door: with nothing to tell it fits into a few cache lines.
    public borrowing func runAccessesUnwatched(_ serve: (GuestAccess) -> AccessReply) -> AccessRun {
        let door = descriptor.door
        let fd = descriptor.target.fd
        while door.sight == .nobody {
            let result = ckvm_ioctl(fd, ckvm_KVM_RUN, 0)
            guard result >= 0, let access = runPage.access() else { return .other(RunResult(result: result)) }
            let reply = serve(access)
            if !access.isWrite { runPage.answer(access, with: reply.value) }
            if !reply.goesOn { return .served }
        }
        return .watched
    }

    /// `KVM_RUN` again and again, for as long as the guest leaves only for single accesses and `serve` wants it to go on.
    ///
    /// After an exit all that is not the kernel's own has left the caches: how many lines and pages lie between one
    /// entry and the next is what this costs, so the way from the door to `serve` and back stands in one function.
    ///
    /// - Parameter serve: gets the access, and the `KVM_RUN` that it ended where the door records: the door's observer
    ///   is not told of that one, so that both can be told together.
    /// - Returns: how `KVM_RUN` came back where that was not with a single access, its exit still in the run page and
    ///   told to the door's observer; nil where `serve` ended it.
    public borrowing func runAccesses(_ serve: (GuestAccess, borrowing RunRecord?) -> AccessReply) -> RunResult? {
        let door = descriptor.door
        let fd = descriptor.target.fd
        var record: RunRecord?
        while true {
            let result: Int
            let sight = door.sight
            switch sight {
            case .nobody:
                result = ckvm_ioctl(fd, ckvm_KVM_RUN, 0)
                record = nil
            case .recorded:
                let begin = ckvm_now_counted()
                result = ckvm_ioctl(fd, ckvm_KVM_RUN, 0)
                record = RunRecord(
                    fd: fd, vcpu: index, begin: begin, end: ckvm_now_counted(), result: result, thread: ckvm_thread_id()
                )
            case .guarded:
                result = door.run(fd: fd, vcpu: index)
                record = nil
            }
            guard result >= 0, let access = runPage.access() else {
                if let record { door.tell(record) }
                return RunResult(result: result)
            }
            let reply = serve(access, record)
            if !access.isWrite { runPage.answer(access, with: reply.value) }
            if !reply.goesOn { return nil }
        }
    }
}
