import Facts
public import Timeline

/// An event in one line: for the Events pane, the status line and the search.
public enum EventText {
    public static func line(_ event: Event) -> String {
        switch event.body {
        case .start(let start):
            "machine \(PaneText.fileName(start.guest)): \(Figure.of(start.vcpus, "vCPU")), \(Figure.bytes(UInt64(max(0, start.memory))))"
        case .ioctl(let call): self.call(call)
        case .guide(let guide): "about \(guide.name): \(guide.summary)"
        case .descriptor(let change):
            change.isOpen
                ? "fd \(change.fd) opened by \(change.by): \(change.target)"
                : "fd \(change.fd) closed: \(change.target)"
        case .thread(let change): "thread \(change.id) \(change.name) \(change.isStart ? "started" : "ended")"
        case .exit(let exit): self.exit(exit)
        case .kernel(let kernel): "vCPU \(kernel.vcpu) " + self.kernel(kernel)
        case .kernelTally(let tally):
            "vCPU \(tally.vcpu) \(Figure.of(tally.total, "tracepoint")) more, only counted: "
                + tally.counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        case .kernelLost(let count):
            "\(Figure.of(count, "tracepoint record")) lost: the kernel wrote over \(count == 1 ? "it" : "them") before they were read"
        case .road(let road):
            "road of \(road.name): \(Figure.of(road.steps.count, "function")) of the kernel"
                + (road.steps.first.map { " from \($0.function)" } ?? "")
        case .statistics(let reading): statistics(reading)
        case .sight(let sight): self.sight(sight)
        case .host(let host): self.host(host)
        case .console(let text): "console: \(quoted(text.bytes.array))"
        case .slot(let slot): self.slot(slot)
        case .descriptors(let reading): "descriptor table read: \(reading.count) open"
        case .threads(let reading): "threads read: \(reading.count)"
        case .registers(let reading):
            "vCPU \(reading.vcpu) registers read: RIP \(Figure.hex(reading.general.rip))"
        case .memory(let pages): memory(pages)
        case .gate(let call): "at the gate: \(place(call))"
        case .phase(let phase): "machine is \(phase.rawValue)"
        case .resumed(let resumption): "vCPU \(resumption.vcpu) goes on, \(extent(resumption.how))"
        case .stopped(let stop): "vCPU \(stop.vcpu) stands (\(stop.reason.rawValue)): \(stop.text)"
        case .mark(let name): "mark \(name)"
        case .keyframe(let keyframe): self.keyframe(keyframe)
        case .restored(let restored):
            "branch \(restored.branch): set to keyframe \(restored.keyframe), \(Figure.of(restored.pages, "page")) written"
                + (restored.text.isEmpty ? "" : "; \(restored.text)")
        case .pastMark(let mark): "mark \(mark.name) at event \(mark.position)"
        case .walk, .translation, .hostPage, .processor: walk(event)
        case .problem(let text): "problem: \(text)"
        case .end(let end):
            "end: \(end.why.rawValue), code \(end.code)" + (end.text.isEmpty ? "" : ", \(end.text)")
        case .unknown(let event):
            "unknown event \(event.code)" + (event.name.isEmpty ? "" : " '\(event.name)'")
                + ", \(Figure.of(event.bytes.count, "byte")): a newer kvmscope wrote it"
        }
    }

    private static func place(of question: WalkQuestion) -> String {
        switch question.space {
        case .physical: "guest physical \(Figure.hex(question.address))"
        case .stack: "SS:\(Figure.hex(question.address))"
        case .virtual, .code, .linear: Figure.hex(question.address)
        }
    }

    private static func walk(_ event: Event) -> String {
        switch event.body {
        case .walk(let question):
            "follow \(place(of: question)) for \(question.memoryAccess)"
                + (question.shown.map { ", \(Figure.of($0, "stage")) shown" } ?? "")
        case .translation(let answer):
            "KVM_TRANSLATE \(Figure.hex(answer.linear)): "
                + (answer.refusal ?? (answer.isValid ? Figure.hex(answer.physical) : "not valid"))
        case .hostPage(let page):
            "host page of guest physical \(Figure.hex(page.guestAddress)): \(page.state.rawValue)"
                + (page.frame.map { ", PFN \(Figure.hex($0))" } ?? "")
        case .processor(let processor):
            "the guest's processor has \(processor.physicalAddressBits) physical address bits"
        default: ""
        }
    }

    /// A word for the kind of event, at most eight columns.
    public static func kind(_ event: Event) -> String {
        switch event.body {
        case .start: "start"
        case .ioctl(let call): call.kind == .call ? "call" : "ioctl"
        case .guide: "guide"
        case .descriptor, .descriptors: "fd"
        case .thread, .threads: "thread"
        case .exit: "exit"
        case .kernel, .kernelTally, .kernelLost, .road: "kernel"
        case .statistics: "stats"
        case .sight, .host, .processor: "host"
        case .console: "console"
        case .slot: "slot"
        case .registers: "regs"
        case .memory: "memory"
        case .gate: "gate"
        case .phase: "phase"
        case .resumed: "resume"
        case .stopped: "stop"
        case .mark, .pastMark: "mark"
        case .keyframe: "keyframe"
        case .restored: "restored"
        case .walk, .translation, .hostPage: "walk"
        case .problem: "problem"
        case .end: "end"
        case .unknown: "unknown"
        }
    }

    /// `0`, `4`, `-1 EEXIST`; an address where the number can be nothing else.
    static func result(_ call: IoctlCall) -> String {
        if call.errno != 0 { return "-1 " + (call.errnoName.isEmpty ? "errno \(call.errno)" : call.errnoName) }
        if call.name == "mmap", call.result > 0xFFFF { return Figure.hex(UInt64(call.result)) }
        return "\(call.result)"
    }

    private static func call(_ call: IoctlCall) -> String {
        place(call) + " = " + result(call) + (call.observing ? " (only to look)" : "")
    }

    private static func place(_ call: IoctlCall) -> String {
        call.fd >= 0 ? "\(call.name) on fd \(call.fd)" : call.name
    }

    private static func exit(_ exit: Exit) -> String {
        "vCPU \(exit.vcpu) exit " + ExitText.line(exit) + (exit.rip.map { " · RIP \(Figure.hex($0))" } ?? "")
    }

    static func kernel(_ event: KernelEvent) -> String {
        ([event.name] + event.fields.map { "\($0.name)=\($0.value)" }).joined(separator: " ")
    }

    private static func statistics(_ reading: StatisticsReading) -> String {
        let moved = reading.counters.filter { $0.difference != 0 }
        let text = moved.map { "\($0.name) \($0.difference > 0 ? "+" : "")\($0.difference)" }.joined(separator: ", ")
        return "vCPU \(reading.vcpu) statistics: " + (moved.isEmpty ? "nothing counted" : text)
    }

    private static func sight(_ sight: KernelSight) -> String {
        let words = "the kernel's half: " + KernelText.name(of: sight.level)
        let more = [sight.reason, sight.remedy].filter { !$0.isEmpty }.joined(separator: "; ")
        return more.isEmpty ? words : "\(words) (\(more))"
    }

    private static func host(_ host: HostKVM) -> String {
        var parts = [host.module ?? "a KVM that is not known"]
        if let paging = host.paging { parts.append(KernelText.name(of: paging)) }
        if host.isGuest == true { parts.append("on a host that is a virtual machine itself") }
        return "KVM: " + parts.joined(separator: ", ")
    }

    private static func slot(_ slot: MemorySlot) -> String {
        guard slot.size > 0 else { return "memory slot \(slot.id) removed" }
        return "memory slot \(slot.id): \(Figure.bytes(slot.size)) at \(Figure.hex(slot.start)), "
            + "here at \(Figure.hex(slot.host))" + (slot.isReadOnly ? ", read-only" : "")
    }

    private static func memory(_ pages: [MemoryPage]) -> String {
        let shown = pages.prefix(3).map { Figure.hex($0.frame &* 4096) }.joined(separator: " ")
        return "memory read: \(Figure.of(pages.count, "changed page"))"
            + (pages.isEmpty ? "" : ": \(shown)\(pages.count > 3 ? " …" : "")")
    }

    private static func keyframe(_ keyframe: MachineKeyframe) -> String {
        "keyframe \(keyframe.id): all registers and \(Figure.of(keyframe.pages, "page")), \(keyframe.newPages) of them new; "
            + "\(Figure.of(keyframe.calls, "ioctl")) in \(Figure.duration(keyframe.duration))"
    }

    private static func extent(_ how: Resumption.How) -> String {
        switch how {
        case .exit: "to its next exit"
        case .instruction: "for one instruction"
        case .run: "until something stops it"
        }
    }

    /// Text between quotation marks with what cannot be printed as in C.
    private static func quoted(_ bytes: [UInt8]) -> String {
        var text = "\""
        for byte in bytes.prefix(64) {
            switch byte {
            case 0x0A: text += "\\n"
            case 0x0D: text += "\\r"
            case 0x09: text += "\\t"
            case 0x22, 0x5C: text += "\\" + String(Character(Unicode.Scalar(byte)))
            case 0x20..<0x7F: text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += "\\x" + Figure.digits(UInt64(byte), 2)
            }
        }
        return text + "\"" + (bytes.count > 64 ? " … \(bytes.count) bytes" : "")
    }
}
