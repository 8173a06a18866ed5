import Timeline

/// What happened since the last stop, so that panes can mark it.
///
/// The last stop is the newest place before the cursor where a vCPU was let go or a call waited at the gate; in a
/// machine that was built in one go it is the beginning.
struct Recent {
    /// No more events than this are looked at; what is older carries no mark.
    static let limit = 2048
    /// All that is marked, and what ends the search for it.
    private static let kinds: EventKindSet = [
        .gate, .resumed, .start, .descriptor, .thread, .slot, .console, .ioctl, .exit, .kernel, .kernelTally,
    ]

    /// Events from this position on are new.
    private(set) var boundary: Int
    private(set) var openedDescriptors: Set<Int32> = []
    private(set) var startedThreads: Set<Int32> = []
    private(set) var arrows: [Int: Set<FlowArrow>] = [:]
    private(set) var exitReasons: [Int: Set<String>] = [:]
    private(set) var slots: Set<Int> = []
    private(set) var consoleBytes = 0

    init(_ context: PaneContext) {
        let timeline = context.timeline
        let cursor = min(context.cursor, timeline.end)
        var skipsGate = context.world.waiting != nil
        boundary = max(timeline.first, cursor - Self.limit)
        // vCPUs whose next step is an entry: read backwards, what lies before it tells which way they came.
        var entered: Set<Int> = []
        let stop = timeline.last(in: boundary..<cursor, of: Self.kinds) { _, event in
            switch event.body {
            case .gate:
                guard skipsGate else { return true }
                skipsGate = false
            case .resumed, .start: return true
            case .descriptor(let change): if change.isOpen { openedDescriptors.insert(change.fd) }
            case .thread(let change): if change.isStart { startedThreads.insert(change.id) }
            case .slot(let slot): slots.insert(slot.id)
            case .console(let text): consoleBytes += text.bytes.count
            case .ioctl(let call):
                if call.name == "KVM_RUN", !call.observing, let vcpu = call.vcpu {
                    arrows[vcpu, default: []].formUnion([.run, .again])
                    entered.remove(vcpu)
                }
            case .exit(let exit):
                arrows[exit.vcpu, default: []].insert(FlowArrow(of: exit))
                exitReasons[exit.vcpu, default: []].insert(exit.reason)
            case .kernel(let event): note(event, &entered)
            case .kernelTally(let tally):
                arrows[tally.vcpu, default: []].formUnion(tally.handled > 0 ? [.ioNo, .signalNo] : [])
            default: break
            }
            return false
        }
        if let stop { boundary = stop + 1 }
    }

    private mutating func note(_ event: KernelEvent, _ entered: inout Set<Int>) {
        switch event.name {
        case "kvm_entry":
            arrows[event.vcpu, default: []].insert(.enter)
            entered.insert(event.vcpu)
        case "kvm_exit":
            let isHandled = entered.remove(event.vcpu) != nil
            arrows[event.vcpu, default: []].formUnion(isHandled ? [.exit, .ioNo, .signalNo] : [.exit])
        case "kvm_userspace_exit": entered.remove(event.vcpu)
        default: break
        }
    }
}
