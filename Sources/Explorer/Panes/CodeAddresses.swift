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
        /// What follows it.
        var walk: Command
        var access: Command.AccessKind

        init(name: String, address: UInt64, access: Command.AccessKind, walk: Command? = nil) {
            self.name = name
            self.address = address
            self.access = access
            self.walk = walk ?? .walk(.address(address), access)
        }
    }

    private(set) var places: [Place] = []

    init(_ context: PaneContext) {
        guard let sight = GuestSight(context) else { return }
        let at = context.view.address ?? sight.linear(sight.rip)
        if let place = Self.operand(at: at, sight) { places.append(place) }
        let isRIP = context.view.address == nil
        places.append(
            Place(
                name: isRIP ? "rip" : "this code", address: isRIP ? sight.rip : at, access: .execute,
                walk: !isRIP && sight.isReal ? .walkPhysical(.address(at)) : nil))
        for name in GeneralRegisters.names where name != "rip" && name != "rflags" {
            guard let value = sight.registers.general[name] else { continue }
            let stack = sight.isReal && (name == "rsp" || name == "rbp") ? RegisterName.named(name) : nil
            places.append(
                Place(
                    name: name, address: value, access: .read,
                    walk: stack.map { .walk(.fact(.register($0)), .read) }))
        }
        for symbol in context.world.start?.symbols ?? [] where !CodeListing.isLinkerMark(symbol) {
            places.append(
                Place(
                    name: "symbol \(symbol.name)", address: symbol.address, access: .read,
                    walk: sight.isReal ? .walkPhysical(.address(symbol.address)) : nil))
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

    /// What the instruction at a linear address touches in memory.
    private static func operand(at linear: UInt64, _ sight: GuestSight) -> Place? {
        let bytes = sight.bytes(at: linear, count: Disassembler.longestInstruction)
        guard !bytes.isEmpty, let decoder = try? Disassembler(mode: sight.codeSize) else { return nil }
        let instruction = decoder.decode(bytes, at: linear &- sight.codeBase(for: linear))
        guard instruction.length > 0, let operand = instruction.memoryOperand,
            let address = operand.effectiveAddress(register: { value(of: $0, sight.registers.general) })
        else { return nil }
        // Without paging the linear address is the physical one, and says by itself where it is.
        let segment = operand.segment ?? (["bp", "ebp", "sp", "esp"].contains(operand.base) ? "ss" : "ds")
        let base = sight.isReal && segment != "ds" ? sight.system.segment(named: segment)?.base : nil
        return Place(
            name: "operand of \(instruction.text)", address: address, access: operand.isWritten ? .write : .read,
            walk: base.map { .walkPhysical(.address(($0 &+ address) & 0xFFFF_FFFF)) })
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
        CodeAddresses(context).current(context.view)?.walk
    }
}
