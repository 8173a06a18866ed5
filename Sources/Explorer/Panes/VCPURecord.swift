import Screen
import Timeline

/// What a VMM keeps of one vCPU, under the names that QEMU's `CPUState` gives it.
enum VCPURecord {
    static func lines(_ context: PaneContext, width: Int) -> [Line] {
        let vcpu = context.world.vcpus[context.vcpu]
        var lines = [Line("vCPU \(vcpu.index) as the VMM keeps it", .heading) + Line("  QEMU: CPUState", .dim)]
        func add(_ name: String, _ text: Line) { lines += PaneText.entry(name, text, nameWidth: 12, width: width) }
        add("kvm_fd", vcpu.fd.map { Line("\($0)") } ?? Line("none: not created, or closed", .dim))
        add("kvm_run", runPage(context, vcpu))
        add("thread", thread(context, vcpu))
        add("registers", registers(context, vcpu))
        add(
            "vcpu_dirty",
            vcpu.registersAreStale ? Line("1", .changed) + Line("  to be written back before KVM_RUN", .dim) : Line("0")
        )
        return lines
    }

    /// The same in as few rows as can be.
    static func brief(_ context: PaneContext, width: Int) -> [Line] {
        let vcpu = context.world.vcpus[context.vcpu]
        var line = Line("record ", .dim)
        line.append("fd \(vcpu.fd.map { "\($0)" } ?? "none")")
        line.append(" · run page ", .dim)
        line += runPage(context, vcpu)
        line.append(" · registers ", .dim)
        line += registers(context, vcpu)
        return line.wrapped(to: width, indent: 7)
    }

    /// Where the run page is mapped; KVM API document, "KVM_GET_VCPU_MMAP_SIZE" and section "The kvm_run structure".
    private static func runPage(_ context: PaneContext, _ vcpu: World.VCPU) -> Line {
        guard let fd = vcpu.fd else { return Line("none", .dim) }
        let newest = min(context.cursor, context.timeline.end) - 1
        let oldest = max(context.timeline.first, newest - Recent.limit)
        var mapped: IoctlCall?
        let found = context.timeline.last(in: oldest..<newest + 1, of: [.ioctl, .start]) { _, event in
            switch event.body {
            case .ioctl(let call) where call.name == "mmap" && call.fd == fd && call.errno == 0:
                mapped = call
                return true
            case .start: return true
            default: return false
            }
        }
        if let mapped { return Line(EventText.result(mapped), .address) + Line("  mmap of fd \(fd)", .dim) }
        let why = found == nil && oldest > 0 ? "mapped too long ago to be looked up" : "no mmap of fd \(fd) seen"
        return Line("? ", .warning) + Line(why, .dim)
    }

    private static func thread(_ context: PaneContext, _ vcpu: World.VCPU) -> Line {
        guard let id = vcpu.thread else { return Line("none", .dim) }
        let name = context.world.threads.first { $0.id == id }?.name
        return Line("\(id)") + Line(name.map { "  \($0)" } ?? "", .dim)
    }

    /// Which copy of the registers is the true one now.
    private static func registers(_ context: PaneContext, _ vcpu: World.VCPU) -> Line {
        if vcpu.isRunning { return Line("in the kernel", .kernelMode) + Line("  it runs; no copy here is good", .dim) }
        guard let reading = vcpu.registers else {
            return Line("in the kernel", .kernelMode) + Line("  never read", .dim)
        }
        if vcpu.registersAreStale {
            return Line("changed here", .changed) + Line("  and not yet written back", .dim)
        }
        if hasRun(context, vcpu) {
            return Line("in the kernel", .kernelMode)
                + Line("  the copy of event \(vcpu.registersAt) is from before it ran", .dim)
        }
        return Line("read and cached", .userMode)
            + Line("  at event \(vcpu.registersAt) from \(reading.source.rawValue)", .dim)
    }

    /// Whether the vCPU was let go, or KVM_RUN was called, after its registers were read.
    static func hasRun(_ context: PaneContext, _ vcpu: World.VCPU) -> Bool {
        let newest = min(context.cursor, context.timeline.end) - 1
        let oldest = max(vcpu.registersAt, newest - Recent.limit)
        let run = context.timeline.last(in: oldest..<max(oldest, newest + 1), of: [.resumed, .ioctl]) { _, event in
            switch event.body {
            case .resumed(let resumption): resumption.vcpu == vcpu.index
            case .ioctl(let call): call.name == "KVM_RUN" && call.vcpu == vcpu.index && !call.observing
            default: false
            }
        }
        if run != nil { return true }
        // More events than are looked through have passed.
        return oldest > vcpu.registersAt
    }
}
