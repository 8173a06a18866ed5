import Glibc

@testable import Host

/// Another machine, as its files would tell of it; a refusal may be put before any path.
struct PlayedMachine: HostFiles {
    var files: [String: String] = [:]
    var refused: [String: Int32] = [:]
    var devices: [String: FileStatus] = [:]
    /// What opening a device answers; 0 where it opens.
    var opening: Int32 = 0
    var writable: Set<String> = []
    var executables: Set<String> = []
    /// The entry of any page in /proc/self/pagemap.
    var pagemapEntry: UInt64 = 1 << 63 | 0x1234

    private func allow(_ path: String, _ call: String) throws(FileRefusal) {
        if let errno = refused[path] { throw FileRefusal(call: call, path: path, errno: errno) }
    }

    func bytes(_ path: String, at offset: UInt64, count: Int) throws(FileRefusal) -> [UInt8] {
        try allow(path, "open")
        if path == "/proc/self/pagemap" { return withUnsafeBytes(of: pagemapEntry.littleEndian) { Array($0) } }
        guard let text = files[path] else { throw FileRefusal(call: "open", path: path, errno: ENOENT) }
        return Array(text.utf8.dropFirst(Int(offset)).prefix(count))
    }

    func names(in directory: String) throws(FileRefusal) -> [String] {
        try allow(directory, "list")
        let below = files.keys.filter { $0.hasPrefix(directory + "/") }
        guard !below.isEmpty else { throw FileRefusal(call: "list", path: directory, errno: ENOENT) }
        return Set(below.map { String($0.dropFirst(directory.count + 1).prefix { $0 != "/" }) }).sorted()
    }

    func status(_ path: String) throws(FileRefusal) -> FileStatus {
        try allow(path, "stat")
        if let device = devices[path] { return device }
        guard files.keys.contains(where: { $0 == path || $0.hasPrefix(path + "/") }) else {
            throw FileRefusal(call: "stat", path: path, errno: ENOENT)
        }
        return FileStatus(isCharacterDevice: false, mode: 0o644)
    }

    func tryOpening(_ path: String) throws(FileRefusal) {
        if opening != 0 { throw FileRefusal(call: "open", path: path, errno: opening) }
    }

    func canWrite(in directory: String) -> Bool { writable.contains(directory) }
    func isExecutable(_ path: String) -> Bool { executables.contains(path) }
}

extension PlayedMachine {
    static let kvmNode = FileStatus(isCharacterDevice: true, major: 10, minor: 232, group: 104, mode: 0o660)

    /// A PC with VT-x and EPT, on which root asks: everything is allowed.
    static let intel: PlayedMachine = {
        var machine = PlayedMachine()
        machine.devices["/dev/kvm"] = kvmNode
        machine.files = [
            "/proc/cpuinfo": """
            processor\t: 0
            vendor_id\t: GenuineIntel
            model name\t: Intel(R) Core(TM) i5-8250U CPU @ 1.60GHz
            flags\t\t: fpu vme pse vmx ept lm

            processor\t: 1
            vendor_id\t: GenuineIntel
            flags\t\t: fpu hypervisor

            """,
            "/proc/self/status": "Name:\tkvmscope\nUid:\t0\t0\t0\t0\n",
            "/proc/meminfo": "MemTotal:       16384000 kB\nMemFree: 1 kB\nMemAvailable:   12582912 kB\n",
            "/proc/mounts": "proc /proc proc rw 0 0\ntracefs /sys/kernel/tracing tracefs rw,nosuid 0 0\n",
            "/proc/sys/kernel/osrelease": "6.1.0-18-amd64\n",
            "/proc/kpageflags": "\0\0\0\0\0\0\0\0",
            "/etc/group": "root:x:0:\nkvm:x:104:\n",
            "/sys/class/dmi/id/sys_vendor": "LENOVO\n",
            "/sys/class/dmi/id/product_name": "20KH\n",
            "/sys/module/kvm/parameters/tdp_mmu": "Y\n",
            "/sys/module/kvm_intel/parameters/ept": "Y\n",
            "/sys/module/kvm_intel/parameters/nested": "Y\n",
            "/sys/module/snd/parameters/x": "1\n",
            "/sys/kernel/tracing/available_events": "kvm:kvm_entry\n",
            "/sys/kernel/tracing/available_tracers": "blk function_graph function nop\n",
            "/sys/kernel/tracing/available_filter_functions": "kvm_vcpu_ioctl [kvm]\n",
            "/sys/kernel/tracing/instances/.": "",
            "/sys/kernel/tracing/events/kvm/enable": "0\n",
            "/sys/kernel/tracing/events/kvm/kvm_entry/id": "1\n",
            "/sys/kernel/tracing/events/kvm/kvm_exit/id": "2\n",
            "/sys/kernel/tracing/events/kvm/kvm_userspace_exit/id": "3\n",
            "/sys/kernel/mm/transparent_hugepage/enabled": "[always] madvise never\n",
        ]
        machine.writable = ["/sys/kernel/tracing/instances"]
        machine.executables = ["/usr/bin/as", "/usr/bin/ld", "/usr/bin/gcc", "/opt/bin/clang"]
        return machine
    }()

    /// The same with AMD-V and its nested paging switched off.
    static let amdWithoutNPT: PlayedMachine = {
        var machine = intel
        machine.files = machine.files.filter { !$0.key.hasPrefix("/sys/module/kvm_intel") }
        machine.files["/proc/cpuinfo"] =
            "vendor_id\t: AuthenticAMD\nmodel name\t: AMD Ryzen 5\nflags\t\t: fpu svm npt lm\n"
        machine.files["/sys/module/kvm_amd/parameters/npt"] = "0\n"
        machine.files["/sys/module/kvm_amd/parameters/nested"] = "0\n"
        return machine
    }()

    /// A cloud machine without nested virtualization.
    static let withoutKVM: PlayedMachine = {
        var machine = intel
        machine.devices = [:]
        machine.files = machine.files.filter { !$0.key.hasPrefix("/sys/module/kvm") }
        machine.files["/proc/cpuinfo"] = "vendor_id\t: GenuineIntel\nmodel name\t: Xeon\nflags\t\t: fpu lm hypervisor\n"
        machine.files["/sys/class/dmi/id/sys_vendor"] = "Amazon EC2\n"
        return machine
    }()

    /// The PC again, but a person asks who is neither root nor in the group kvm.
    static let asOrdinaryUser: PlayedMachine = {
        var machine = intel
        machine.opening = EACCES
        machine.files["/proc/self/status"] = "Name:\tkvmscope\nUid:\t1000\t1000\t1000\t1000\n"
        machine.refused = ["/sys/kernel/tracing": EACCES, "/proc/kpageflags": EACCES]
        machine.pagemapEntry = 1 << 63
        machine.writable = []
        return machine
    }()

    /// No file at all.
    static let silent: PlayedMachine = {
        var machine = PlayedMachine()
        machine.refused["/proc/self/pagemap"] = ENOENT
        return machine
    }()
}
