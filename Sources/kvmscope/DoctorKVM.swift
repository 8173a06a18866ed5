internal import Host
internal import KVM
internal import Machine
internal import Session
internal import Timeline

/// What an open `/dev/kvm` answers to questions.
struct KVMAnswers {
    private(set) var version: [Checkup.Finding] = []
    private(set) var capabilities: [Checkup.Finding] = []
    private(set) var statistics: [Checkup.Finding] = []
    private(set) var hasStatistics = false
    /// A VM can be asked for: the device opens and speaks the version that we speak.
    private(set) var canCreate = false
    private(set) var refusal: String?

    init(device: String) {
        do throws(KVMError) {
            let system = try System.open(path: device)
            let number = try system.apiVersion()
            canCreate = number == System.stableAPIVersion
            if !canCreate { refusal = MachineError.version(number).description }
            version = [
                .init(
                    id: "kvm-api", title: "KVM's API version", state: canCreate ? .yes : .no, value: "\(number)",
                    source: "KVM_GET_API_VERSION", remedy: canCreate ? nil : "boot a kernel that is newer than 2007")
            ]
            for question in CapabilityQuestion.all {
                capabilities.append(question.finding(try system.checkExtension(question.capability)))
            }
            let answer = try system.checkExtension(CapabilityQuestion.statistics.capability)
            hasStatistics = answer > 0
            statistics = [CapabilityQuestion.statistics.finding(answer)]
        } catch {
            refusal = refusal ?? error.description
        }
    }
}

/// One question to KVM_CHECK_EXTENSION, and what its answer means here.
struct CapabilityQuestion {
    /// The kernel's name; include/uapi/linux/kvm.h.
    var name: String
    var capability: Capability
    var title: String
    /// What goes without it.
    var without: String
    /// The answer in words; an answer of 0 is said without it.
    var words: @Sendable (Int) -> String = { _ in "yes" }

    func finding(_ answer: Int) -> Checkup.Finding {
        .init(
            id: name, title: title, state: answer > 0 ? .yes : .no,
            value: answer > 0 ? words(answer) : "no: \(without)",
            source: name, remedy: nil)
    }

    static let statistics = CapabilityQuestion(
        name: "KVM_CAP_BINARY_STATS_FD", capability: Capability(rawValue: 203), title: "statistics descriptors",
        without: "KVM's counters cannot be read; they came with Linux 5.14")

    static let all: [CapabilityQuestion] = [
        CapabilityQuestion(
            name: "KVM_CAP_SYNC_REGS", capability: Capability(rawValue: 74), title: "registers in the run page",
            without: "each exit's registers cost an ioctl each",
            words: { mask in
                let groups = ["general", "special", "events"].enumerated().filter { mask >> $0.offset & 1 == 1 }
                return groups.map(\.element).joined(separator: ", ")
            }),
        CapabilityQuestion(
            name: "KVM_CAP_IMMEDIATE_EXIT", capability: Capability(rawValue: 136), title: "immediate exit",
            without: "a pause can miss the guest"),
        CapabilityQuestion(
            name: "KVM_CAP_SET_GUEST_DEBUG", capability: Capability(rawValue: 23), title: "stepping and breakpoints",
            without: "instructions cannot be stepped"),
        CapabilityQuestion(
            name: "KVM_CAP_MAX_VCPUS", capability: Capability(rawValue: 66), title: "vCPUs of a VM, at most",
            without: "not told", words: { "\($0)" }),
        CapabilityQuestion(
            name: "KVM_CAP_NR_VCPUS", capability: Capability(rawValue: 9), title: "vCPUs of a VM, recommended",
            without: "not told", words: { "\($0)" }),
        CapabilityQuestion(
            name: "KVM_CAP_NR_MEMSLOTS", capability: Capability(rawValue: 10), title: "memory slots of a VM",
            without: "not told", words: { "\($0)" }),
        CapabilityQuestion(
            name: "KVM_CAP_READONLY_MEM", capability: Capability(rawValue: 81), title: "read-only slots",
            without: "a slot cannot be read-only"),
        CapabilityQuestion(
            name: "KVM_CAP_DIRTY_LOG_RING", capability: Capability(rawValue: 192), title: "dirty ring",
            without: "changed pages are found by the dirty log", words: { "up to \($0) bytes a vCPU" }),
        CapabilityQuestion(
            name: "KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2", capability: Capability(rawValue: 168),
            title: "dirty log, cleared by hand", without: "reading the dirty log clears it"),
        CapabilityQuestion(
            name: "KVM_CAP_X86_USER_SPACE_MSR", capability: Capability(rawValue: 188), title: "MSR exits",
            without: "an unknown MSR gives the guest #GP and nobody sees it"),
        CapabilityQuestion(
            name: "KVM_CAP_EXIT_HYPERCALL", capability: Capability(rawValue: 201), title: "hypercall exits",
            without: "KVM answers hypercalls itself",
            words: { mask in
                "hypercalls \((0..<32).filter { mask >> $0 & 1 == 1 }.map(String.init).joined(separator: ", "))"
            }),
        CapabilityQuestion(
            name: "KVM_CAP_MEMORY_FAULT_INFO", capability: Capability(rawValue: 232), title: "memory-fault exits",
            without: "unmapped host memory gives a bare EFAULT"),
    ]
}

/// The smallest guest, one `hlt`, run to its end in one start mode: the only proof that guests can run.
struct TrialRun {
    var mode: StartMode
    var succeeded: Bool
    var value: String

    static func all(device: String) -> [TrialRun] {
        StartMode.allCases.reversed().map { TrialRun($0, device: device) }
    }

    private init(_ mode: StartMode, device: String) {
        self.mode = mode
        do throws(MachineError) {
            // f4  hlt
            let image = try GuestImage.flat(name: "hlt", bytes: [0xF4], mode: mode)
            let session = Session(SessionConfiguration(image: image, devicePath: device))
            let end = try session.trace(TraceLimits(seconds: 5)) { _ in }
            succeeded = end.why == .hlt
            value = succeeded ? "ran `hlt` to its exit" : "`hlt` ended with \(end.why.rawValue) \(end.text)"
        } catch {
            succeeded = false
            value = error.description
        }
    }

    var finding: Checkup.Finding {
        .init(
            id: "guest-\(mode.rawValue)", title: "guest in \(mode.rawValue) mode", state: succeeded ? .yes : .no,
            value: value, source: "KVM_RUN",
            remedy: succeeded ? nil : "start guests in another mode (--mode), and see what the kernel says: sudo dmesg")
    }
}
