/// The reading of one machine: what several questions need is read once.
struct HostSurvey {
    let files: any HostFiles
    let device: String
    /// The first processor's lines of /proc/cpuinfo, by name.
    let cpu: [String: String]
    /// `flags` of x86, `Features` of Arm.
    let cpuFlags: Set<String>
    /// Names below /sys/module that begin with `kvm`.
    let modules: [String]
    /// The effective user is root, whatever else a container or a service manager took from it.
    let isRoot: Bool

    init(files: any HostFiles, device: String) {
        self.files = files
        self.device = device
        var cpu: [String: String] = [:]
        for line in ((try? files.text("/proc/cpuinfo")) ?? "").split(separator: "\n", omittingEmptySubsequences: false)
        {
            // An empty line ends the first processor.
            if line.isEmpty, !cpu.isEmpty { break }
            guard let colon = line.firstIndex(of: ":") else { continue }
            cpu[trim(line[..<colon])] = trim(line[line.index(after: colon)...])
        }
        self.cpu = cpu
        cpuFlags = Set((cpu["flags"] ?? cpu["Features"] ?? "").split(separator: " ").map(String.init))
        modules = ((try? files.names(in: "/sys/module")) ?? []).filter { $0 == "kvm" || $0.hasPrefix("kvm_") }
        // Real, effective, saved and file system user; proc(5).
        let users = ((try? files.text("/proc/self/status")) ?? "").split(separator: "\n")
            .first { $0.hasPrefix("Uid:") }?.split(separator: "\t")
        isRoot = users.map { $0.count > 2 && $0[2] == "0" } ?? false
    }

    /// What to do where the kernel keeps something for those with the rights of the whole machine.
    var asRoot: String {
        isRoot
            ? "root may not here: in a container, start that with --privileged"
            : "run as root (sudo)"
    }

    func item(
        _ question: HostReport.Question, _ state: HostReport.State, _ value: String, source: String,
        remedy: String? = nil
    ) -> HostReport.Item {
        HostReport.Item(question: question, state: state, value: value, source: source, remedy: remedy)
    }

    func processor() -> HostReport.Item {
        let model = cpu["model name"] ?? cpu["CPU part"].map { "part \($0)" }
        let vendor = cpu["vendor_id"] ?? cpu["CPU implementer"].map { "implementer \($0)" }
        let parts = [model, vendor.map { "(\($0))" }].compactMap { $0 }
        guard !parts.isEmpty else { return item(.processor, .unknown, "not named", source: "/proc/cpuinfo") }
        return item(.processor, .yes, parts.joined(separator: " "), source: "/proc/cpuinfo")
    }

    func kernel() -> HostReport.Item {
        let source = "/proc/sys/kernel/osrelease"
        guard let release = files.line(source) else { return item(.kernel, .unknown, "not told", source: source) }
        return item(.kernel, .yes, release, source: source)
    }

    /// Whether the kernel that we run on runs in a virtual machine itself.
    func hostIsGuest() -> (HostReport.Item, Bool?) {
        let note = "a host physical address shown here is the outer host's guest physical address"
        func found(_ value: String, _ source: String) -> (HostReport.Item, Bool?) {
            (item(.guest, .yes, value, source: source, remedy: note), true)
        }
        // The name of the outer machine, where one of them tells it.
        let product = ["/sys/class/dmi/id/sys_vendor", "/sys/class/dmi/id/product_name"].compactMap { files.line($0) }
            .joined(separator: " ")
        if cpuFlags.contains("hypervisor") {
            return found(product.isEmpty ? "CPU flag hypervisor" : "CPU flag hypervisor; \(product)", "/proc/cpuinfo")
        }
        if let type = files.line("/sys/hypervisor/type") { return found(type, "/sys/hypervisor/type") }
        let known = ["QEMU", "KVM", "VMware", "VirtualBox", "Virtual Machine", "Xen", "Bochs", "BHYVE", "Firecracker"]
        if known.contains(where: { product.contains($0) }) { return found(product, "/sys/class/dmi/id/product_name") }
        // Only x86 has a flag whose absence says something (CPUID leaf 1, ECX bit 31).
        guard cpu["flags"] != nil else {
            return (item(.guest, .unknown, "nothing says so", source: "/proc/cpuinfo"), nil)
        }
        return (item(.guest, .no, product.isEmpty ? "no" : product, source: "/proc/cpuinfo"), false)
    }
}

/// The first word behind a label at the start of a line.
func field(_ label: String, of text: String) -> Substring? {
    text.split(separator: "\n").first { $0.hasPrefix(label) }?.dropFirst(label.count)
        .split(whereSeparator: { $0 == " " || $0 == "\t" }).first
}
