import Command
import Screen
import Timeline
import X86

/// The addresses that the Code pane speaks of: what the instruction touches, the registers, the symbols.
///
/// The pane's own cursor goes through them with the left and right arrows, and `walk here` follows the one it is on.
struct CodeAddresses {
    struct Place {
        /// As the notice names it, such as `[rbx+0x8]` or `rsp`.
        var name: String
        var address: UInt64
        var access: Command.AccessKind
    }

    private(set) var places: [Place] = []

    init(_ context: PaneContext) {
        guard let sight = GuestSight(context) else { return }
        let at = context.view.address ?? sight.rip
        if let instruction = Self.instruction(at: at, sight), let operand = instruction.memoryOperand {
            let address = operand.effectiveAddress { Self.value(of: $0, sight.registers.general) }
            if let address {
                places.append(
                    Place(
                        name: "operand of \(instruction.text)", address: address,
                        access: operand.isWritten ? .write : .read))
            }
        }
        places.append(Place(name: context.view.address == nil ? "rip" : "this code", address: at, access: .execute))
        for name in GeneralRegisters.names where name != "rip" && name != "rflags" {
            guard let value = sight.registers.general[name] else { continue }
            places.append(Place(name: name, address: value, access: .read))
        }
        for symbol in context.world.start?.symbols ?? [] where !CodeListing.isLinkerMark(symbol) {
            places.append(Place(name: "symbol \(symbol.name)", address: symbol.address, access: .read))
        }
    }

    /// The one that the pane's cursor is on.
    func current(_ view: PaneState) -> Place? {
        guard !places.isEmpty else { return nil }
        return places[min(max(view.selection ?? 0, 0), places.count - 1)]
    }

    /// What stands in the heading while the cursor is among them.
    static func line(_ context: PaneContext) -> Line? {
        guard context.view.selection != nil, let place = CodeAddresses(context).current(context.view) else {
            return nil
        }
        var line = Line("▸ ", .emphasis)
        line.append(place.name, .emphasis)
        line.append(" = ", .dim)
        line.append(Figure.hex(place.address), .address)
        let key = CommandTable.keys(for: .walkHere).first.map { "\($0)" } ?? "walk here"
        line.append("  \(key) follows it (\(place.access.rawValue))", .dim)
        return line
    }

    private static func instruction(at address: UInt64, _ sight: GuestSight) -> Instruction? {
        let bytes = sight.bytes(at: sight.linear(address), count: Disassembler.longestInstruction)
        guard !bytes.isEmpty, let decoder = try? Disassembler(mode: sight.codeSize) else { return nil }
        let instruction = decoder.decode(bytes, at: address)
        return instruction.length > 0 ? instruction : nil
    }

    /// A register by the name that an operand has for it; upper bits that the name does not cover may be left in.
    private static func value(of name: String, _ registers: GeneralRegisters) -> UInt64? {
        if let value = registers[name] { return value }
        if name.hasPrefix("e") { return registers["r" + name.dropFirst()] }
        if name.hasPrefix("r"), let last = name.last, "dwb".contains(last) { return registers[String(name.dropLast())] }
        return registers["r" + name]
    }
}

extension CodePane {
    static func moved(
        _ direction: Command.Direction, _ context: PaneContext, width: Int, height: Int
    ) -> PaneState {
        var state = context.view
        switch direction {
        case .left, .right:
            let count = CodeAddresses(context).places.count
            guard count > 0 else { return state }
            let from = state.selection.map { min(max($0, 0), count - 1) } ?? (direction == .right ? -1 : count)
            state.selection = min(max(from + (direction == .right ? 1 : -1), 0), count - 1)
        default:
            let scroll = scroll(context, width: width, height: height)
            state.scroll = scroll.moved(by: direction.rows(page: height)).offset
            state.followsCursor = state.scroll + scroll.visible >= scroll.total
        }
        return state
    }

    static func walked(_ context: PaneContext, width: Int, height: Int) -> Command? {
        CodeAddresses(context).current(context.view).map { .walk(.address($0.address), $0.access) }
    }
}
