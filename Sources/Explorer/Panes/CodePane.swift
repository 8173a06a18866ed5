import enum Command.Pane
import Screen
import Timeline
import X86

/// The instructions around RIP with their source, the registers, and the vCPU's record as a VMM keeps it.
enum CodePane: PaneView {
    static let pane = Pane.code
    static let isWindow = true

    static func source(_ context: PaneContext) -> String {
        guard let reading = reading(context) else { return "guest memory" }
        return "guest memory · \(reading.source.rawValue)"
    }

    static func scroll(_ context: PaneContext, width: Int, height: Int) -> Scroll {
        Scroll(offset: 0, visible: height, total: height)
    }

    static func lines(_ context: PaneContext, width: Int, height: Int) -> [Line] {
        guard context.world.vcpus.indices.contains(context.vcpu) else {
            return PaneText.unknown(
                "No vCPU yet", why: "KVM_CREATE_VCPU has not been called up to here", remedy: "build the machine",
                width: width, height: height)
        }
        if width >= 96, height >= 8 {
            let right = min(62, max(50, width * 2 / 5))
            let left = width - right - 3
            let registers = RegisterText.lines(context, width: right)
            var record = VCPURecord.lines(context, width: right)
            if registers.count + 1 + record.count > height { record = VCPURecord.brief(context, width: right) }
            let shown = registers.prefix(max(0, height - record.count - 1)) + [Line()] + record
            return PaneText.beside(
                CodeText.lines(context, width: left, height: height), Array(shown), leftWidth: left, width: width,
                height: height)
        }
        // One below the other; what has no room goes from the bottom.
        let registers = RegisterText.lines(context, width: width)
        var record = VCPURecord.lines(context, width: width)
        let least = max(6, min(height, PaneText.unlimited) * 2 / 5)
        if height < least + registers.count + 1 + record.count { record = VCPURecord.brief(context, width: width) }
        var below: [Line] = []
        if height >= least + record.count + 4 {
            below = [PaneText.rule("vCPU \(context.vcpu)", width: width)]
            below += registers.prefix(height - least - record.count - 1) + record
        }
        let code = height >= PaneText.unlimited ? 24 : height - below.count
        return PaneText.filled(CodeText.lines(context, width: width, height: code), height: code) + below
    }

    static func reading(_ context: PaneContext) -> RegisterReading? {
        guard context.world.vcpus.indices.contains(context.vcpu) else { return nil }
        return context.world.vcpus[context.vcpu].registers
    }
}

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
        let address = context.view.address ?? sight.rip
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
        let form = RowForm(sight, context.world.start, width: width)
        let shown = listing.rows.indices.dropFirst(min(top, listing.rows.count)).prefix(room).map { index in
            form.line(listing.rows[index], rip: sight.rip)
        }
        return Array((head + shown).prefix(height))
    }

    /// The first row that is shown: it moves by half a view at a time, so that single steps do not shift the text.
    private static func top(of listing: CodeListing, room: Int) -> Int {
        let half = max(1, room / 2)
        return max(0, listing.current / half * half - room / 4)
    }

    /// Where the vCPU stood when its registers were first read: surely the start of an instruction.
    private static func begin(_ context: PaneContext) -> UInt64? {
        var position = context.timeline.first
        while position < min(context.cursor, context.timeline.first + 512) {
            if case .registers(let reading)? = context.timeline[position]?.body, reading.vcpu == context.vcpu {
                return reading.general.rip
            }
            position += 1
        }
        return nil
    }

    private static func heading(
        _ context: PaneContext, _ sight: GuestSight, _ address: UInt64, width: Int
    ) -> [Line] {
        var line = Line("vCPU \(context.vcpu) ", .heading)
        line.append(context.view.address == nil ? "RIP " : "at ", .dim)
        line.append(Figure.hex(address), .address)
        if let symbol = context.world.start?.symbols.last(where: { $0.address <= address }),
            address - symbol.address < CodeListing.reach
        {
            let offset = address - symbol.address
            line.append(" <\(symbol.name)\(offset > 0 ? "+\(Figure.hex(offset))" : "")>", .emphasis)
        }
        line.append(" · \(sight.system.codeBits)-bit · \(MemoryReading.label(context))", .dim)
        guard let start = context.world.start, let source = start.source, !start.lines.isEmpty else { return [line] }
        // The source has a row of its own, there or not, so that the listing stays where it is.
        let number = start.lines.last { $0.address <= address && address - $0.address < 16 }?.line
        let text = number.flatMap { number in
            let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
            return lines.indices.contains(number - 1) ? String(lines[number - 1]) : nil
        }
        guard let number, let text else { return [line, Line("source: this address belongs to no line", .dim)] }
        return [line, Line("\(start.guest):\(number) ", .dim) + Line(CodeText.tidy(text))]
    }

    /// A line of source without its indentation.
    static func tidy(_ text: String) -> String {
        String(text.split(whereSeparator: { $0 == "\t" || $0 == " " }).joined(separator: " "))
    }

    /// Why there is no code to be shown at an address; nil where there is.
    private static func missing(_ context: PaneContext, _ sight: GuestSight, _ address: UInt64) -> Line? {
        let walk = sight.walk(sight.linear(address), .execute)
        guard let physical = walk.physicalAddress?.rawValue else {
            var line = Line("\(Figure.hex(address)) leads nowhere: ", .bad)
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

    func line(_ row: CodeListing.Row, rip: UInt64) -> Line {
        switch row {
        case .label(let name): return Line("  <\(name)>:", .heading)
        case .zeros(let address):
            return Line("  " + Figure.digits(address, digits), .address) + Line(" … zeros", .dim)
        case .instruction(let instruction, let number):
            let isCurrent = instruction.address == rip
            var line = Line(isCurrent ? "▶ " : "  ", .lit)
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
