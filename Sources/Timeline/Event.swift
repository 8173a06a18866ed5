/// One thing that happened, with the moment and the thread; the timeline is nothing but these.
public struct Event: Sendable {
    /// Monotonic nanoseconds since the run started. For an ioctl, the moment of its return.
    public var nanoseconds: UInt64
    /// The thread in which it happened; 0 where no thread of ours did it.
    public var thread: Int32
    public var body: Body

    public init(nanoseconds: UInt64, thread: Int32 = 0, _ body: Body) {
        self.nanoseconds = nanoseconds
        self.thread = thread
        self.body = body
    }

    public enum Body: Sendable {
        /// A machine is about to be built; what came before belongs to an earlier machine.
        case start(RunStart)
        case ioctl(IoctlCall)
        /// What the kernel and QEMU do for a request number: said once, before its first call.
        case guide(IoctlGuide)
        case descriptor(DescriptorChange)
        case thread(ThreadChange)
        case exit(Exit)
        case kernel(KernelEvent)
        /// Tracepoints that fired and are not kept one by one.
        case kernelTally(KernelTally)
        /// So many tracepoint records were written over by the kernel before they were read.
        case kernelLost(Int)
        /// What the kernel counted for a vCPU since the reading before.
        case statistics(StatisticsReading)
        /// The kernel's own functions that the ioctl before went through.
        case road(TracedRoad)
        /// How far into the kernel one can see from here on.
        case sight(KernelSight)
        /// The KVM on which the run is made.
        case host(HostKVM)
        case console(ConsoleText)
        /// A memory slot was set, or removed when its size is 0.
        case slot(MemorySlot)
        /// A reading of the whole descriptor table.
        case descriptors([Descriptor])
        /// A reading of all threads.
        case threads([HostThread])
        case registers(RegisterReading)
        /// The pages that changed since the last reading.
        case memory([MemoryPage])
        /// An ioctl waits at the gate and has not been made yet.
        case gate(IoctlCall)
        case phase(MachinePhase)
        case resumed(Resumption)
        case stopped(Stop)
        case mark(String)
        /// The machine's whole state was taken, so that it can be set back to this place.
        case keyframe(MachineKeyframe)
        /// The machine was set to a keyframe; the first event of a branch, or the return to one.
        case restored(Restored)
        /// What was done to the machine from outside and its guest will meet.
        case disturbed(Disturbance)
        /// An event before this one was given a name.
        case pastMark(PastMark)
        /// An address is followed, or another part of its way is shown.
        case walk(WalkQuestion)
        /// What KVM answered for the address of the walk in view.
        case translation(KernelTranslation)
        /// What the page map said of the host page behind it.
        case hostPage(HostPage)
        case processor(GuestProcessor)
        /// Something was refused or went wrong; the text is one line.
        case problem(String)
        case end(RunEnd)
        /// From the recording of a newer program.
        case unknown(UnknownEvent)
    }

    /// Where the fact was observed.
    public var source: Source {
        switch body {
        case .ioctl, .gate, .slot, .descriptor, .memory, .translation, .processor, .keyframe: .ioctl
        case .exit: .run
        case .registers(let reading): reading.source
        case .kernel, .kernelTally, .kernelLost, .road: .tracepoint
        case .statistics: .statistics
        case .descriptors, .threads, .thread, .host: .procfs
        case .hostPage: .pagemap
        case .disturbed: .observer
        case .start, .guide, .sight, .console, .phase, .resumed, .stopped, .mark, .pastMark, .walk, .restored, .problem,
            .end, .unknown:
            .program
        }
    }

    /// The vCPU that the event speaks of, where it speaks of one.
    public var vcpu: Int? {
        switch body {
        case .ioctl(let call), .gate(let call): call.vcpu
        case .exit(let exit): exit.vcpu
        case .kernel(let event): event.vcpu
        case .kernelTally(let tally): tally.vcpu
        case .statistics(let reading): reading.vcpu
        case .road(let road): road.vcpu
        case .registers(let reading): reading.vcpu
        case .resumed(let resumption): resumption.vcpu
        case .stopped(let stop): stop.vcpu
        case .thread(let change): change.vcpu
        case .walk(let question): question.vcpu
        case .translation(let answer): answer.vcpu
        default: nil
        }
    }
}

/// The first event of a run.
public struct RunStart: Sendable, Equatable {
    /// The guest's name as the user gave it.
    public var guest: String
    public var vcpus: Int
    /// Guest memory in bytes.
    public var memory: Int
    /// Names and addresses of the guest's symbols, sorted by address.
    public var symbols: [Symbol]
    /// Which instruction belongs to which line of the source, sorted by address.
    public var lines: [SourceLine]
    /// The source's text, where the guest was made from one.
    public var source: String?

    public init(
        guest: String, vcpus: Int, memory: Int, symbols: [Symbol] = [], lines: [SourceLine] = [], source: String? = nil
    ) {
        self.guest = guest
        self.vcpus = vcpus
        self.memory = memory
        self.symbols = symbols
        self.lines = lines
        self.source = source
    }
}

public struct Symbol: Sendable, Equatable {
    public var name: String
    public var address: UInt64

    public init(name: String, address: UInt64) {
        self.name = name
        self.address = address
    }
}

/// The source line from which the instruction at an address was made.
public struct SourceLine: Sendable, Equatable {
    public var address: UInt64
    /// Counted from 1.
    public var line: Int

    public init(address: UInt64, line: Int) {
        self.address = address
        self.line = line
    }
}

/// A moment to which the machine can be set back, as long as its contents are kept.
public struct MachineKeyframe: Sendable, Equatable {
    /// Unique in the session; from 1.
    public var id: Int
    /// Pages of guest memory that are not zeros.
    public var pages: Int
    /// Of those, pages that differ from the keyframe before.
    public var newPages: Int
    /// Ioctls that taking it cost, the KVM_RUNs in which KVM finished an access among them; none of them is listed, nor
    /// its return among the kernel's transitions.
    public var calls: Int
    /// Nanoseconds that it took.
    public var duration: UInt64

    public init(id: Int, pages: Int, newPages: Int, calls: Int, duration: UInt64) {
        self.id = id
        self.pages = pages
        self.newPages = newPages
        self.calls = calls
        self.duration = duration
    }
}

/// The machine was set to a keyframe.
public struct Restored: Sendable, Equatable {
    public var keyframe: Int
    /// The branch in which it goes on.
    public var branch: Int
    /// Pages of guest memory that were written.
    public var pages: Int
    /// One line: what could not be set back, or nothing.
    public var text: String

    public init(keyframe: Int, branch: Int, pages: Int, text: String = "") {
        self.keyframe = keyframe
        self.branch = branch
        self.pages = pages
        self.text = text
    }
}

/// How far a machine has come.
public enum MachinePhase: String, Sendable, CaseIterable {
    case unbuilt, building, ready, running, stopped, ended, failed
}

/// A vCPU was let go.
public struct Resumption: Sendable, Equatable {
    public enum How: String, Sendable, CaseIterable { case exit, instruction, run }
    public var vcpu: Int
    public var how: How

    public init(vcpu: Int, how: How) {
        self.vcpu = vcpu
        self.how = how
    }
}

/// A vCPU stands again, and all that can be known of it has been read.
public struct Stop: Sendable, Equatable {
    public enum Reason: String, Sendable, CaseIterable {
        /// The exit that was stepped to.
        case exit
        /// One instruction was executed.
        case instruction
        case breakpoint
        case watchpoint
        /// An `until` expression became true.
        case until
        /// Somebody paused it; the kick shows as `intr`.
        case pause
        /// Another vCPU stopped, and this one was made to stand with it.
        case together
        /// The machine was set to a keyframe and stands there.
        case restored
        /// KVM could not go on: internal error, fail-entry, shutdown or an exit that nobody expected.
        case failure
        /// KVM_RUN or another ioctl answered with an errno.
        case refused
        case halted
        /// The guest wrote to the debug-exit port.
        case ended
        case limit
        case timeout
        /// A real-mode guest called a BIOS, or took another vector that it had not set.
        case bios
    }
    public var vcpu: Int
    public var reason: Reason
    /// One line for the status bar.
    public var text: String

    public init(vcpu: Int, reason: Reason, text: String) {
        self.vcpu = vcpu
        self.reason = reason
        self.text = text
    }
}

extension Stop {
    /// Whether the guest came to an end that it did not mean: the text then says why.
    public var tellsOfDeath: Bool { [.failure, .bios, .timeout].contains(reason) }
}

/// The last event of a run.
public struct RunEnd: Sendable, Equatable {
    public enum Why: String, Sendable, CaseIterable { case hlt, exit, shutdown, limit, timeout, error, bios }
    public var why: Why
    /// The byte written to the debug-exit port; else 0, or the errno or suberror of an error.
    public var code: Int
    /// What a person needs to know beside `why`; empty where there is nothing.
    public var text: String

    public init(why: Why, code: Int, text: String = "") {
        self.why = why
        self.code = code
        self.text = text
    }
}

/// Bytes that the guest sent to the console.
public struct ConsoleText: Sendable, Equatable {
    public var vcpu: Int
    public var bytes: Bytes

    public init(vcpu: Int, bytes: Bytes) {
        self.vcpu = vcpu
        self.bytes = bytes
    }

    /// The bytes as text; what is not UTF-8 becomes U+FFFD.
    public var text: String { String(decoding: bytes.array, as: UTF8.self) }
}

/// A name for an event that lies further back.
public struct PastMark: Sendable, Equatable {
    public var name: String
    /// The cursor's position behind the event.
    public var position: Int

    public init(name: String, position: Int) {
        self.name = name
        self.position = position
    }
}
