import Timeline

/// A run that no machine made: a guest that adds two numbers, writes a digit to the console and halts.
enum SampleRun {
    static let code: [UInt8] = [
        0xb0, 0x02,  // mov al, 2
        0x04, 0x03,  // add al, 3
        0x04, 0x30,  // add al, '0'
        0x66, 0xba, 0xf8, 0x03,  // mov dx, 0x3f8
        0xee,  // out dx, al
        0xf4,  // hlt
    ]

    /// Built and ready: no exit yet.
    static func ready(vcpus: Int = 1) -> Timeline {
        let timeline = Timeline()
        let run = Writer(timeline)
        run.build(vcpus: vcpus)
        return timeline
    }

    /// Stepped to the end: an io exit and the halt.
    static func halted(vcpus: Int = 1) -> Timeline {
        let timeline = ready(vcpus: vcpus)
        let run = Writer(timeline)
        run.step(outOf: 0, rip: 0x10000b, rax: 0x35)
        run.halt(0, rip: 0x10000c, rax: 0x35)
        return timeline
    }

    /// KVM could not emulate an instruction.
    static func failed() -> Timeline {
        let timeline = ready()
        Writer(timeline).fail(0, rip: 0x100006)
        return timeline
    }

    /// Many io exits, one character each.
    static func long(exits: Int) -> Timeline {
        let timeline = ready()
        let run = Writer(timeline)
        for _ in 0..<exits { run.step(outOf: 0, rip: 0x10000b, rax: 0x35) }
        return timeline
    }

    /// Appends what an engine would, with times that only grow.
    final class Writer {
        let timeline: Timeline

        init(_ timeline: Timeline) { self.timeline = timeline }

        func append(_ body: Event.Body, after nanoseconds: UInt64 = 1000, thread: Int32 = 4242) {
            timeline.append(
                Event(nanoseconds: timeline.live.nanoseconds + nanoseconds, thread: thread, body))
        }

        func build(vcpus: Int) {
            append(
                .start(
                    RunStart(
                        guest: "Lessons/02-enter-exit/guest.S", vcpus: vcpus, memory: 16 << 20,
                        symbols: [Symbol(name: "_start", address: 0x100000)],
                        lines: [
                            SourceLine(address: 0x100000, line: 4), SourceLine(address: 0x100002, line: 5),
                            SourceLine(address: 0x100004, line: 6), SourceLine(address: 0x100006, line: 7),
                            SourceLine(address: 0x10000a, line: 8), SourceLine(address: 0x10000b, line: 9),
                        ],
                        source: """
                            # Adds two numbers and says the sum.
                            .globl _start
                            _start:
                                mov $2, %al
                                add $3, %al
                                add $'0', %al
                                mov $0x3f8, %dx
                                out %al, %dx
                                hlt
                            """)))
            append(.phase(.building))
            call("open", .call, fd: 5, result: 5, kind: .system, target: "/dev/kvm")
            call("KVM_GET_API_VERSION", .system, fd: 5, request: 0xae00, result: 12)
            call("KVM_CREATE_VM", .system, fd: 5, request: 0xae01, result: 6, kind: .vm, target: "anon_inode:kvm-vm")
            call("KVM_SET_USER_MEMORY_REGION", .vm, fd: 6, request: 0x4020_ae46, result: 0)
            append(.slot(MemorySlot(id: 0, start: 0, size: 16 << 20, host: 0x7f12_3400_0000)))
            for vcpu in 0..<vcpus {
                let fd = Int32(7 + vcpu)
                call(
                    "KVM_CREATE_VCPU", .vm, fd: 6, request: 0xae41, argument: UInt64(vcpu), result: Int64(fd),
                    kind: .vcpu(vcpu), target: "anon_inode:kvm-vcpu:\(vcpu)")
                append(
                    .thread(ThreadChange(isStart: true, id: Int32(4243 + vcpu), name: "CPU \(vcpu)/KVM", vcpu: vcpu)))
            }
            append(.threads(threads(vcpus: vcpus, switches: 3)))
            for vcpu in 0..<vcpus { registers(vcpu, rip: 0x100000, rax: 0) }
            var page = [UInt8](repeating: 0, count: MemoryPage.size)
            page.replaceSubrange(0..<SampleRun.code.count, with: SampleRun.code)
            append(
                .memory([
                    Self.table(0, entry: 0x2003, at: 1), Self.table(0, entry: 0x3003, at: 2),
                    Self.table(0, entry: 0x83, at: 3), MemoryPage(frame: 0x100, content: PageContent(page)),
                ]))
            append(.phase(.ready))
        }

        func step(outOf vcpu: Int, rip: UInt64, rax: UInt64) {
            append(.resumed(Resumption(vcpu: vcpu, how: .exit)))
            append(.phase(.running))
            run(vcpu)
            let data = Bytes([UInt8(truncatingIfNeeded: rax)])
            append(
                .exit(
                    Exit(
                        vcpu: vcpu, reason: "io",
                        detail: .io(.init(isWrite: true, port: 0x3f8, size: 1, count: 1, data: data)), rip: rip,
                        servedBy: "console")))
            append(.console(ConsoleText(vcpu: vcpu, bytes: data)))
            stand(vcpu, .exit, "io", rip: rip, rax: rax)
        }

        func halt(_ vcpu: Int, rip: UInt64, rax: UInt64) {
            append(.resumed(Resumption(vcpu: vcpu, how: .exit)))
            append(.phase(.running))
            run(vcpu)
            append(.exit(Exit(vcpu: vcpu, reason: "hlt", rip: rip)))
            stand(vcpu, .exit, "hlt", rip: rip, rax: rax)
            append(.end(RunEnd(why: .hlt, code: 0)))
            append(.phase(.ended))
        }

        func fail(_ vcpu: Int, rip: UInt64) {
            append(.resumed(Resumption(vcpu: vcpu, how: .exit)))
            append(.phase(.running))
            run(vcpu)
            append(
                .exit(
                    Exit(
                        vcpu: vcpu, reason: "internal-error",
                        detail: .internalError(suberror: 1, data: [], instruction: Bytes([0x0f, 0xa2])), rip: rip)))
            stand(vcpu, .failure, "KVM could not emulate the instruction at 0x\(hexadecimal(rip))", rip: rip, rax: 5)
        }

        func refuse() {
            append(
                .ioctl(
                    IoctlCall(
                        kind: .vm, fd: 6, name: "KVM_CREATE_VCPU", request: 0xae41, result: -1, errno: 17,
                        errnoName: "EEXIST", duration: 700)))
        }

        /// A page table with one entry.
        private static func table(_ index: Int, entry: UInt64, at frame: UInt64) -> MemoryPage {
            var page = [UInt8](repeating: 0, count: MemoryPage.size)
            for byte in 0..<8 { page[index * 8 + byte] = UInt8(truncatingIfNeeded: entry >> UInt64(byte * 8)) }
            return MemoryPage(frame: frame, content: PageContent(page))
        }

        private func stand(_ vcpu: Int, _ reason: Stop.Reason, _ text: String, rip: UInt64, rax: UInt64) {
            registers(vcpu, rip: rip, rax: rax)
            append(.threads(threads(vcpus: max(1, timeline.live.vcpus.count), switches: 9)))
            append(.stopped(Stop(vcpu: vcpu, reason: reason, text: text)))
            append(.phase(.stopped))
        }

        private func run(_ vcpu: Int) {
            append(
                .ioctl(
                    IoctlCall(
                        kind: .vcpu, fd: Int32(7 + vcpu), name: "KVM_RUN", request: 0xae80, duration: 8600, vcpu: vcpu)),
                after: 8700, thread: Int32(4243 + vcpu))
        }

        private func registers(_ vcpu: Int, rip: UInt64, rax: UInt64) {
            var general = GeneralRegisters()
            general.rip = rip
            general.rax = rax
            general.rdi = UInt64(vcpu)
            general.rsp = 0x100000
            general.rflags = 2
            var system = SystemRegisters()
            system.cr0 = 0x8000_0011
            system.cr3 = 0x1000
            system.cr4 = 0x20
            system.efer = 0x500
            system.cs.isLong = true
            system.cs.selector = 8
            append(
                .registers(RegisterReading(vcpu: vcpu, general: general, system: system, source: .run)))
        }

        private func threads(vcpus: Int, switches: UInt64) -> [HostThread] {
            [
                HostThread(
                    id: 4242, name: "kvmscope", role: .main, state: "R", lastCPU: 0, userTime: 20_000_000,
                    systemTime: 10_000_000, voluntarySwitches: switches)
            ]
                + (0..<vcpus).map {
                    HostThread(
                        id: Int32(4243 + $0), name: "CPU \($0)/KVM", role: .vcpu($0), state: "S", lastCPU: 1,
                        voluntarySwitches: switches * 2)
                }
        }

        private func call(
            _ name: String, _ ioctl: IoctlClass, fd: Int32, request: UInt32 = 0, argument: UInt64 = 0, result: Int64,
            kind: Descriptor.Kind? = nil, target: String = ""
        ) {
            append(
                .ioctl(
                    IoctlCall(
                        kind: ioctl, fd: fd, name: name, request: request, argument: argument, result: result,
                        duration: 1200)))
            guard let kind else { return }
            append(
                .descriptor(
                    DescriptorChange(isOpen: true, fd: Int32(result), target: target, kind: kind, by: name)))
        }
    }
}
