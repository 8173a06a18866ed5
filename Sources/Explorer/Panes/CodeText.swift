import Screen
import Timeline
import X86

/// The listing of the Code pane.
enum CodeText {
    static func lines(_ context: PaneContext, width: Int, height: Int) -> [Line] {
        guard height > 0 else { return [] }
        guard CodePane.reading(context) != nil else {
            return PaneText.unknown(
                "RIP unknown", why: "the registers of vCPU \(context.vcpu) have not been read up to here",
                remedy: "stop it, or step once", width: width)
        }
        guard let sight = GuestSight(context) else {
            return PaneText.unknown(
                "Code unknown", why: "the control registers have not been read, so that RIP cannot be translated",
                remedy: "step once", width: width, height: height)
        }
        let address = context.view.address ?? sight.linear(sight.rip)
        let head = heading(context, sight, address, width: width)
        let room = max(1, height - head.count)
        if let trouble = missing(context, sight, address) {
            return Array((head + trouble.wrapped(to: width)).prefix(height))
        }
        let listing = CodeListing(
            sight, at: address, start: context.world.start, begin: begin(context), count: room)
        guard !listing.rows.isEmpty else {
            return head + [Line("no instruction can be decoded here", .warning)]
        }
        let top = top(of: listing, room: room) + (context.view.followsCursor ? 0 : max(0, context.view.scroll))
        let isOld = isOld(context)
        let form = RowForm(sight, context.world.start, width: width)
        let shown = listing.rows.indices.dropFirst(min(top, listing.rows.count)).prefix(room).map { index in
            form.line(listing.rows[index], rip: listing.base == sight.codeBase ? sight.rip : nil, isOld: isOld)
        }
        return Array((head + shown).prefix(height))
    }

    /// The first row that is shown: it moves by half a view at a time, so that single steps do not shift the text.
    private static func top(of listing: CodeListing, room: Int) -> Int {
        let half = max(1, room / 2)
        return max(0, listing.current / half * half - room / 4)
    }

    /// Where the vCPU stood when its registers were first read, as a linear address: surely the start of an instruction.
    private static func begin(_ context: PaneContext) -> UInt64? {
        var position = context.timeline.first
        while position < min(context.cursor, context.timeline.first + 512) {
            if case .registers(let reading)? = context.timeline[position]?.body, reading.vcpu == context.vcpu {
                guard let system = reading.system, system.codeBits != 64 else { return reading.general.rip }
                return (system.cs.base &+ reading.general.rip) & 0xFFFF_FFFF
            }
            position += 1
        }
        return nil
    }

    private static func heading(
        _ context: PaneContext, _ sight: GuestSight, _ address: UInt64, width: Int
    ) -> [Line] {
        if let chosen = CodeAddresses.line(context) {
            guard let start = context.world.start, start.source != nil, !start.lines.isEmpty else { return [chosen] }
            return [chosen, sourceLine(of: address, in: start)]
        }
        var line = Line("vCPU \(context.vcpu) ", .heading)
        if context.view.address != nil {
            line.append("at ", .dim)
        } else if isOld(context) {
            line.append("has run on; RIP was ", .warning)
        } else {
            line.append("RIP ", .dim)
        }
        let base = sight.codeBase(for: address)
        line.append(Figure.hex(address &- base), .address)
        if base != 0 {
            line.append(" in CS ", .dim)
            line.append("+ \(Figure.hex(base)) = ", .dim)
            line.append(Figure.hex(address), .address)
        }
        if let symbol = context.world.start?.symbols.last(where: {
            $0.address <= address && !CodeListing.isLinkerMark($0)
        }),
            address - symbol.address < CodeListing.reach
        {
            let offset = address - symbol.address
            line.append(" <\(symbol.name)\(offset > 0 ? "+\(Figure.hex(offset))" : "")>", .emphasis)
        }
        line.append(" · \(sight.system.codeBits)-bit · \(MemoryReading.label(context))", .dim)
        guard let start = context.world.start, start.source != nil, !start.lines.isEmpty else { return [line] }
        // The source has a row of its own, there or not, so that the listing stays where it is.
        return [line, sourceLine(of: address, in: start)]
    }

    private static func sourceLine(of address: UInt64, in start: RunStart) -> Line {
        let source = start.source ?? ""
        let number = lineNumber(of: address, in: start.lines)
        let text = number.flatMap { number in
            let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
            return lines.indices.contains(number - 1) ? String(lines[number - 1]) : nil
        }
        guard let number, let text else { return Line("source: this address belongs to no line", .dim) }
        return Line("\(PaneText.fileName(start.guest)):\(number) ", .dim) + Line(CodeText.tidy(text))
    }

    /// Whether RIP is from before the vCPU ran on, so that it stands somewhere else by now.
    static func isOld(_ context: PaneContext) -> Bool {
        let vcpu = context.world.vcpus[context.vcpu]
        return vcpu.isRunning || VCPURecord.hasRun(context, vcpu)
    }

    /// The line that an address belongs to: that of its own entry, or of the entry before where another one follows.
    ///
    /// Behind the last entry nothing says how far its line reaches.
    private static func lineNumber(of address: UInt64, in lines: [SourceLine]) -> Int? {
        guard let index = lines.lastIndex(where: { $0.address <= address }) else { return nil }
        return lines[index].address == address || index + 1 < lines.count ? lines[index].line : nil
    }

    /// A line of source without its indentation.
    static func tidy(_ text: String) -> String {
        String(text.split(whereSeparator: { $0 == "\t" || $0 == " " }).joined(separator: " "))
    }

    /// Why there is no code to be shown at an address; nil where there is.
    private static func missing(_ context: PaneContext, _ sight: GuestSight, _ address: UInt64) -> Line? {
        let walk = sight.walk(address, .execute)
        guard let physical = walk.physicalAddress?.rawValue else {
            var line = Line("\(Figure.hex(address)) leads nowhere: ", .bad)
            if case .memoryMissing(_, let place) = walk.outcome,
                let gap = context.world.memory.gap(in: place.rawValue, count: 8), gap != .noSlot
            {
                line = Line("where \(Figure.hex(address)) leads is not known: ", .warning)
                line.append("a page table lies at \(place), \(gap.place)")
                return line
            }
            switch walk.outcome {
            case .fault(let level, let reason, _):
                line.append("the guest's page tables say \(reason) at level \(level)")
            case .memoryMissing(_, let place): line.append("a page table would lie at \(place), in no memory slot")
            case .translated: break
            }
            return line
        }
        guard context.world.memory.slot(containing: physical) != nil else {
            var line = Line("\(Figure.hex(physical)) is in no memory slot: ", .bad)
            line.append("the guest jumped to where there is no memory")
            return line
        }
        if let gap = context.world.memory.gap(at: physical), gap != .noSlot {
            return Line("what lies at \(Figure.hex(physical)) is not known: it is \(gap.place)", .warning)
        }
        guard !context.world.memory.pages.isEmpty else {
            var line = Line("guest memory has not been read yet: ", .warning)
            line.append("it is read at the next stop", .dim)
            return line
        }
        return nil
    }
}

/// One row of the listing, its columns where they always are.
private struct RowForm {
    private let digits: Int
    private let byteRoom: Int
    private let textRoom: Int
    private let sourceRoom: Int
    private let source: [Substring]

    init(_ sight: GuestSight, _ start: RunStart?, width: Int) {
        digits = sight.isLongCode && sight.rip >> 32 != 0 ? 16 : 8
        byteRoom = width >= 58 ? 21 : 0
        source = start?.source?.split(separator: "\n", omittingEmptySubsequences: false) ?? []
        let left = width - digits - 3 - (byteRoom > 0 ? byteRoom + 1 : 0)
        let hasSource = !source.isEmpty && !(start?.lines.isEmpty ?? true) && left >= 50
        textRoom = hasSource ? 26 : max(1, left)
        sourceRoom = hasSource ? left - 29 : 0
    }

    func line(_ row: CodeListing.Row, rip: UInt64?, isOld: Bool) -> Line {
        // A lighter mark where the vCPU was before it ran on.
        let mark = isOld ? Span("› ", .dim) : Span("▶ ", .lit)
        switch row {
        case .label(let name): return Line("  <\(name)>:", .heading)
        case .zeros(let address, let reads):
            var line = address == rip ? Line(mark) : Line("  ")
            line.append(Figure.digits(address, digits), .address)
            line.append(" … zeros", .dim)
            if let reads { line.append(", which read as \(reads)", .dim) }
            return line
        case .instruction(let instruction, let number):
            let isCurrent = instruction.address == rip
            var line = isCurrent ? Line(mark) : Line("  ")
            line.append(Figure.digits(instruction.address, digits), .address)
            line.append(" ")
            if byteRoom > 0 {
                line += Line(instruction.byteText, .dim).truncated(to: byteRoom).padded(to: byteRoom)
                line.append(" ")
            }
            let style: Style = instruction.isUndecodable ? .dim : .code
            let text = Line(instruction.text, isCurrent ? style.bold : style).truncated(to: textRoom)
            guard sourceRoom > 0 else { return line + text }
            line += text.padded(to: textRoom)
            line.append(" │ ", .border)
            if let number, source.indices.contains(number - 1) {
                line.append("\(number) ".leftPadded(to: 4), .dim)
                line += Line(CodeText.tidy(String(source[number - 1]))).truncated(to: max(0, sourceRoom - 4))
            }
            return line.trimmed
        }
    }
}

extension String {
    fileprivate func leftPadded(to width: Int) -> String {
        String(repeating: " ", count: max(0, width - count)) + self
    }
}
