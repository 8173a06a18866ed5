internal import Command
internal import Timeline
internal import X86

extension WorldFacts {
    func walkFact(_ fact: FactReference) -> Value {
        guard let question = walk ?? world.walk else {
            return fact.id == .walkResult ? .text("none") : .unknown("no walk was made; `walk ADDRESS` makes one")
        }
        if fact.id == .walkAddress { return .integer(question.address) }
        guard let way = AddressWalk(question, in: world) else {
            return .unknown("vCPU \(question.vcpu)'s control registers were not read yet")
        }
        switch fact.id {
        case .walkLevel: return number(way.shownLevel)
        case .walkPaging:
            return way.pageWalk.map { .text($0.mode.rawValue) } ?? .unknown("it began with a guest physical address")
        case .walkPageSize, .walkResult, .walkFault, .walkErrorCode: return outcome(fact, way)
        case .walkAgrees:
            if let isGood = way.agreement.isGood { return .boolean(isGood) }
            if case .unknown(let why) = way.agreement { return .unknown(why) }
            return .unknown("KVM was not asked")
        default: return place(fact, way)
        }
    }

    private func outcome(_ fact: FactReference, _ way: AddressWalk) -> Value {
        switch (fact.id, way.pageWalk?.outcome) {
        case (_, .memoryMissing(let level, let address)):
            return .unknown(
                "the entry of level \(level) would lie at 0x\(hexadecimal(address.rawValue)), "
                    + (way.missing ?? .noSlot).place)
        case (.walkResult, .fault): return .text("fault")
        case (.walkResult, _): return .text("mapped")
        case (.walkFault, .fault(_, let reason, _)): return .text(reason.rawValue)
        case (.walkFault, _): return .text("none")
        case (.walkErrorCode, .fault(_, _, let code)): return .integer(UInt64(code.rawValue))
        case (.walkErrorCode, _): return .unknown("the walk ends in no fault")
        case (_, .translated(_, let size?, _)): return .integer(size.bytes)
        case (_, .fault): return .unknown("the walk ends in a fault, in no page")
        default: return .unknown("without page tables there is no page size")
        }
    }

    private func place(_ fact: FactReference, _ way: AddressWalk) -> Value {
        guard let physical = way.guestPhysical else { return .unknown("the walk leads to no guest physical address") }
        if fact.id == .walkGPA { return .integer(physical) }
        guard let slot = way.slot else {
            return .unknown("no memory slot holds guest physical address 0x\(hexadecimal(physical)): it is a hole")
        }
        switch fact.id {
        case .walkSlot: return number(slot.id)
        case .walkHVA: return way.hostVirtual.map { .integer($0) } ?? .unknown("not known")
        default: break
        }
        guard let page = way.page else { return .unknown("the page map was not asked for this address at this moment") }
        if fact.id == .walkPage {
            return page.state == .unknown
                ? .unknown(page.hidden ?? "the page map says nothing") : .text(page.state.rawValue)
        }
        if let address = way.hostPhysical { return .integer(address) }
        return .unknown(page.hidden ?? "there is no host page yet: nobody has touched it")
    }
}
