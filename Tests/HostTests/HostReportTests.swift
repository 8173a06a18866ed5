import Glibc
import Testing

@testable import Host

@Suite struct HostReportTests {
    private func report(_ machine: PlayedMachine, device: String = "/dev/kvm") -> HostReport {
        HostReport.read(
            files: machine, device: device, searchPath: "/usr/local/bin:/usr/bin:/opt/bin", versions: ["gcc": "12.2.0"])
    }

    private static let machines: [PlayedMachine] = [.intel, .amdWithoutNPT, .withoutKVM, .asOrdinaryUser, .silent]

    @Test(arguments: machines.indices)
    func everyQuestionIsAnsweredOnceAndInOrder(index: Int) {
        let items = report(Self.machines[index]).items
        #expect(items.map(\.question) == HostReport.Question.allCases)
        #expect(items.allSatisfy { !$0.value.isEmpty && !$0.source.isEmpty && !$0.question.title.isEmpty })
        #expect(items.allSatisfy { !($0.value + ($0.remedy ?? "")).contains("\n") })
    }

    @Test func anIntelMachineThatAllowsEverythingSaysSo() {
        let report = report(.intel)
        let wanting = report.items.filter { $0.state != .yes && $0.question != .guest }
        #expect(wanting == [])
        #expect(report.kind == .intel)
        #expect(report.paging == .twoDimensional)
        #expect(report.isGuest == false)
        #expect(report[.paging]?.source == "/sys/module/kvm_intel/parameters/ept")
        #expect(report[.processor]?.value == "Intel(R) Core(TM) i5-8250U CPU @ 1.60GHz (GenuineIntel)")
        #expect(report[.kernel]?.value == "6.1.0-18-amd64")
        #expect(report[.kvmEvents]?.value.hasPrefix("3 events") == true)
        #expect(report[.memory]?.value == "12 GiB of 15.6 GiB")
        #expect(report[.compiler]?.value == "/usr/bin/gcc (12.2.0), /opt/bin/clang")
    }

    @Test func anAMDMachineWithoutNestedPagingShadows() {
        let report = report(.amdWithoutNPT)
        #expect(report.kind == .amd)
        #expect(report.paging == .shadow)
        #expect(report[.paging]?.state == .no)
        #expect(report[.paging]?.remedy?.contains("modprobe kvm_amd npt=1") == true)
        #expect(report[.nested]?.state == .no)
        #expect(report[.virtualization]?.value == "AMD-V (svm)")
    }

    @Test func aGuestWithoutKVMIsToldToAskItsHost() {
        let report = report(.withoutKVM)
        #expect(report[.device]?.state == .no)
        #expect(report[.device]?.remedy?.contains("nested virtualization") == true)
        #expect(report[.kind]?.state == .no)
        #expect(report.kind == nil)
        #expect(report.paging == nil)
        #expect(report.isGuest == true)
        #expect(report[.guest]?.value.contains("Amazon EC2") == true)
        #expect(report[.guest]?.remedy?.contains("outer host") == true)
    }

    @Test func whatIsMissingWithoutKVMDependsOnTheProcessor() {
        var machine = PlayedMachine.withoutKVM
        func remedy(flags: String) -> String? {
            machine.files["/proc/cpuinfo"] = "vendor_id\t: x\nflags\t\t: \(flags)\n"
            return report(machine)[.device]?.remedy
        }
        #expect(remedy(flags: "fpu vmx") == "sudo modprobe kvm_intel")
        #expect(remedy(flags: "fpu svm hypervisor") == "sudo modprobe kvm_amd")
        #expect(remedy(flags: "fpu")?.contains("firmware") == true)
        machine.files["/sys/class/misc/kvm/dev"] = "10:232\n"
        #expect(remedy(flags: "fpu vmx")?.contains("container") == true)
    }

    @Test func anOrdinaryUserIsToldWhichGroupToJoin() {
        let report = report(.asOrdinaryUser)
        #expect(report[.device]?.state == .no)
        #expect(report[.device]?.value == "open /dev/kvm: EACCES")
        #expect(report[.device]?.remedy == "sudo usermod -aG kvm $USER, then log in again")
        #expect(report[.pagemap]?.state == .limited)
        #expect(report[.pagemap]?.value.contains("CAP_SYS_ADMIN") == true)
        #expect(report[.kpageflags]?.state == .no)
        #expect(report[.tracefs]?.state == .no)
        #expect(report[.kvmEvents]?.state == .unknown)
        let missing = report.items.filter { [.no, .limited].contains($0.state) && $0.question != .guest }
        #expect(missing.allSatisfy { $0.remedy != nil })
    }

    @Test(arguments: [
        (EACCES, "setfacl"), (EPERM, "container"), (ENXIO, "modprobe kvm_intel"), (ENODEV, "modprobe kvm_intel"),
        (EIO, "dmesg"),
    ])
    func eachRefusalOfTheDeviceHasItsRemedy(errno: Int32, remedy: String) {
        var machine = PlayedMachine.intel
        machine.devices["/dev/kvm"]?.group = 0
        machine.opening = errno
        let item = report(machine)[.device]
        #expect(item?.state == .no)
        #expect(item?.remedy?.contains(remedy) == true)
    }

    @Test func anotherDevicePathIsJudgedByItsNumbers() {
        var machine = PlayedMachine.intel
        machine.devices["/jail/kvm"] = PlayedMachine.kvmNode
        #expect(report(machine, device: "/jail/kvm")[.device]?.state == .yes)
        machine.devices["/dev/null"] = FileStatus(isCharacterDevice: true, major: 1, minor: 3, mode: 0o666)
        #expect(report(machine, device: "/dev/null")[.device]?.value == "/dev/null is device 1,3, not KVM's 10,232")
        #expect(report(machine, device: "/proc/mounts")[.device]?.state == .no)
        machine.refused["/closed/kvm"] = EACCES
        #expect(report(machine, device: "/closed/kvm")[.device]?.value == "stat /closed/kvm: EACCES")
    }

    @Test func aModuleWithoutHardwareShadowsAndAnUnknownOneKeepsItsName() {
        var machine = PlayedMachine.intel
        machine.files = machine.files.filter { !$0.key.hasPrefix("/sys/module/kvm_intel") }
        #expect(report(machine)[.kind]?.state == .unknown)
        machine.files["/sys/module/kvm_pvm/parameters/force"] = "N"
        #expect(report(machine).kind == .pvm)
        #expect(report(machine).paging == .shadow)
        machine.files["/proc/cpuinfo"] = "flags\t\t: fpu hypervisor\n"
        #expect(report(machine)[.virtualization]?.state == .no)
        #expect(report(machine)[.virtualization]?.remedy == nil)
        machine.files["/sys/module/kvm_new/parameters/x"] = "N"
        #expect(report(machine)[.kind]?.value == "kvm_new or kvm_pvm")
        #expect(report(machine).kind == nil)
        machine.files["/sys/module/kvm_pvm/parameters/force"] = nil
        #expect(report(machine).kind == .other("kvm_new"))
        #expect(report(machine)[.paging]?.state == .unknown)
    }

    @Test func tracingSaysWhatIsMissing() {
        var machine = PlayedMachine.intel
        machine.files["/sys/kernel/tracing/available_tracers"] = "blk function nop\n"
        #expect(report(machine)[.functionGraph]?.state == .no)
        #expect(report(machine)[.functionGraph]?.remedy?.contains("CONFIG_FUNCTION_GRAPH_TRACER") == true)
        machine = .intel
        machine.refused["/sys/kernel/tracing/available_filter_functions"] = ENODEV
        #expect(report(machine)[.functionGraph]?.state == .limited)
        machine.files["/sys/kernel/tracing/events/kvm/kvm_exit/id"] = nil
        #expect(report(machine)[.kvmEvents]?.state == .limited)
        machine.writable = []
        #expect(report(machine)[.traceInstance]?.state == .no)
        machine.files["/proc/mounts"] = "proc /proc proc rw 0 0\n"
        #expect(report(machine)[.tracefs]?.remedy == "sudo mount -t tracefs nodev /sys/kernel/tracing")
        machine.files["/proc/mounts"] = "tracefs /sys/kernel/debug/tracing tracefs rw 0 0\n"
        #expect(report(machine)[.tracefs]?.source == "/sys/kernel/debug/tracing")
    }

    @Test func rightsAreAdvisedWhereTheyHelpAndNowhereElse() {
        var machine = PlayedMachine.asOrdinaryUser
        machine.files["/proc/mounts"] = "proc /proc proc rw 0 0\n"
        #expect(
            report(machine)[.tracefs]?.remedy
                == "sudo mount -t tracefs nodev /sys/kernel/tracing, then run as root (sudo)")
        // Nothing here reads perf events, locks memory or takes hugetlb pages, so nothing of it is advised.
        machine.files["/proc/sys/kernel/perf_event_paranoid"] = "4\n"
        let advice = report(machine).items.compactMap(\.remedy).joined(separator: "\n")
        for word in ["perf", "sysctl", "ulimit", "nr_hugepages"] { #expect(!advice.contains(word)) }
        // A root from which a container took what it needs.
        machine.files["/proc/self/status"] = "Uid:\t0\t0\t0\t0\n"
        #expect(report(machine)[.pagemap]?.remedy?.contains("--privileged") == true)
        #expect(report(machine)[.kpageflags]?.remedy?.contains("run as root") == false)
    }

    @Test func smallMemoryAndMissingToolsHaveRemedies() {
        var machine = PlayedMachine.intel
        machine.files["/proc/meminfo"] = "MemAvailable:   100000 kB\n"
        machine.executables = []
        for question: HostReport.Question in [
            .memory, .assembler, .linker, .compiler,
        ] {
            let item = report(machine)[question]
            #expect(item?.state == .no || item?.state == .limited, "\(question)")
            #expect(item?.remedy != nil, "\(question)")
        }
        #expect(report(machine)[.memory]?.value == "97.6 MiB")
    }

    @Test func aMachineThatSaysNothingIsUnknownAndNotGuessed() {
        let report = report(.silent)
        #expect(report.kind == nil && report.paging == nil && report.isGuest == nil)
        for question: HostReport.Question in [.paging, .guest, .processor, .virtualization, .kernel, .memory] {
            #expect(report[question]?.state == .unknown, "\(question)")
        }
    }

    @Test func damagedFilesAreBorne() {
        var machine = PlayedMachine.intel
        for path in machine.files.keys { machine.files[path] = "]\u{FFFD}:[ \n:\n\n\t" }
        machine.pagemapEntry = .max
        #expect(report(machine).items.count == HostReport.Question.allCases.count)
        for path in machine.files.keys { machine.files[path] = "" }
        #expect(report(machine).items.count == HostReport.Question.allCases.count)
    }

    @Test func aTreeOfFilesOnDiskPlaysAMachine() {
        let tree = TemporaryTree()
        tree.write("proc/cpuinfo", "vendor_id\t: GenuineIntel\nflags\t\t: vmx\n")
        tree.write("sys/module/kvm_intel/parameters/ept", "N\n")
        tree.write("bin/as", "#!/bin/sh\n")
        tree.write("bin/ld", "no program\n")
        tree.makeDirectory("bin/gcc")
        tree.makeLink("loop", to: "loop")
        chmod(tree.path + "/bin/as", 0o755)
        let files = RootedFiles(root: tree.path)
        let report = HostReport.read(files: files, searchPath: "/bin")
        #expect(report.kind == .intel)
        #expect(report.paging == .shadow)
        #expect(report[.device]?.value == "/dev/kvm does not exist")
        #expect(report[.assembler]?.value == "/bin/as")
        #expect(report[.linker]?.state == .no)
        #expect(report[.compiler]?.state == .no)
        #expect(throws: FileRefusal(call: "open", path: "/loop", errno: ELOOP)) {
            try files.bytes("/loop", at: 0, count: 1)
        }
        #expect(throws: FileRefusal(call: "list", path: "/none", errno: ENOENT)) { try files.names(in: "/none") }
    }

    @Test func thisMachineIsReportedAsItIs() throws {
        let report = HostReport.read()
        var name = utsname()
        #expect(uname(&name) == 0)
        let release = withUnsafeBytes(of: &name.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        #expect(report[.kernel]?.value == release)
        let fd = open("/dev/kvm", O_RDWR | O_CLOEXEC)
        #expect((report[.device]?.state == .yes) == (fd >= 0))
        if fd >= 0 { close(fd) }
        #expect(report[.pagemap]?.state != .unknown)
    }

    @Test func sizesHaveOneDecimalAndALargestUnit() {
        #expect(sizeText(kilobytes: 0) == "0 KiB")
        #expect(sizeText(kilobytes: 1023) == "1023 KiB")
        #expect(sizeText(kilobytes: 1536) == "1.5 MiB")
        #expect(sizeText(kilobytes: 24_684_084) == "23.5 GiB")
        #expect(sizeText(kilobytes: .max).hasSuffix("TiB"))
    }
}
