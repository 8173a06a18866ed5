internal import Glibc
internal import KVM
internal import Synchronization

/// The thread that owns one vCPU: it creates it, runs it and closes it, and takes its orders from a mailbox.
///
///     creating ──▶ standing ──order──▶ running ──exit, step, kick──▶ standing ──finish──▶ gone
///
/// Nobody else touches the vCPU's descriptor; what others may do is kick.
final class VCPUThread: Sendable {
    enum Request: Sendable {
        case run(RunOrder, id: Int)
        case inspect(@Sendable (borrowing VCPU) -> Void)
        case finishAccess(reply: Mailbox<Void>)
        /// As `finishAccess`, and a halt that KVM has not told yet, since all state is to be replaced.
        case finishAll(reply: Mailbox<Void>)
        case takeState(VCPUStateAccess, reply: Mailbox<Result<TakenState, KVMError>>)
        case timeBareLoop(exits: UInt64, stepping: Bool, reply: Mailbox<LoopTime?>)
        case finish
    }

    enum Readiness: Sendable {
        case ready(Kick)
        case failed(MachineError)
    }

    let index: Int
    private let requests = Mailbox<Request>()
    private let readiness = Mailbox<Readiness>()
    private let context: Context
    private let kick = Mutex<Kick?>(nil)
    /// Identity of the order that a kick is meant for: a kick that comes too late must not hit the next order.
    private let kickedOrder = Atomic<Int>(-1)
    private let thread = Mutex<KernelThread?>(nil)

    /// What all vCPU threads of a machine share.
    struct Context: Sendable {
        let vm: VMOwner
        let memory: GuestMemory
        let runPageSize: Int
        let bus: Bus
        let observer: (any MachineObserver)?
        let exitsTaken: ExitCounter
        let biosStubs: BIOSStubs?
        let synchronizesRegisters: Bool
        let prepare: @Sendable (Int, borrowing VCPU) throws(KVMError) -> Void
    }

    init(index: Int, context: Context) {
        self.index = index
        self.context = context
    }

    /// Starts the thread and waits until the vCPU exists with its start state.
    func start() throws(MachineError) {
        let new = try KernelThread(name: "CPU \(index)/KVM") { [self] in main() }
        thread.withLock { $0 = new }
        switch readiness.take() {
        case .ready(let vcpuKick): kick.withLock { $0 = vcpuKick }
        case .failed(let error):
            finish()
            throw error
        }
    }

    func put(_ request: Request) { requests.put(request) }

    /// Gets the vCPU out of the order with this identity, from any thread.
    func interrupt(order: Int) {
        kickedOrder.store(order, ordering: .sequentiallyConsistent)
        kick.withLock { $0 }?()
    }

    /// Closes the vCPU and ends its thread. The vCPU must stand.
    func finish() {
        requests.put(.finish)
        thread.withLock { $0 }?.join()
    }

    private func main() {
        var all = sigset_t()
        sigfillset(&all)
        // A blocked trap would end the process without the handler that gives the terminal back.
        for trap in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT] { sigdelset(&all, trap) }
        // Signals for the program go to the main thread; attachThread lets the kick's through.
        pthread_sigmask(SIG_BLOCK, &all, nil)
        let id = ThisThread.id
        let name = "CPU \(index)/KVM"
        context.observer?.threadDidChange(isStart: true, thread: id, name: name, vcpu: index)
        defer { context.observer?.threadDidChange(isStart: false, thread: id, name: name, vcpu: index) }
        do {
            let vcpu = try context.vm.value.createVCPU(index, runPageSize: context.runPageSize)
            try context.prepare(index, vcpu)
            vcpu.kick.attachThread()
            defer { vcpu.kick.detachThread() }
            readiness.put(.ready(vcpu.kick))
            serve(vcpu, thread: id)
        } catch {
            readiness.put(.failed(.kvm(error)))
        }
    }

    private func serve(_ vcpu: borrowing VCPU, thread: Int32) {
        var runner = VCPURunner(index: index, thread: thread, context: context)
        while true {
            switch requests.take() {
            case .run(let order, let id):
                let watch = StopWatch()
                var cause = runner.carryOut(order, on: vcpu) {
                    self.kickedOrder.load(ordering: .sequentiallyConsistent) == id
                }
                if cause == .halted, let call = biosCall(vcpu) { cause = .biosCall(call) }
                let time = watch.time
                var stop = runner.stop(cause, order.detail, vcpu)
                stop.time = time
                context.observer?.didStop(stop)
            case .inspect(let body):
                body(vcpu)
                runner.forgetRegisters()
            case .finishAccess(let reply):
                runner.finishAccess(on: vcpu)
                reply.put(())
            case .finishAll(let reply):
                runner.finishAccess(on: vcpu)
                runner.finishHalt(on: vcpu)
                reply.put(())
            case .takeState(let access, let reply):
                let finished = runner.finishAccessUnseen(on: vcpu)
                do throws(KVMError) {
                    var taken = try access.snapshot(of: vcpu)
                    taken.finished = finished
                    if finished != nil { taken.calls += 1 }
                    reply.put(.success(taken))
                } catch {
                    reply.put(.failure(error))
                }
            case .timeBareLoop(let exits, let stepping, let reply):
                reply.put(runner.timeBareLoop(exits: exits, stepping: stepping, on: vcpu))
            case .finish:
                return
            }
        }
    }
}

extension VCPUThread {
    /// Whether a halt was one of those to which real-mode vectors lead.
    private func biosCall(_ vcpu: borrowing VCPU) -> BIOSCall? {
        guard let stubs = context.biosStubs, let general = try? vcpu.registers(purpose: .observation),
            let system = try? vcpu.specialRegisters(purpose: .observation)
        else { return nil }
        return stubs.call(general, system, context.memory)
    }
}

/// The VM's descriptor, held as long as any vCPU thread lives.
final class VMOwner: Sendable {
    let value: VM

    init(_ value: consuming VM) { self.value = value }
}

/// Exits taken by all vCPUs of a machine together.
final class ExitCounter: Sendable {
    private let count = Atomic<Int>(0)

    func next() -> Int { count.add(1, ordering: .relaxed).newValue }
}
