import Glibc
import Testing
import Timeline

@testable import Host

@Suite struct DescriptorTableTests {
    private func entry(_ fd: Int32) throws -> Descriptor {
        try #require(DescriptorTable.read().first { $0.fd == fd })
    }

    @Test func anOpenFileAppearsAndIsGoneOnceClosed() throws {
        let fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC)
        #expect(fd >= 0)
        let shown = try entry(fd)
        var status = stat()
        #expect(fstat(fd, &status) == 0)
        #expect(shown.type == "REG")
        #expect(shown.inode == UInt64(status.st_ino))
        #expect(shown.target.hasPrefix("/"))
        #expect(shown.kind == .other)
        #expect(shown.openedBy == nil)
        let copy = fcntl(fd, F_DUPFD_CLOEXEC, 900)
        #expect(copy >= 900)
        #expect(try entry(copy).target == shown.target)
        close(copy)
        #expect(!DescriptorTable.read().contains { $0.fd == copy })
        close(fd)
    }

    @Test func eachTypeHasTheNameThatLsofGivesIt() throws {
        let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
        let directory = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        let anonymous = inotify_init1(0)
        let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var pipes: [Int32] = [-1, -1]
        #expect(pipe(&pipes) == 0)
        defer { for fd in [null, directory, anonymous, socket] + pipes { close(fd) } }

        #expect(try entry(null).type == "CHR")
        #expect(try entry(null).device == "1,3")
        #expect(try entry(null).target == "/dev/null")
        #expect(try entry(directory).type == "DIR")
        #expect(try entry(directory).target == "/")
        #expect(try entry(anonymous).type == "a_inode")
        #expect(try entry(anonymous).target == "anon_inode:inotify")
        #expect(try entry(socket).type == "sock")
        #expect(try entry(socket).target == "socket:[\(entry(socket).inode)]")
        #expect(try entry(pipes[0]).type == "FIFO")
        #expect(try entry(pipes[0]).inode == entry(pipes[1]).inode)
    }

    @Test func theReadersOwnDirectoryIsLeftOut() {
        // Another test may read at the same moment, and its directory then shows rightly; ours would show each time.
        let clean = (0..<100).contains { _ in
            !DescriptorTable.read().contains { $0.target == "/proc/\(getpid())/fd" }
        }
        #expect(clean)
    }

    @Test func theOrderIsAscending() {
        let table = DescriptorTable.read()
        #expect(table.map(\.fd) == table.map(\.fd).sorted())
        #expect(!table.isEmpty)
    }

    @Test(arguments: [
        ("anon_inode:kvm-vm", Descriptor.Kind.vm),
        ("anon_inode:kvm-vcpu:0", .vcpu(0)),
        ("anon_inode:kvm-vcpu:254", .vcpu(254)),
        ("anon_inode:kvm-vm-stats", .statistics),
        ("anon_inode:kvm-vcpu-stats:3", .statistics),
        ("anon_inode:kvm-vfio", .device("kvm-vfio")),
        ("anon_inode:kvm-something-new", .device("kvm-something-new")),
        ("anon_inode:[eventfd]", .other),
        ("/srv/anon_inode:kvm-vm", .other),
        ("", .other),
    ])
    func namesOfTheKernelTellTheKind(target: String, kind: Descriptor.Kind) {
        #expect(DescriptorTable.kind(target: target, format: 0, major: 0, minor: 16) == kind)
    }

    @Test func theSystemDescriptorIsKnownByItsNumbersWhateverItsPath() {
        func kind(_ target: String, _ major: UInt32, _ minor: UInt32) -> Descriptor.Kind {
            DescriptorTable.kind(target: target, format: S_IFCHR, major: major, minor: minor)
        }
        #expect(kind("/dev/kvm", 10, 232) == .system)
        #expect(kind("/jail/dev/other", 10, 232) == .system)
        #expect(kind("/dev/null", 1, 3) == .other)
        #expect(DescriptorTable.kind(target: "/dev/kvm", format: S_IFREG, major: 0, minor: 0) == .other)
    }

    @Test func deviceNumbersArePackedAsGlibcPacksThem() {
        #expect(deviceNumbers(0x0AE8) == (10, 232))
        // makedev(259, 70000)
        #expect(deviceNumbers(0x1111_0370) == (259, 70000))
    }

    @Test(.enabled(if: access("/dev/kvm", R_OK | W_OK) == 0, "needs /dev/kvm, readable and writable"))
    func theKernelNamesKVMsDescriptorsAsWeThink() throws {
        // KVM_CREATE_VM, KVM_CREATE_VCPU and KVM_GET_STATS_FD: KVM API document, sections of these names.
        let system = open("/dev/kvm", O_RDWR | O_CLOEXEC)
        let vm = ioctl(system, 0xAE01, 0)
        try #require(vm >= 0)
        let vcpus = [ioctl(vm, 0xAE41, 0), ioctl(vm, 0xAE41, 1)]
        let statistics = ioctl(vcpus[1], 0xAECE, 0)
        defer { for fd in vcpus + [statistics, vm, system] { close(fd) } }
        #expect(try entry(system).kind == .system)
        #expect(try entry(system).device == "10,232")
        #expect(try entry(vm).kind == .vm)
        #expect(try entry(vm).type == "a_inode")
        #expect(try entry(vcpus[0]).kind == .vcpu(0))
        #expect(try entry(vcpus[1]).kind == .vcpu(1))
        #expect(try entry(vcpus[1]).target == "anon_inode:kvm-vcpu:1")
        if statistics >= 0 { #expect(try entry(statistics).kind == .statistics) }
    }
}
