import Facts
import Screen
import Timeline
import X86

/// Where the tables lead: guest physical, host virtual and host physical, with what KVM and the host say of it.
struct TranslationPlaces {
    let way: AddressWalk
    let context: PaneContext
    let width: Int

    var lines: [Line] {
        guard way.showsOutcome else { return ["GPA", "KVM", "HVA", "HPA"].flatMap(hidden) }
        var lines = outcome
        if let walk = way.pageWalk { lines += kernel(walk) }
        guard let physical = way.guestPhysical else { return lines }
        guard way.showsSlot else { return lines + ["HVA", "HPA"].flatMap(hidden) }
        guard let slot = way.slot, let host = way.hostVirtual else { return lines + entry("HVA", hole(physical)) }
        var text = Line(Figure.hex(host), .address)
        text.append("  slot \(slot.id)", .emphasis)
        text.append(" at \(Figure.hex(slot.start)), \(Figure.bytes(slot.size)): ", .dim)
        text.append("\(Figure.hex(slot.host)) + \(Figure.hex(physical &- slot.start))", .dim)
        lines += entry("HVA", text)
        if slot.isReadOnly {
            lines += entry("", Line("read-only slot: ", .warning) + Line("a write of the guest is MMIO", .dim))
        }
        guard way.showsHostPage else { return lines + hidden("HPA") }
        return lines + hostPage(physical) + installed(physical) + whoTranslates
    }

    private func entry(_ name: String, _ text: Line) -> [Line] { TranslationPane.entry(name, text, width) }

    private func hidden(_ name: String) -> [Line] { entry(name, Line("·", .dim)) }

    // MARK: Guest physical

    private var outcome: [Line] {
        guard let walk = way.pageWalk else {
            return entry(
                "GPA",
                Line(Figure.hex(way.question.address), .address)
                    + Line("  asked for as it is, without page tables", .dim))
        }
        switch walk.outcome {
        case .translated(let physical, let size, let offset):
            var text = Line(physical.description, .address)
            if let size {
                text.append("  \(size) page at \(physical &- offset) + \(Figure.hex(offset))", .dim)
                if let rights = walk.rights { text.append(" · \(rights)", .dim) }
            } else {
                text.append("  no page tables", .dim)
            }
            return entry("GPA", text)
        case .fault(let level, let reason, let code):
            let isCanonical = reason != .nonCanonical
            var text = Line("none  ", .bad)
            text.append(isCanonical ? "page fault (#PF): \(reason)" : "general protection (#GP): not canonical", .bad)
            if isCanonical { text.append(" at the \(walk.mode.entryName(level: level) ?? "")") }
            text.append(", error code \(Figure.hex(UInt64(code.rawValue)))")
            if !code.isEmpty { text.append(" (\(code))", .dim) }
            if let denial = walk.denial { text.append(": \(denial)", .dim) }
            if !isCanonical { text.append(": bits 63 to \(walk.mode.linearAddressBits - 1) must be equal", .dim) }
            return entry("GPA", text)
        case .memoryMissing(let level, let place):
            var text = Line("?  ", .warning)
            text.append("the \(walk.mode.entryName(level: level) ?? "entry") would lie at \(place), ")
            switch way.missing {
            case .leftOut: text.append("in a page that was left out, since too many had changed")
            case .damaged: text.append("in a page that is damaged in the recording", .bad)
            default: text.append("where the guest has no memory")
            }
            return entry("GPA", text)
        }
    }

    private func kernel(_ walk: PageWalk) -> [Line] {
        let said: Line
        switch way.translation {
        case let answer? where answer.refusal == nil:
            said = answer.isValid ? Line(Figure.hex(answer.physical), .address) : Line("no translation")
        default: said = Line("?", .warning)
        }
        switch way.agreement {
        case .agrees: return entry("KVM", said + Line("  KVM_TRANSLATE agrees", .good))
        case .explained(let why):
            return entry("KVM", said + Line("  differs, and it is known why: ", .warning) + Line(why, .dim))
        case .disagrees(let what): return entry("KVM", said + Line("  DISAGREES: \(what)", .bad))
        case .unknown(let why):
            let remedy = context.walk == nil ? "not asked; `walk` asks KVM and the page map" : why
            return entry("KVM", said + Line("  \(remedy)", .dim))
        }
    }

    // MARK: Host

    private func hole(_ physical: UInt64) -> Line {
        let slots = context.world.memory.slots
        var text = Line("none  ", .warning)
        text.append("no memory slot holds it: an access leaves the guest as MMIO")
        let before = slots.last { $0.start <= physical }.map {
            "slot \($0.id) ends at \(Figure.hex($0.start &+ ($0.size &- 1)))"
        }
        let after = slots.first { $0.start > physical }.map { "slot \($0.id) begins at \(Figure.hex($0.start))" }
        let between = [before, after].compactMap(\.self).joined(separator: ", ")
        if !between.isEmpty { text.append(" · \(between)", .dim) }
        return text
    }

    private func hostPage(_ physical: UInt64) -> [Line] {
        guard let page = way.page else {
            let why =
                context.walk == nil
                ? "not asked; `walk` asks the host's page map" : "the page map was not asked at this moment"
            return entry("HPA", Line("?", .warning) + Line("  \(why)", .dim))
        }
        switch page.state {
        case .absent:
            return entry(
                "HPA",
                Line("not there yet", .warning)
                    + Line("  nobody has touched this page: the host gives it one at the first access", .dim))
        case .swapped:
            return entry(
                "HPA", Line("in swap", .warning) + Line("  " + (page.hidden ?? "read back at the next access"), .dim))
        case .unknown: return entry("HPA", Line("?", .warning) + Line("  \(page.hidden ?? "not known")", .dim))
        case .present: break
        }
        guard let address = page.physicalAddress(of: physical), let frame = page.frame else {
            return entry("HPA", Line("present", .good) + Line("  \(page.hidden ?? "PFN hidden")", .dim))
        }
        var text = Line(Figure.hex(address), .address)
        text.append("  PFN \(Figure.hex(frame))", .emphasis)
        if let unit = page.unit { text.append(", in a unit of \(Figure.bytes(unit))", .dim) }
        if let why = page.flagsHidden { text.append(" · \(why)", .dim) }
        if !page.flags.isEmpty { text.append(" · \(page.flags.joined(separator: " "))", .dim) }
        return entry("HPA", text)
    }

    private func installed(_ physical: UInt64) -> [Line] {
        guard let entry = way.installed else {
            let tracing = KernelText.sight(context)
            let why =
                tracing.level == .tracepoints
                ? "KVM was not seen to install an entry for this frame up to here"
                : [tracing.reason, tracing.remedy].filter { !$0.isEmpty }.joined(separator: "; ")
            return self.entry("SPTE", Line("?", .warning) + Line("  \(why)", .dim))
        }
        var text = Line(Figure.hex(entry.value), .code)
        text.append("  level \(entry.level), told at event \(entry.position)", .dim)
        guard let frame = entry.hostFrame(of: physical >> 12) else { return self.entry("SPTE", text) }
        text.append(", leads to PFN \(Figure.hex(frame)): ", .dim)
        if let known = way.page?.frame {
            text +=
                known == frame
                ? Line("as in the page map", .good)
                : Line("the page map now has another", .warning)
        } else {
            text.append("the page map does not say its own", .dim)
        }
        return self.entry("SPTE", text)
    }

    /// Who translates on this host, and whose physical addresses these are.
    private var whoTranslates: [Line] {
        guard let host = context.world.host else { return [] }
        var lines: [Line] = []
        let kvm = host.module ?? "this KVM"
        let name = ["kvm_intel": "EPT", "kvm_amd": "NPT"][kvm]
        switch host.paging {
        case .twoDimensional:
            let isWalked = way.pageWalk.map { $0.mode.levels > 0 } ?? false
            lines += entry(
                "",
                Line("\(kvm), \(name ?? "two-dimensional paging"): ", .emphasis)
                    + Line(
                        isWalked
                            ? "the processor walks the guest's tables, and for each address on the way KVM's tables to the host's page"
                            : "the processor walks KVM's tables from the guest physical address to the host's page",
                        .dim))
        case .shadow:
            lines += entry(
                "",
                Line("\(kvm), shadow paging: ", .emphasis)
                    + Line(
                        "the processor never walks the guest's tables; KVM makes tables of its own from them and the slots",
                        .dim))
        case nil: lines += entry("", Line("\(kvm): ", .emphasis) + Line("it does not say how it translates", .dim))
        }
        if host.isGuest == true, way.page?.frame != nil {
            lines += entry(
                "",
                Line("This host is a virtual machine itself: ", .warning)
                    + Line("its HPA is a guest physical address of the host outside", .dim))
        }
        return lines
    }
}
