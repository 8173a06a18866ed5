import Command
import Timeline

/// The address that an event speaks of, as a walk.
enum EventAddress {
    static func walk(_ event: Event) -> Command? {
        switch event.body {
        case .exit(let exit):
            if case .mmio(let access) = exit.detail { return .walkPhysical(.address(access.address)) }
            return exit.rip.map { .walk(.address($0), .execute) }
        case .registers(let reading): return .walk(.address(reading.general.rip), .execute)
        case .memory(let pages): return pages.first.map { .walkPhysical(.address($0.frame &* 4096)) }
        case .slot(let slot): return .walkPhysical(.address(slot.start))
        case .hostPage(let page): return .walkPhysical(.address(page.guestAddress))
        case .translation(let answer): return .walk(.address(answer.linear))
        case .walk(let question):
            return question.space == .physical
                ? .walkPhysical(.address(question.address))
                : .walk(
                    .address(question.address), Command.AccessKind(rawValue: question.access.rawValue) ?? .read,
                    user: question.isUser)
        case .kernel(let event): return kernel(event)
        default: return nil
        }
    }

    private static func kernel(_ event: KernelEvent) -> Command? {
        func number(_ name: String) -> UInt64? {
            guard let text = event.fields.first(where: { $0.name == name })?.value, text.hasPrefix("0x") else {
                return nil
            }
            return UInt64(text.dropFirst(2), radix: 16)
        }
        if let frame = number("gfn") { return .walkPhysical(.address(frame &* 4096)) }
        if event.name == "kvm_mmio", let address = number("gpa") { return .walkPhysical(.address(address)) }
        // With two-dimensional paging it is a guest physical address, which is what leads to KVM's own tables.
        if event.name == "kvm_page_fault", let address = number("fault_address") {
            return .walkPhysical(.address(address))
        }
        if let rip = number("guest_rip") ?? number("rip") { return .walk(.address(rip), .execute) }
        return nil
    }
}

extension EventsPane {
    static func walked(_ context: PaneContext, width: Int, height: Int) -> Command? {
        context.timeline[context.view.selection ?? context.cursor - 1].flatMap(EventAddress.walk)
    }
}
