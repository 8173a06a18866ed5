/// Whether the kernel can trace its own functions below an ioctl of KVM (the function_graph tracer).
///
/// Linux, Documentation/trace/ftrace.rst, function graph tracer.
public struct FunctionGraph: Sendable, Equatable {
    /// Where the roads of KVM's ioctls begin in the kernel, outermost first for each kind of descriptor.
    public static let roots = ["kvm_dev_ioctl", "kvm_vm_ioctl", "kvm_vcpu_ioctl", "kvm_device_ioctl"]

    /// The same answer as in the host report, with reason and remedy.
    public var item: HostReport.Item
    /// Those of `roots` that this kernel lets be traced; empty where it does not list its functions.
    public var traceable: [String]

    public var isAvailable: Bool { item.state == .yes && !traceable.isEmpty }

    /// Reads tracefs, with its list of functions where there is one: some ten milliseconds then.
    public static func probe(files: any HostFiles = RootedFiles()) -> FunctionGraph {
        let items = HostSurvey(files: files, device: "/dev/kvm").tracing()
        guard var item = items.first(where: { $0.question == .functionGraph }) else {
            return FunctionGraph(
                item: HostReport.Item(
                    question: .functionGraph, state: .unknown, value: "not asked", source: "", remedy: nil),
                traceable: [])
        }
        guard item.state == .yes, let mount = items.first(where: { $0.question == .tracefs })?.source else {
            return FunctionGraph(item: item, traceable: [])
        }
        let found = functions(mount + "/available_filter_functions", files)
        let traceable = roots.filter { found.contains($0) }
        if traceable.isEmpty {
            item.state = .limited
            item.value = "there, but none of KVM's ioctl functions can be traced"
            item.remedy = "load KVM's module first"
        }
        return FunctionGraph(item: item, traceable: traceable)
    }

    /// The names of the list that are roots; the list has a function a line, with its module behind it.
    private static func functions(_ path: String, _ files: any HostFiles) -> Set<String> {
        var found: Set<String> = []
        var offset: UInt64 = 0
        var rest: [UInt8] = []
        let wanted = Set(roots.map { Array($0.utf8) })
        while let chunk = try? files.bytes(path, at: offset, count: 1 << 18), !chunk.isEmpty {
            offset += UInt64(chunk.count)
            rest += chunk
            var lines = rest.split(separator: 0x0A, omittingEmptySubsequences: false)
            let last = lines.popLast() ?? []
            for line in lines {
                let name = Array(line.prefix { $0 != 0x20 })
                if wanted.contains(name) { found.insert(String(decoding: name, as: UTF8.self)) }
            }
            rest = Array(last)
            if found.count == roots.count { return found }
        }
        let name = String(decoding: rest.prefix { $0 != 0x20 }, as: UTF8.self)
        if roots.contains(name) { found.insert(name) }
        return found
    }
}
