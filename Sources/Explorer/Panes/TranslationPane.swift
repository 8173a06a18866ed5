import Command
import Facts
import Screen
import Timeline
import X86

import enum Command.Pane

/// One address on its way: guest virtual, guest physical, host virtual, host physical; each table that is read on it.
///
/// What is not shown yet has its place, so that nothing moves when the next level appears.
enum TranslationPane: PaneView {
    static let pane = Pane.translation

    static func source(_ context: PaneContext) -> String {
        guard let walk = way(context) else { return "computed" }
        return (["computed"] + (walk.translation == nil ? [] : ["ioctl"]) + (walk.page == nil ? [] : ["pagemap"]))
            .joined(separator: " + ")
    }

    static func lines(_ context: PaneContext, width: Int, height: Int) -> [Line] {
        guard let way = way(context) else {
            return PaneText.unknown(
                "No walk yet", why: "the registers of vCPU \(context.vcpu) have not been read", remedy: "step once",
                width: width)
        }
        var lines = head(way, context, width: width)
        if let walk = way.pageWalk, walk.mode.levels > 0 {
            lines += TranslationBits.lines(way, walk, width: width)
            lines.append(Line())
            lines += tables(way, walk, width: width)
            lines += tolerated(way, walk, width: width)
            lines.append(Line())
        }
        lines += TranslationPlaces(way: way, context: context, width: width).lines
        lines.append(Line())
        var footer = Line(MemoryReading.label(context), .dim)
        if let shown = way.question.shown { footer.append(" · \(shown) of \(way.stages) parts shown", .changed) }
        lines.append(footer)
        return lines
    }

    /// The walk in view; without one, that of the instruction that comes next.
    static func way(_ context: PaneContext) -> AddressWalk? {
        if let question = context.walk { return AddressWalk(question, in: context.world) }
        guard let sight = GuestSight(context) else { return nil }
        let question = WalkQuestion(
            vcpu: context.vcpu, address: sight.rip, access: .execute, isUser: sight.system.privilegeLevel == 3)
        return AddressWalk(question, in: context.world)
    }

    static func entry(_ name: String, _ text: Line, _ width: Int) -> [Line] {
        PaneText.entry(name, text, nameWidth: 4, width: width)
    }

    private static func head(_ way: AddressWalk, _ context: PaneContext, width: Int) -> [Line] {
        guard let walk = way.pageWalk else { return [] }
        var gva = Line(walk.address.description, .address)
        gva.append("  \(walk.access) by vCPU \(way.question.vcpu)", .dim)
        if context.walk == nil { gva.append(" · where RIP points", .dim) }
        gva.append(" · \(modeName(walk.mode))")
        var lines = entry("GVA", gva, width)
        if let segment = way.segment {
            var sum = Line("\(segment.name) ", .dim)
            let isUsual = segment.base == UInt64(segment.selector) << 4
            sum.append(isUsual ? "\(Figure.hex(UInt64(segment.selector))) × 16" : Figure.hex(segment.base), .code)
            sum.append(" + \(Figure.hex(way.question.address)) = ", .code)
            sum.append(Figure.hex(walk.linearAddress), .address)
            if !isUsual {
                sum.append(
                    "  the hidden base, not selector \(Figure.hex(UInt64(segment.selector))) × 16: unreal mode", .dim)
            }
            lines += entry("", sum, width)
        } else if walk.linearAddress != way.question.address {
            lines += entry("", Line("cut to 32 bits: ", .dim) + Line(Figure.hex(walk.linearAddress), .address), width)
        }
        let unmodelled = walk.registers.unmodelled
        if !unmodelled.isEmpty {
            lines += entry("", Line("\(unmodelled) is on, and is not taken into account here", .warning), width)
        }
        return lines
    }

    private static func modeName(_ mode: PagingMode) -> String {
        switch mode {
        case .real: "real mode: segment × 16 + offset"
        case .none: "paging is off: the linear address is the physical one"
        case .thirtyTwoBit: "32-bit paging, two levels"
        case .pae: "PAE paging, three levels"
        case .fourLevel: "4-level paging"
        case .fiveLevel: "5-level paging"
        }
    }

    private static func tables(_ way: AddressWalk, _ walk: PageWalk, width: Int) -> [Line] {
        let digits = walk.mode.entrySize * 2
        let top = walk.mode.levels
        let rows = (0..<top).map { place in
            let level = top - place
            let name = walk.mode.entryName(level: level) ?? ""
            guard place < way.shownTables else {
                let isOver = place >= walk.steps.count && way.question.shown == nil
                return Table.Row([Line(name, .dim), Line(isOver ? "–" : "·", .dim)])
            }
            let step = walk.steps[place]
            return Table.Row(
                [
                    Line(step.name, .emphasis), Line(step.tableAddress.description, .address), Line("\(step.index)"),
                    Line(step.entryAddress.description, .address),
                    Line("0x" + Figure.digits(step.entry.rawValue, digits), .code),
                    Line(step.entry.flagNames.joined(separator: " ")), leads(step), Line(step.effective.description),
                ], changed: way.question.shown == place + 1)
        }
        let columns = [
            Table.Column("ENTRY", width: 5, priority: 100),
            Table.Column("TABLE", width: 10, priority: 60),
            Table.Column("INDEX", width: 5, .right, priority: 80),
            Table.Column("AT", width: 10, priority: 50),
            Table.Column("VALUE", width: digits + 2, priority: 90),
            Table.Column("FLAGS", width: 14, grow: 1, priority: 70),
            Table.Column("LEADS TO", width: 21, priority: 45),
            Table.Column("SO FAR", width: 6, priority: 55),
        ]
        return PaneText.table(Table(columns, rows: rows), width: width, height: rows.count + 1)
    }

    /// A reserved bit that is set, and that this processor does not mind.
    private static func tolerated(_ way: AddressWalk, _ walk: PageWalk, width: Int) -> [Line] {
        guard let step = walk.steps.prefix(way.shownTables).first(where: \.hasToleratedBit) else { return [] }
        return entry(
            "",
            Line("Bit 5 of this \(step.name) is reserved by the manuals. ", .warning)
                + Line("The processor set it, as A in other entries, and the guest went on.", .dim), width)
    }

    private static func leads(_ step: PageWalk.Step) -> Line {
        guard step.entry.isPresent else { return Line("nothing: P is clear", .bad) }
        guard step.entry.faultingBitsSet == 0 else { return Line("nothing: reserved bit", .bad) }
        if let size = step.entry.pageSize { return Line("\(size) at \(step.entry.frame)", .good) }
        return Line("table \(step.entry.frame)")
    }
}
