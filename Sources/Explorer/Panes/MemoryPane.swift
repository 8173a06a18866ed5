import Command
import Screen
import Timeline

import enum Command.Pane

/// The memory slots, and guest physical memory as bytes.
///
/// `scroll` counts rows from the row of the address that is looked at; above it they are negative.
enum MemoryPane: PaneView {
    static let pane = Pane.memory
    static let isWindow = true

    static func source(_ context: PaneContext) -> String { "guest memory" }

    static func scroll(_ context: PaneContext, width: Int, height: Int) -> Scroll {
        let perRow = bytesPerRow(width)
        let top = base(context) / UInt64(perRow)
        let end = context.world.memory.slots.map { $0.start &+ $0.size }.max() ?? 0
        let visible = hexRows(context, height)
        // The row looked at can be the first one shown, however near the end it is.
        let total = Int(clamping: max(end / UInt64(perRow), top) &+ UInt64(visible))
        let scroll = min(max(context.view.scroll, -(1 << 60)), 1 << 60)
        return Scroll(offset: Int(clamping: top) + scroll, visible: visible, total: total)
    }

    static func lines(_ context: PaneContext, width: Int, height: Int) -> [Line] {
        let memory = context.world.memory
        guard !memory.slots.isEmpty else {
            return PaneText.unknown(
                "No memory slot", why: "no KVM_SET_USER_MEMORY_REGION has given the guest memory up to here",
                remedy: "build the machine", width: width, height: height)
        }
        let slots = slotLines(context, width: width, height: height)
        let perRow = bytesPerRow(width)
        let rows = min(hexRows(context, height), 4096)
        let top = UInt64(scroll(context, width: width, height: height).offset) &* UInt64(perRow)
        var hex: [Line] = []
        for row in 0..<max(0, rows) {
            let address = top &+ UInt64(row) &* UInt64(perRow)
            // Past the last address there is nothing to show.
            if row > 0, address < top { break }
            let chosen = row == 0 ? context.view.selection.map { min(max($0, 0), perRow - 1) } : nil
            hex.append(self.row(memory, address, perRow: perRow, chosen: chosen))
        }
        guard height >= 5 else { return Array((slots + hex).prefix(max(0, height))) }
        var footer = Line(MemoryReading.label(context), .dim)
        if context.view.selection != nil, let byte = byte(context, width: width, height: height) {
            let key = CommandTable.keys(for: .walkHere).first.map { "\($0)" } ?? "walk here"
            footer = Line("▸ \(Figure.hex(byte))", .emphasis) + Line("  \(key) follows it · ", .dim) + footer
        }
        if !memory.changed.isEmpty {
            footer.append(" · \(PaneText.mark) changed with that reading", .changed)
        }
        return slots + hex + [footer.truncated(to: width)]
    }

    private static func bytesPerRow(_ width: Int) -> Int { width >= 78 ? 16 : width >= 46 ? 8 : 4 }

    private static func slotRows(_ context: PaneContext, _ height: Int) -> Int {
        guard height >= 9 else { return 0 }
        return min(context.world.memory.slots.count + 1, max(2, height / 4))
    }

    private static func hexRows(_ context: PaneContext, _ height: Int) -> Int {
        let above = slotRows(context, height)
        return max(1, height - (above > 0 ? above + 1 : 0) - (height >= 5 ? 1 : 0))
    }

    /// The first byte: the address asked for, else the page of RIP, else where programs are loaded.
    private static func base(_ context: PaneContext) -> UInt64 {
        if let address = context.view.address { return address & ~15 }
        if let sight = GuestSight(context), let physical = sight.physical(sight.linear(sight.rip)) {
            return physical & ~4095
        }
        return 0x100000
    }

    private static func slotLines(_ context: PaneContext, width: Int, height: Int) -> [Line] {
        let rows = slotRows(context, height)
        guard rows > 0 else { return [] }
        let slots = context.world.memory.slots
        let new = Recent(context).slots
        let table = Table(slotColumns, count: slots.count) { index in
            let slot = slots[index]
            let flags = [slot.isReadOnly ? "read-only" : "", slot.logsDirtyPages ? "logs dirty pages" : ""]
                .filter { !$0.isEmpty }.joined(separator: ", ")
            return Table.Row(
                [
                    Line("\(slot.id)"), Line(Figure.hex(slot.start), .address),
                    Line(Figure.hex(slot.start &+ (slot.size &- 1)), .address), Line(Figure.bytes(slot.size)),
                    Line(Figure.hex(slot.host), .address), Line(flags, .dim),
                ], changed: new.contains(slot.id))
        }
        return PaneText.table(table, width: width, height: rows)
            + [PaneText.rule("guest physical memory", width: width)]
    }

    private static let slotColumns = [
        Table.Column("SLOT", width: 4, .right, priority: 90),
        Table.Column("FIRST", width: 11, priority: 100),
        Table.Column("LAST", width: 11, priority: 80),
        Table.Column("SIZE", width: 9, priority: 60),
        Table.Column("AT HVA", width: 14, priority: 70),
        Table.Column("FLAGS", width: 9, grow: 1, priority: 50),
    ]

    /// Address, bytes with a mark before each that changed, and the characters.
    private static func row(_ memory: MemoryImage, _ address: UInt64, perRow: Int, chosen: Int?) -> Line {
        var line = Line(Figure.digits(address, 8), .address)
        line.append(" ")
        var text = Line()
        let chosen = chosen.flatMap { UInt64(exactly: $0) }
        for offset in 0..<UInt64(perRow) {
            if offset == 8 { line.append(" ") }
            let place = address &+ offset
            // Past the end of the address space.
            guard place >= address, let byte = memory[place] else {
                let isDamaged = place >= address && memory.gap(at: place) == .damaged
                line.append((offset == chosen ? "▸" : " ") + (isDamaged ? "??" : "··"), isDamaged ? .bad : .dim)
                text.append(" ")
                continue
            }
            let changed = memory.hasChanged(place)
            let isChosen = offset == chosen
            line.append(isChosen ? "▸" : changed ? PaneText.mark : " ", isChosen ? .emphasis : .changed)
            line.append(
                Figure.digits(UInt64(byte), 2), isChosen ? .selection : changed ? .changed : byte == 0 ? .dim : .normal)
            let isPrintable = (0x20..<0x7F).contains(byte)
            text.append(isPrintable ? String(Character(Unicode.Scalar(byte))) : ".", isPrintable ? .normal : .dim)
        }
        line.append("  ")
        if memory.slot(containing: address) == nil, memory[address &+ UInt64(perRow - 1)] == nil {
            line.append("no slot", .dim)
        } else if memory.gap(at: address) == .damaged {
            line.append("damaged in the recording", .bad)
        } else {
            line.append("│", .border)
            line += text
            line.append("│", .border)
        }
        return line
    }

    static func moved(
        _ direction: Command.Direction, _ context: PaneContext, width: Int, height: Int
    ) -> PaneState {
        var state = context.view
        if direction == .left || direction == .right {
            let column = min(max(state.selection ?? 0, 0), bytesPerRow(width) - 1)
            state.selection = min(
                max(state.selection == nil ? 0 : column + (direction == .right ? 1 : -1), 0), bytesPerRow(width) - 1)
            return state
        }
        let rows = direction.rows(page: hexRows(context, height))
        let offset = scroll(context, width: width, height: height).moved(by: rows).offset
        state.scroll = offset - Int(clamping: base(context) / UInt64(bytesPerRow(width)))
        return state
    }

    /// The byte that the pane's own cursor is on: in the first row, at the chosen column.
    private static func byte(_ context: PaneContext, width: Int, height: Int) -> UInt64? {
        guard !context.world.memory.slots.isEmpty else { return nil }
        let perRow = bytesPerRow(width)
        let top = UInt64(max(0, scroll(context, width: width, height: height).offset)) &* UInt64(perRow)
        return top &+ UInt64(min(max(context.view.selection ?? 0, 0), perRow - 1))
    }

    static func walked(_ context: PaneContext, width: Int, height: Int) -> Command? {
        if context.view.selection == nil, let address = context.view.address { return .walkPhysical(.address(address)) }
        return byte(context, width: width, height: height).map { .walkPhysical(.address($0)) }
    }
}
