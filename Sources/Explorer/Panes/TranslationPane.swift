import Screen
import Timeline
import X86

import enum Command.Pane

/// One address on its way: guest virtual, guest physical, host virtual; each table that was read on the way.
enum TranslationPane: PaneView {
    static let pane = Pane.translation

    static func source(_ context: PaneContext) -> String { "computed" }

    static func lines(_ context: PaneContext, width: Int, height: Int) -> [Line] {
        guard let sight = GuestSight(context) else {
            return PaneText.unknown(
                "No walk yet", why: "the registers of vCPU \(context.vcpu) have not been read", remedy: "step once",
                width: width)
        }
        let isRIP = context.view.address == nil
        let address = context.view.address ?? sight.linear(sight.rip)
        let walk = sight.walk(address, isRIP ? .execute : .read)
        var lines = head(walk, isRIP: isRIP, width: width)
        lines += split(walk, width: width)
        lines += tables(walk, width: width)
        lines += result(walk, sight, width: width)
        lines.append(Line())
        lines.append(Line(MemoryReading.label(context), .dim))
        return lines
    }

    private static func entry(_ name: String, _ text: Line, _ width: Int) -> [Line] {
        PaneText.entry(name, text, nameWidth: 7, width: width)
    }

    private static func head(_ walk: PageWalk, isRIP: Bool, width: Int) -> [Line] {
        var gva = Line(walk.address.description, .address)
        gva.append(isRIP ? "  where RIP points" : "  as asked for", .dim)
        var mode = Line(modeName(walk.mode))
        mode.append(" · \(walk.access)", .dim)
        return entry("GVA", gva, width) + entry("paging", mode, width)
    }

    private static func modeName(_ mode: PagingMode) -> String {
        switch mode {
        case .real: "none: real mode, the segment's base plus the offset"
        case .none: "off: the linear address is the physical one"
        case .thirtyTwoBit: "32-bit, two levels"
        case .pae: "PAE, three levels"
        case .fourLevel: "4-level"
        case .fiveLevel: "5-level"
        }
    }

    private static func split(_ walk: PageWalk, width: Int) -> [Line] {
        guard walk.mode.levels > 0 else { return [] }
        var line = Line()
        for field in AddressSplit(walk.address, mode: walk.mode, pageSize: walk.pageSize).fields {
            if !line.isEmpty { line.append(" │ ", .border) }
            line.append("\(field.name) \(field.bits) ", .dim)
            line.append(Figure.hex(field.value), .code)
        }
        return entry("bits", line, width)
    }

    private static func tables(_ walk: PageWalk, width: Int) -> [Line] {
        guard !walk.steps.isEmpty else { return [] }
        let rows = walk.steps.map { step in
            Table.Row([
                Line(step.name, .emphasis), Line(step.tableAddress.description, .address), Line("\(step.index)"),
                Line(step.entryAddress.description, .address),
                Line("0x" + Figure.digits(step.entry.rawValue, walk.mode.entrySize * 2), .code),
                Line(step.entry.flagNames.joined(separator: " ")), Line(step.effective.description),
            ])
        }
        let columns = [
            Table.Column("ENTRY", width: 5, priority: 100),
            Table.Column("TABLE", width: 10, priority: 60),
            Table.Column("INDEX", width: 5, .right, priority: 80),
            Table.Column("AT", width: 10, priority: 50),
            Table.Column("VALUE", width: walk.mode.entrySize * 2 + 2, priority: 90),
            Table.Column("FLAGS", width: 12, grow: 1, priority: 70),
            Table.Column("SO FAR", width: 6, priority: 40),
        ]
        return [Line()] + PaneText.table(Table(columns, rows: rows), width: width, height: rows.count + 1) + [Line()]
    }

    private static func result(_ walk: PageWalk, _ sight: GuestSight, width: Int) -> [Line] {
        switch walk.outcome {
        case .translated(let physical, let size, _):
            var gpa = Line(physical.description, .address)
            if let size { gpa.append("  in a page of \(size) · \(walk.rights?.description ?? "")", .dim) }
            var lines = entry("GPA", gpa, width)
            if let slot = sight.memory.slot(containing: physical.rawValue) {
                let offset = physical.rawValue &- slot.start
                var hva = Line(Figure.hex(slot.host &+ offset), .address)
                hva.append("  slot \(slot.id): \(Figure.hex(slot.host)) + \(Figure.hex(offset))", .dim)
                lines += entry("HVA", hva, width)
                lines += entry(
                    "HPA", Line("? ", .warning) + Line("this version does not read the host's page map", .dim), width)
            } else {
                lines += entry(
                    "HVA", Line("none", .warning) + Line("  no memory slot holds it: an access is MMIO", .dim), width)
            }
            return lines
        case .fault(let level, let reason, let code):
            let name = reason == .nonCanonical ? "#GP" : "#PF"
            var line = Line("\(name) \(reason)", .bad)
            if let entryName = walk.mode.entryName(level: level), reason != .nonCanonical {
                line.append(" at the \(entryName)")
            }
            if reason != .nonCanonical { line.append(", error code \(Figure.hex(UInt64(code.rawValue))) (\(code))") }
            if let denial = walk.denial { line.append(": \(denial)", .dim) }
            return entry("fault", line, width)
        case .memoryMissing(let level, let place):
            var line = Line("? ", .warning)
            line.append("the \(walk.mode.entryName(level: level) ?? "entry") would lie at \(place), in no memory slot")
            return entry("GPA", line, width)
        }
    }
}
