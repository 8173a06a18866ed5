import Glibc

/// What this machine allows kvmscope to do and to see, and for what is missing the way to get it.
public struct HostReport: Sendable, Equatable {
    public enum State: String, Sendable, CaseIterable {
        case yes
        case no
        /// There, but less of it than kvmscope can use.
        case limited
        /// The machine does not say.
        case unknown
    }

    /// The questions, in the order in which a person would ask them.
    public enum Question: String, Sendable, CaseIterable {
        case device = "kvm-device"
        case kind = "kvm-kind"
        case paging
        case nested
        case guest = "host-is-a-guest"
        case processor
        case virtualization
        case kernel
        case pagemap
        case kpageflags
        case tracefs
        case kvmEvents = "kvm-events"
        case traceInstance = "trace-instance"
        case functionGraph = "function-graph"
        case transparentHugePages = "transparent-huge-pages"
        case memory
        case assembler
        case linker
        case compiler

        /// A few words for the left column.
        public var title: String {
            switch self {
            case .device: "KVM device"
            case .kind: "kind of KVM"
            case .paging: "two-dimensional paging"
            case .nested: "nested virtualization"
            case .guest: "host is itself a guest"
            case .processor: "processor"
            case .virtualization: "virtualization in hardware"
            case .kernel: "kernel"
            case .pagemap: "page map with PFNs"
            case .kpageflags: "page flags"
            case .tracefs: "tracefs"
            case .kvmEvents: "KVM tracepoints"
            case .traceInstance: "trace instance of our own"
            case .functionGraph: "function_graph tracer"
            case .transparentHugePages: "transparent huge pages"
            case .memory: "memory available"
            case .assembler: "assembler"
            case .linker: "linker"
            case .compiler: "C compiler"
            }
        }
    }

    /// The answer to one question.
    public struct Item: Sendable, Equatable {
        public var question: Question
        public var state: State
        /// What was found, in a few words.
        public var value: String
        /// The path that was read.
        public var source: String
        /// What to do to get what is missing, in one line; nil where nothing is missing or nothing helps.
        public var remedy: String?
    }

    /// The module that drives KVM's hardware side.
    public enum Kind: Sendable, Equatable {
        case intel
        case amd
        case pvm
        /// Another module below /sys/module, by its name.
        case other(String)
    }

    /// Who translates a guest's physical addresses.
    public enum Paging: Sendable, Equatable {
        /// The processor walks the guest's tables and then KVM's (EPT, NPT).
        case twoDimensional
        /// KVM keeps tables that map guest virtual addresses at once.
        case shadow
    }

    /// One item for each question, in the order of the questions.
    public var items: [Item]
    /// nil where no module, or more than one, says it.
    public var kind: Kind?
    public var paging: Paging?
    /// Then a host physical address is one of the outer host's guest physical addresses. nil where nothing says it.
    public var isGuest: Bool?

    public subscript(question: Question) -> Item? { items.first { $0.question == question } }

    /// Asks everything; reads files only, runs nothing and changes nothing.
    ///
    /// - Parameters:
    ///   - device: path of the KVM device node.
    ///   - searchPath: directories for the toolchain, with colons between; nil takes PATH of the environment.
    ///   - versions: what the caller knows of the tools' versions, by the tool's name, such as `gcc`.
    public static func read(
        files: any HostFiles = RootedFiles(), device: String = "/dev/kvm", searchPath: String? = nil,
        versions: [String: String] = [:]
    ) -> HostReport {
        let path = searchPath ?? getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        let survey = HostSurvey(files: files, device: device)
        let (kindItem, kind) = survey.kindOfKVM()
        let (pagingItem, paging) = survey.translation(kind)
        let (guestItem, isGuest) = survey.hostIsGuest()
        let items =
            [
                survey.deviceNode(), kindItem, pagingItem, survey.nested(kind), guestItem, survey.processor(),
                survey.virtualization(), survey.kernel(), survey.pagemap(), survey.kpageflags(),
            ] + survey.tracing() + [
                survey.transparentHugePages(), survey.memory(),
            ] + survey.toolchain(path: path, versions: versions)
        return HostReport(items: items, kind: kind, paging: paging, isGuest: isGuest)
    }
}
