private import CKVM
import Synchronization

/// The one way to the kernel: every open, ioctl, mmap and close on a KVM descriptor passes here.
///
/// At level `off` it adds one relaxed load to a call. It may be used from any thread.
public final class IoctlDoor: Sendable {
    /// How closely the door watches.
    public enum Level: UInt32, Sendable, Hashable, CaseIterable {
        /// Calls pass unseen.
        case off = 0
        /// The observer is told after each call.
        case record = 1
        /// The observer is also asked before each call, and may hold the caller there.
        case gate = 2
    }

    /// Who asks: the descriptor, what it is, and which vCPU's it is.
    public struct Target: Sendable, Hashable {
        public var fd: Int32
        public var kind: DescriptorKind
        public var vcpu: Int?

        public init(fd: Int32, kind: DescriptorKind, vcpu: Int? = nil) {
            self.fd = fd
            self.kind = kind
            self.vcpu = vcpu
        }
    }

    private static let levelMask: UInt32 = 3
    private static let faultBit: UInt32 = 4

    /// Zero means that nobody looks and nothing is to fail: the fast path.
    private let flags: Atomic<UInt32>
    private let faults = Mutex<[DoorFault]>([])
    private let observer: (any IoctlObserver)?

    /// A door that tells `observer`, which stays with it for its life so that the fast path needs no lock.
    public init(observer: (any IoctlObserver)? = nil, level: Level = .off) {
        self.observer = observer
        flags = Atomic(level.rawValue)
    }

    /// May be changed at any time from any thread; a call that has begun keeps the level it began with.
    public var level: Level {
        get { Level(rawValue: flags.load(ordering: .relaxed) & Self.levelMask) ?? .off }
        set {
            var old = flags.load(ordering: .relaxed)
            while true {
                let new = old & ~Self.levelMask | newValue.rawValue
                let (exchanged, original) = flags.compareExchange(expected: old, desired: new, ordering: .relaxed)
                if exchanged { return }
                old = original
            }
        }
    }

    /// What a call has to expect of the door.
    enum Sight {
        case nobody
        /// The observer is told afterwards.
        case recorded
        /// The caller may be held, or the call made to fail.
        case guarded
    }

    @inline(__always)
    var sight: Sight {
        switch flags.load(ordering: .relaxed) {
        case 0: .nobody
        case Level.record.rawValue: .recorded
        default: .guarded
        }
    }

    /// Tells the observer of a `KVM_RUN` that was made beside `run`.
    func tell(_ record: RunRecord) { observer?.didRun(record) }

    // MARK: Faults

    /// Makes calls fail without asking the kernel.
    public func inject(_ fault: DoorFault) {
        faults.withLock { $0.append(fault) }
        flags.bitwiseOr(Self.faultBit, ordering: .relaxed)
    }

    /// Lets every call through again.
    public func removeFaults() {
        faults.withLock { $0.removeAll() }
        flags.bitwiseAnd(~Self.faultBit, ordering: .relaxed)
    }

    private func injectedFault(_ target: DoorFault.Target, _ flags: UInt32) -> Int? {
        guard flags & Self.faultBit != 0 else { return nil }
        return faults.withLock { faults in
            guard let index = faults.firstIndex(where: { $0.target == target && $0.count > 0 }) else { return nil }
            if faults[index].skip > 0 {
                faults[index].skip -= 1
                return nil
            }
            faults[index].count -= 1
            return -Int(faults[index].errno.rawValue)
        }
    }

    // MARK: Calls

    /// Opens KVM's device for reading and writing. Returns the descriptor or the negative error number.
    public func open(path: String) -> Int {
        watch(.open(path: path), Target(fd: -1, kind: .system), .open, .operation, nil) {
            ckvm_open(path)
        }
    }

    /// Closes a descriptor. Returns 0 or the negative error number.
    @discardableResult
    public func close(_ target: Target) -> Int {
        watch(.close, target, nil, .operation, nil) { ckvm_close(target.fd) }
    }

    /// Maps the first `length` bytes of a descriptor, shared with the kernel.
    ///
    /// Returns the address or the negative error number.
    public func map(_ target: Target, length: Int) -> Int {
        watch(.map(length: length), target, .map, .operation, nil) { ckvm_map(target.fd, length, 0) }
    }

    /// Takes a mapping away. Returns 0 or the negative error number.
    @discardableResult
    public func unmap(_ target: Target, address: UInt, length: Int) -> Int {
        watch(.unmap(address: address, length: length), target, nil, .operation, nil) { ckvm_unmap(address, length) }
    }

    /// An ioctl whose argument is an integer or unused. Returns the value or the negative error number.
    public func ioctl(_ target: Target, request: UInt, integer: UInt = 0, purpose: Purpose = .operation) -> Int {
        watch(.ioctl(request: request, argument: integer), target, .ioctl(request), purpose, nil) {
            ckvm_ioctl(target.fd, request, integer)
        }
    }

    /// An ioctl whose argument is a structure, with its flexible array if it has one.
    /// Returns the value or the negative error number.
    public func ioctl(
        _ target: Target, request: UInt, structure: UnsafeMutableRawBufferPointer, purpose: Purpose = .operation
    ) -> Int {
        let address = UInt(bitPattern: structure.baseAddress)
        return watch(.ioctl(request: request, argument: address), target, .ioctl(request), purpose, structure) {
            ckvm_ioctl(target.fd, request, address)
        }
    }

    /// `KVM_RUN`. Nothing is copied and nothing allocated. Returns 0 or the negative error number.
    func run(fd: Int32, vcpu: Int) -> Int {
        let flags = flags.load(ordering: .relaxed)
        if flags == 0 { return ckvm_ioctl(fd, ckvm_KVM_RUN, 0) }
        return watchedRun(fd, vcpu, flags).result
    }

    /// `KVM_RUN` of which nobody is told.
    func unseenRun(fd: Int32, vcpu: Int) -> RunRecord {
        let begin = ckvm_now()
        let result = ckvm_ioctl(fd, ckvm_KVM_RUN, 0)
        return RunRecord(fd: fd, vcpu: vcpu, begin: begin, end: ckvm_now(), result: result, thread: ckvm_thread_id())
    }

    @inline(never)
    private func watchedRun(_ fd: Int32, _ vcpu: Int, _ flags: UInt32) -> RunRecord {
        let level = Level(rawValue: flags & Self.levelMask) ?? .off
        if level == .gate {
            observer?.willCall(
                IoctlCall(
                    operation: .ioctl(request: ckvm_KVM_RUN, argument: 0), fd: fd, kind: .vcpu, vcpu: vcpu))
        }
        let fault = flags & Self.faultBit == 0 ? nil : injectedFault(.ioctl(ckvm_KVM_RUN), flags)
        let begin = ckvm_now_counted()
        let result = fault ?? ckvm_ioctl(fd, ckvm_KVM_RUN, 0)
        let record = RunRecord(
            fd: fd, vcpu: vcpu, begin: begin, end: ckvm_now_counted(), result: result, thread: ckvm_thread_id())
        if level != .off { observer?.didRun(record) }
        return record
    }

    @inline(__always)
    private func watch(
        _ operation: @autoclosure () -> IoctlCall.Operation, _ target: Target, _ faultTarget: DoorFault.Target?,
        _ purpose: Purpose, _ structure: UnsafeMutableRawBufferPointer?, _ call: () -> Int
    ) -> Int {
        let flags = flags.load(ordering: .relaxed)
        if flags == 0 { return call() }
        return watched(operation(), target, faultTarget, purpose, structure, flags, call)
    }

    @inline(never)
    private func watched(
        _ operation: IoctlCall.Operation, _ target: Target, _ faultTarget: DoorFault.Target?, _ purpose: Purpose,
        _ structure: UnsafeMutableRawBufferPointer?, _ flags: UInt32, _ call: () -> Int
    ) -> Int {
        let fault = faultTarget.flatMap { injectedFault($0, flags) }
        let level = Level(rawValue: flags & Self.levelMask) ?? .off
        guard let observer, level != .off else {
            if let fault { return fault }
            return call()
        }
        let what = IoctlCall(
            operation: operation, fd: target.fd, kind: target.kind, vcpu: target.vcpu, purpose: purpose,
            before: structure.map { [UInt8]($0) } ?? [])
        if level == .gate { observer.willCall(what) }
        let begin = ckvm_now()
        let result = if let fault { fault } else { call() }
        let end = ckvm_now()
        observer.didCall(
            IoctlRecord(
                call: what, after: structure.map { [UInt8]($0) } ?? [], begin: begin, end: end, result: result,
                thread: ckvm_thread_id()))
        return result
    }
}
