/// One bit or field of a page-table entry, with its value here and what that value says.
public struct EntryField: Hashable, Sendable {
    /// The manual's abbreviation: `P`, `R/W`, `U/S`, `PWT`, `PCD`, `A`, `D`, `PS`, `PAT`, `G`, `AVL`, `PK`, `NX`;
    /// `address`; `reserved`.
    public let name: String
    public let bits: BitRange
    /// The bits as a number; for `address` the frame itself.
    public let value: UInt64
    /// What this value, not the field in general, means.
    public let meaning: String
    /// The processor does not look at it at this level.
    public let isIgnored: Bool
}

extension PageTableEntry {
    /// The entry cut into its fields from bit 0 up; runs of reserved bits appear only where one of them is set.
    ///
    /// In an entry that is not present everything but P is ignored.
    public var fields: [EntryField] {
        var list = EntryFieldList(entry: self)
        list.add("P", 0, set: "present", clear: "not present: the processor looks at nothing else in this entry")
        if isPAEPointer {
            list.addCaching()
        } else {
            list.add("R/W", 1, set: "writes are allowed", clear: "read-only")
            list.add("U/S", 2, set: "user code may use it", clear: "supervisor only")
            list.addCaching()
            list.add("A", 5, set: "accessed: used in a translation", clear: "not used in a translation yet")
            if isLeaf {
                list.add("D", 6, set: "dirty: written through", clear: "not written through yet")
            } else {
                list.add("D", 6, set: "ignored: this entry maps no page", clear: "", ignored: true)
            }
            addSizeAndGlobal(to: &list)
        }
        list.add("AVL", BitRange(11, 9), "for the operating system's own use", ignored: true)
        if isLarge { list.add("PAT", 12, set: "memory type: third bit", clear: "") }
        list.add("address", addressBits, isLeaf ? "the page's frame" : "the next table", value: frame.rawValue)
        addUpper(to: &list)
        var reserved = reservedBitsSet
        while reserved != 0 {
            let bit = reserved.trailingZeroBitCount
            let faults = faultingBitsSet >> UInt64(bit) & 1 == 1
            list.add(
                "reserved", bit,
                set: faults
                    ? "must be zero: a translation through this entry faults"
                    : "reserved by the manuals; a processor that marks it as accessed goes on",
                clear: "")
            reserved &= reserved &- 1
        }
        return list.fields.sorted { ($0.bits.low, $0.name) < ($1.bits.low, $1.name) }
    }

    /// Names of the flags that are set and not ignored, lowest first, as `P R/W U/S A D`; a reserved bit as
    /// `reserved 51`.
    public var flagNames: [String] {
        fields.filter { $0.value != 0 && $0.bits.width == 1 && !$0.isIgnored }
            .map { $0.name == "reserved" ? "reserved \($0.bits)" : $0.name }
    }

    private var addressBits: BitRange {
        switch (format.mode, isLarge, level) {
        case (.thirtyTwoBit, true, _): BitRange(31, 22)
        case (.thirtyTwoBit, false, _): BitRange(31, 12)
        case (_, true, 3): BitRange(Int(format.physicalAddressBits) - 1, 30)
        case (_, true, _): BitRange(Int(format.physicalAddressBits) - 1, 21)
        default: BitRange(Int(format.physicalAddressBits) - 1, 12)
        }
    }

    private func addSizeAndGlobal(to list: inout EntryFieldList) {
        if level == 1 {
            list.add("PAT", 7, set: "memory type: third bit", clear: "")
        } else if format.canBeLarge(level: level) {
            list.add("PS", 7, set: "maps a page of \(pageSize?.description ?? "")", clear: "points to a table")
        } else if reservedBitsSet & 0x80 == 0 {
            list.add("PS", 7, set: "ignored: CR4.PSE is off", clear: "points to a table", ignored: true)
        }
        if isLeaf {
            list.add("G", 8, set: "global: stays in the TLB when CR3 is loaded", clear: "dropped when CR3 is loaded")
        } else if reservedBitsSet & 0x100 == 0 {
            list.add("G", 8, set: "ignored: this entry maps no page", clear: "", ignored: true)
        }
    }

    private func addUpper(to list: inout EntryFieldList) {
        if format.mode == .thirtyTwoBit {
            if isLarge { list.add("PSE-36", BitRange(20, 13), "bits 39:32 of the frame", ignored: false) }
            return
        }
        if format.mode != .pae {
            let key = isLeaf && format.hasProtectionKeys
            list.add("AVL", BitRange(58, 52), "for the operating system's own use", ignored: true)
            list.add(
                key ? "PK" : "AVL", BitRange(62, 59), key ? "protection key" : "for the operating system's own use",
                ignored: !key)
        }
        if hasNoExecuteBit {
            list.add("NX", 63, set: "no instruction fetch", clear: "code may run")
        }
    }
}

private struct EntryFieldList {
    let entry: PageTableEntry
    var fields: [EntryField] = []

    init(entry: PageTableEntry) { self.entry = entry }

    mutating func add(_ name: String, _ bit: Int, set: String, clear: String, ignored: Bool = false) {
        let range = BitRange(bit)
        let value = range.value(in: entry.rawValue)
        append(name, range, value, value == 1 ? set : clear, ignored)
    }

    mutating func add(
        _ name: String, _ range: BitRange, _ meaning: String, ignored: Bool = false, value: UInt64? = nil
    ) {
        append(name, range, value ?? range.value(in: entry.rawValue), meaning, ignored)
    }

    mutating func addCaching() {
        add("PWT", 3, set: "memory type: write-through", clear: "")
        add("PCD", 4, set: "memory type: cache disabled", clear: "")
    }

    private mutating func append(_ name: String, _ range: BitRange, _ value: UInt64, _ meaning: String, _ ignored: Bool)
    {
        let ignored = ignored || (!entry.isPresent && name != "P")
        fields.append(EntryField(name: name, bits: range, value: value, meaning: meaning, isIgnored: ignored))
    }
}
