internal import Facts
internal import Timeline
internal import X86

extension AddressWalk {
    /// The object of `walk --json`; Documentation/WALK.md is the contract.
    var json: JSON {
        var pairs: [(String, JSON)] = []
        pairs.append(("address", .address(question.address)))
        pairs.append(("access", .string(question.access.rawValue)))
        pairs.append(("user", .bool(question.isUser)))
        pairs.append(("vcpu", .integer(question.vcpu)))
        pairs.append(("paging", .optional(pageWalk?.mode.rawValue)))
        pairs.append(("segment", segment?.json ?? .null))
        pairs.append(("linear", .address(pageWalk?.linearAddress)))
        pairs.append(("steps", .array(pageWalk?.steps.map { $0.json } ?? [])))
        pairs.append(("effective", pageWalk?.effective.json ?? .null))
        pairs.append(("pageSize", .bytes(pageWalk?.pageSize?.bytes)))
        pairs.append(("gpa", .address(guestPhysical)))
        pairs.append(("fault", fault))
        pairs.append(("unknown", unknown))
        pairs.append(("translate", translate))
        pairs.append(("slot", slotJSON))
        pairs.append(("hva", .address(hostVirtual)))
        pairs.append(("hpa", hpa))
        pairs.append(("hpaHidden", .optional(hpaHidden)))
        pairs.append(("page", .optional(page?.state.rawValue)))
        return .object(pairs)
    }

    private var fault: JSON {
        guard case .fault(let level, let reason, let code)? = pageWalk?.outcome else { return .null }
        return .object([
            ("level", .integer(level)), ("reason", .string(reason.rawValue)),
            ("errorCode", .integer(Int(code.rawValue))),
        ])
    }

    private var unknown: JSON {
        guard case .memoryMissing(let level, let address)? = pageWalk?.outcome else { return .null }
        return .object([
            ("level", .integer(level)), ("entryAddress", .address(address.rawValue)),
            ("why", .string(missing == .leftOut ? "the page was not read" : "no memory slot holds the entry")),
        ])
    }

    private var translate: JSON {
        guard let translation, translation.refusal == nil else { return .null }
        return .object([
            ("valid", .bool(translation.isValid)), ("gpa", .address(translation.physical)),
            ("agreement", .string(word)),
        ])
    }

    private var word: String {
        switch agreement {
        case .agrees: "agrees"
        case .explained(let why): "explained: \(why)"
        case .disagrees(let what): "disagrees: \(what)"
        case .unknown(let why): "unknown: \(why)"
        }
    }

    private var slotJSON: JSON {
        guard let slot, let guestPhysical else { return .null }
        return .object([
            ("id", .integer(slot.id)), ("start", .address(slot.start)), ("size", .integer(Int(clamping: slot.size))),
            ("offset", .address(guestPhysical &- slot.start)), ("readOnly", .bool(slot.isReadOnly)),
        ])
    }

    private var hpa: JSON {
        guard let hostPhysical, let page else { return .null }
        return .object([
            ("address", .address(hostPhysical)), ("flags", .array(page.flags.map { .string($0) })),
            ("pageSize", .bytes(page.unit)),
        ])
    }

    private var hpaHidden: String? {
        guard hostVirtual != nil, hostPhysical == nil else { return nil }
        guard let page else { return "the page map was not asked" }
        switch page.state {
        case .absent: return "there is no host page yet: nobody has touched it"
        case .swapped: return page.hidden ?? "it is in a swap device"
        case .present, .unknown: return page.hidden ?? "the kernel does not say"
        }
    }
}

extension AddressWalk.Segment {
    fileprivate var json: JSON {
        .object([("name", .string(name)), ("selector", .integer(Int(selector))), ("base", .address(base))])
    }
}

extension PageWalk.Step {
    fileprivate var json: JSON {
        var pairs: [(String, JSON)] = []
        pairs.append(("level", .integer(level)))
        pairs.append(("name", .string(name)))
        pairs.append(("table", .address(tableAddress.rawValue)))
        pairs.append(("index", .integer(index)))
        pairs.append(("entryAddress", .address(entryAddress.rawValue)))
        pairs.append(("entry", .address(entry.rawValue)))
        pairs.append(("present", .bool(entry.isPresent)))
        pairs.append(("writable", .bool(entry.isWritable)))
        pairs.append(("user", .bool(entry.isUser)))
        pairs.append(("executable", .bool(entry.isExecutable)))
        pairs.append(("accessed", .bool(entry.isAccessed)))
        pairs.append(("dirty", .bool(entry.isDirty)))
        pairs.append(("large", .bool(entry.isLarge)))
        pairs.append(("flags", .array(entry.flagNames.map { .string($0) })))
        pairs.append(("effective", effective.json))
        return .object(pairs)
    }
}

extension PagePermissions {
    fileprivate var json: JSON {
        .object([("writable", .bool(isWritable)), ("user", .bool(isUser)), ("executable", .bool(isExecutable))])
    }
}

extension JSON {
    /// A 64-bit address as the contracts write it.
    static func address(_ value: UInt64) -> JSON { .string("0x" + String(value, radix: 16)) }
    static func address(_ value: UInt64?) -> JSON { value.map { .address($0) } ?? .null }
    static func bytes(_ value: UInt64?) -> JSON { value.map { .integer(Int(clamping: $0)) } ?? .null }
}
