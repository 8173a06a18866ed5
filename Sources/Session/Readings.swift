internal import Host
internal import KVM
internal import Machine
internal import Timeline

// What is read of the machine and the host while the vCPUs stand.
extension Session {
    /// Everything that a pane may show; nothing in a headless run.
    func readAll() {
        guard sink == nil else { return }
        absorbCalls()
        readMemory()
        readHost()
        readWalk()
    }

    func readHost() {
        append(.descriptors(descriptorTable()))
        append(.threads(ThreadTable.read(roles: roles)))
    }

    /// The table with the descriptors told apart that are only the program's own.
    private func descriptorTable() -> [Descriptor] {
        var table = DescriptorTable.read()
        let pipe = log.wakePipe
        for index in table.indices where table[index].kind == .other {
            if pipe.contains(table[index].fd) {
                table[index].kind = .own("wakes the screen")
            } else if table[index].target.contains(KernelTrace.pathMark) {
                table[index].kind = .own("reads tracepoints")
            }
        }
        return table
    }

    func readRegisters(_ stop: VCPUStop) {
        guard let registers = stop.registers else { return }
        note(registers, stop.system, of: stop.vcpu, source: stop.cameWithExit ? .run : .ioctl)
    }

    func note(_ registers: Registers, _ system: SpecialRegisters?, of vcpu: Int, source: Source) {
        if let system { lastSystem[vcpu] = SystemRegisters(system) }
        append(
            .registers(
                RegisterReading(
                    vcpu: vcpu, general: GeneralRegisters(registers), system: lastSystem[vcpu], source: source)))
    }

    func readRegisters(of vcpu: Int) {
        guard let machine, let (registers, system) = try? machine.registers(of: vcpu) else { return }
        absorbCalls()
        note(registers, system, of: vcpu, source: .ioctl)
    }

    /// The pages that changed since the last reading, each content kept once.
    func readMemory() {
        guard let machine, sink == nil, let changed = try? machine.takeChangedPages(limit: knownPages) else { return }
        absorbCalls()
        noteDirtyLog(changed)
        tell(changed)
    }

    func tell(_ changed: [ChangedPage]) {
        let pages = changed.map { change in
            MemoryPage(
                frame: change.frame,
                content: change.isUnread ? .unread : change.page.map(content) ?? zeroPage)
        }
        if !pages.isEmpty { append(.memory(pages)) }
    }

    /// The page as the timeline holds it; its bytes are the same object.
    func content(of page: GuestPage) -> PageContent {
        if let known = pageStore[page] { return known }
        // Contents that only the store still knows would pile up over a long session.
        if pageStore.count > 16384 { pageStore.removeAll() }
        let content = PageContent(page.bytes)
        pageStore[page] = content
        return content
    }
}
