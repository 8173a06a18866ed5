extension FactTable {
    static let exits: [FactEntry] = [
        FactEntry(
            .exitReason, .word(.exitReasons), "why the vCPU came back to user space last",
            example: "exit.reason == io", source: "kvm_run"),
        FactEntry(
            .exitNumber, .integer, "the number of that exit, from 1; 0 before the first",
            example: "exit.number == 3", source: "kvm_run"),
        FactEntry(
            .exitCount, .integer, "how many exits to user space so far, all or with one reason",
            example: "exit.count(io) >= 2", source: "kvm_run", argument: .optional(.exitReasons)),
        FactEntry(.exitVCPU, .integer, "which vCPU it was", example: "exit.vcpu == 1", source: "kvm_run"),
        FactEntry(
            .exitPort, .integer, "the port of an io exit", example: "exit.port == 0x3f8", source: "kvm_run"),
        FactEntry(
            .exitDirection, .word(.directions), "in or out, of an io exit; read or write, of an mmio exit",
            example: "exit.direction == out", source: "kvm_run"),
        FactEntry(
            .exitSize, .integer, "bytes of one access of an io or mmio exit", example: "exit.size == 1",
            source: "kvm_run"),
        FactEntry(
            .exitRepeat, .integer, "how many accesses one io exit carries; more than 1 for string I/O",
            example: "exit.repeat == 1", source: "kvm_run"),
        FactEntry(
            .exitData, .integer, "the bytes of the first access, little-endian", example: "exit.data == 'A'",
            source: "kvm_run"),
        FactEntry(
            .exitAddress, .integer, "the guest physical address of an mmio exit",
            example: "exit.address == 0xd0000000", source: "kvm_run"),
        FactEntry(
            .exitSuberror, .integer, "the suberror of an internal-error exit; 1 is a failed emulation",
            example: "exit.suberror == 1", source: "kvm_run"),
        FactEntry(
            .exitInterrupted, .boolean, "whether a signal called the vCPU back: EINTR or the exit reason intr",
            example: "exit.interrupted", source: "ioctl"),
    ]

    static let machine: [FactEntry] = [
        FactEntry(
            .register, .integer, "a register of the vCPU in view; vcpu1.rax is vCPU 1's", example: "reg.rax == 5",
            source: "kvm_run"),
        FactEntry(
            .mem8, .integer, "a byte of guest memory", example: "mem8[0x1000] == 'A'", source: "ioctl",
            argument: .address),
        FactEntry(
            .mem16, .integer, "two bytes of guest memory", example: "mem16[reg.rsp] == 0x10", source: "ioctl",
            argument: .address),
        FactEntry(
            .mem32, .integer, "four bytes of guest memory", example: "mem32[0x1000] == 7", source: "ioctl",
            argument: .address),
        FactEntry(
            .mem64, .integer, "eight bytes of guest memory", example: "mem64[reg.rsp + 8] & 1 == 1", source: "ioctl",
            argument: .address),
        FactEntry(.vcpuCount, .integer, "how many vCPUs there are", example: "vcpu.count == 2", source: "ioctl"),
        FactEntry(
            .vcpuCurrent, .integer, "the vCPU that panes and steps speak of", example: "vcpu.current == 0",
            source: "computed"),
        FactEntry(
            .vcpuReason, .word(.exitReasons), "why this vCPU came back last", example: "vcpu1.reason == hlt",
            source: "kvm_run"),
        FactEntry(
            .vcpuExits, .integer, "how many exits this vCPU made", example: "vcpu0.exits > 0", source: "kvm_run"),
        FactEntry(
            .vcpuMode, .word(.modes), "the mode its processor is in", example: "vcpu.mode == long", source: "computed"),
        FactEntry(
            .vcpuCPL, .integer, "its privilege level, 0 (kernel) to 3 (user)", example: "vcpu0.cpl == 3",
            source: "computed"),
        FactEntry(
            .vcpuState, .word(.vcpuStates), "what this vCPU is doing", example: "vcpu0.state == stopped",
            source: "computed"),
        FactEntry(
            .console, .text, "all that the guest wrote to its console", example: "contains(console, \"5\")",
            source: "kvm_run"),
        FactEntry(
            .consoleLength, .integer, "how many bytes the guest wrote to its console", example: "console.length > 0",
            source: "kvm_run"),
        FactEntry(
            .flowNode, .word(.flowNodes), "the box of the flowchart in which the vCPU in view is",
            example: "flow.node == handle-io", source: "kvm_run"),
        FactEntry(
            .flowCount, .integer, "how often an arrow of the flowchart was taken", example: "flow.count(io-yes) == 1",
            source: "kvm_run", argument: .required(.flowArrows)),
        FactEntry(
            .machineState, .word(.machineStates), "how far the machine is", example: "machine.state == ended",
            source: "computed"),
        FactEntry(
            .stopReason, .word(.stopReasons), "why the machine stands", example: "stop.reason == pause",
            source: "computed"),
        FactEntry(.endWhy, .word(.endReasons), "how the guest ended", example: "end.why == hlt", source: "computed"),
        FactEntry(
            .endCode, .integer, "the code that the guest wrote to the debug-exit port", example: "end.code == 0",
            source: "kvm_run"),
        FactEntry(
            .timelineCount, .integer, "how many events the timeline holds", example: "timeline.count > 10",
            source: "computed"),
        FactEntry(
            .timelineCursor, .integer, "the number of the event that the cursor is on", example: "timeline.cursor > 0",
            source: "computed"),
        FactEntry(
            .timelineLive, .boolean, "whether the cursor is at the end, on what happens now", example: "!timeline.live",
            source: "computed"),
        FactEntry(
            .branchCurrent, .integer, "the number of the branch in view; 1 is the first run",
            example: "branch.current == 2", source: "computed"),
        FactEntry(
            .branchCount, .integer, "how many branches there are: runs that share their past",
            example: "branch.count > 1", source: "computed"),
        FactEntry(
            .branchDifference, .integer,
            "the exit at which the branch in view first differs from this one; 0 where none does so far",
            example: "branch.difference(1) == 3", source: "computed", argument: .number("branch")),
    ]

    static let calls: [FactEntry] = [
        FactEntry(
            .ioctlCount, .integer, "how many ioctls so far, all or of one name", example: "ioctl.count(KVM_RUN) > 1",
            source: "ioctl", argument: .optional(.ioctls)),
        FactEntry(
            .ioctlLast, .word(.ioctls), "the name of the latest ioctl", example: "ioctl.last == KVM_CREATE_VCPU",
            source: "ioctl"),
        FactEntry(
            .ioctlClass, .word(.ioctlClasses), "the class of the latest ioctl", example: "ioctl.class == vm",
            source: "ioctl"),
        FactEntry(
            .ioctlResult, .integer, "what the latest ioctl returned; -1 where it failed", example: "ioctl.result == 0",
            source: "ioctl"),
        FactEntry(
            .ioctlErrno, .word(.errnos), "the errno of the latest ioctl, or none", example: "ioctl.errno == EEXIST",
            source: "ioctl"),
        FactEntry(
            .ioctlRequest, .integer, "the latest ioctl's request number, whole",
            example: "ioctl.request == 0xae80", source: "ioctl"),
        FactEntry(
            .ioctlDirection, .word(.transfers), "bits 31:30 of it: which way the argument's structure travels",
            example: "ioctl.direction == write", source: "ioctl"),
        FactEntry(
            .ioctlSize, .integer, "bits 29:16 of it: the bytes of that structure", example: "ioctl.size == 144",
            source: "ioctl"),
        FactEntry(
            .ioctlType, .integer, "bits 15:8 of it: whose request it is", example: "ioctl.type == 0xae",
            source: "ioctl"),
        FactEntry(
            .ioctlNumber, .integer, "bits 7:0 of it: which of them", example: "ioctl.number == 0x80", source: "ioctl"),
        FactEntry(
            .ioctlArgument, .integer, "the latest ioctl's third argument: a number, or where a structure lies",
            example: "ioctl.argument == 66", source: "ioctl"),
        FactEntry(
            .ioctlRoad, .text, "the kernel's functions that the latest ioctl passes, by our catalog",
            example: "contains(ioctl.road, \"kvm_arch_vm_ioctl\")", source: "computed"),
    ]

    static let host: [FactEntry] = [
        FactEntry(
            .fdCount, .integer, "how many descriptors are open, all or of one kind", example: "fd.count(kvm-vcpu) == 2",
            source: "procfs", argument: .optional(.descriptorKinds)),
        FactEntry(
            .fdLast, .word(.descriptorKinds), "the kind of the descriptor that the machine opened last",
            example: "fd.last == kvm-vm",
            source: "procfs"),
        FactEntry(
            .threadCount, .integer, "how many threads there are, all or of one kind",
            example: "thread.count(vcpu) == 2",
            source: "procfs", argument: .optional(.threadKinds)),
        FactEntry(
            .kernelCount, .integer, "how often a tracepoint of the kernel fired", example: "kernel.count(kvm_exit) > 0",
            source: "tracepoint", argument: .required(.kernelEvents)),
        FactEntry(
            .statisticsCount, .integer, "what KVM's own statistics counted, all vCPUs together",
            example: "stats.count(exits) > 100", source: "stats", argument: .required(.kernelStatistics)),
        FactEntry(
            .kernelSight, .word(.kernelSights), "how far into the kernel one can see here",
            example: "kernel.sight == tracepoints", source: "computed"),
        FactEntry(
            .hostKVM, .word(.hostKVMs), "which KVM the run was made on", example: "host.kvm == kvm_amd",
            source: "procfs"),
        FactEntry(
            .hostPaging, .word(.hostPagings), "how that KVM translates guest physical addresses",
            example: "host.paging == shadow", source: "procfs"),
        FactEntry(
            .hostIsGuest, .boolean, "whether the host is a virtual machine itself", example: "host.is-guest",
            source: "procfs"),
    ]

    static let walks: [FactEntry] = [
        FactEntry(
            .walkResult, .word(.walkResults), "how the current walk ends", example: "walk.result == mapped",
            source: "computed"),
        FactEntry(
            .walkAddress, .integer, "the guest virtual address of the current walk",
            example: "walk.address == 0x401000",
            source: "computed"),
        FactEntry(
            .walkPaging, .word(.pagings), "the kind of paging that the walk goes through",
            example: "walk.paging == 4-level",
            source: "computed"),
        FactEntry(
            .walkLevel, .integer, "the level shown: 4 is the PML4 entry, 1 the page table entry",
            example: "walk.level == 2", source: "computed"),
        FactEntry(
            .walkPageSize, .integer, "the size of the page that the walk ends in, in bytes",
            example: "walk.page-size == 2M", source: "computed"),
        FactEntry(
            .walkGPA, .integer, "the guest physical address that the walk ends at", example: "walk.gpa == 0x1000",
            source: "computed"),
        FactEntry(
            .walkFault, .word(.walkFaults), "why the walk ends in a fault, or none",
            example: "walk.fault == not-present",
            source: "computed"),
        FactEntry(
            .walkErrorCode, .integer, "the error code of that page fault", example: "walk.error-code == 2",
            source: "computed"),
        FactEntry(
            .walkSlot, .integer, "the number of the memory slot behind the guest physical address",
            example: "walk.slot == 0", source: "computed"),
        FactEntry(
            .walkAgrees, .boolean, "whether KVM_TRANSLATE's answer is what the walk leads to, or a known difference",
            example: "walk.agrees", source: "ioctl"),
        FactEntry(
            .walkHVA, .integer, "the address in this process behind the guest physical address",
            example: "known(walk.hva)", source: "computed"),
        FactEntry(
            .walkPage, .word(.hostPages), "whether the host has a page there", example: "walk.page == absent",
            source: "pagemap"),
        FactEntry(
            .walkHPA, .integer, "the host physical address; unknown where the kernel hides it",
            example: "known(walk.hpa)", source: "pagemap"),
    ]
}
