import Screen
import Timeline
import X86

/// Instructions around an address, decoded from guest memory at the cursor.
///
/// x86 code cannot be read backwards, so decoding begins at a place that is known to be the start of an instruction: a
/// symbol, a source line, or where the vCPU began; and only if it then comes upon the address itself.
struct CodeListing {
    enum Row {
        case label(String)
        case instruction(Instruction, line: Int?)
    }

    /// Decoding never goes back further than this.
    static let reach: UInt64 = 2048

    private(set) var rows: [Row] = []
    /// The row of the address that was asked for.
    private(set) var current = 0

    /// - Parameter count: rows that are wanted from the address on.
    init(_ sight: GuestSight, at address: UInt64, start: RunStart?, begin: UInt64?, count: Int) {
        guard let decoder = try? Disassembler(mode: sight.codeSize) else { return }
        let symbols = start?.symbols ?? []
        let lines = start?.lines ?? []
        var starts = [nearest(symbols.map(\.address), to: address), nearest(lines.map(\.address), to: address), begin]
            .compactMap { $0 }.filter { $0 <= address && address - $0 <= Self.reach }
        starts.append(address)
        for place in starts {
            let known = Set(symbols.map(\.address) + lines.map(\.address))
            if decode(sight, decoder, from: place, to: address, known: known, symbols, lines, count) { return }
        }
    }

    /// The instruction at the address itself.
    var instruction: Instruction? {
        guard rows.indices.contains(current), case .instruction(let instruction, _) = rows[current] else { return nil }
        return instruction
    }

    private func nearest(_ places: [UInt64], to address: UInt64) -> UInt64? { places.last { $0 <= address } }

    private mutating func decode(
        _ sight: GuestSight, _ decoder: Disassembler, from place: UInt64, to address: UInt64, known: Set<UInt64>,
        _ symbols: [Symbol], _ lines: [SourceLine], _ count: Int
    ) -> Bool {
        rows = []
        let length = Int(address &- place) + max(1, count) * Disassembler.longestInstruction
        var bytes = sight.bytes(at: sight.linear(place), count: min(length, 8192))[...]
        var next = place
        var hasFound = false
        var after = 0
        while !bytes.isEmpty, after < count {
            for symbol in symbols where symbol.address == next { rows.append(.label(symbol.name)) }
            // What is known to begin at an instruction is not decoded across.
            let bound = (1..<UInt64(Disassembler.longestInstruction)).first { known.contains(next &+ $0) || next &+ $0 == address && next < address }
            var instruction = decoder.decode(bytes, at: next)
            if let bound, UInt64(instruction.length) > bound {
                instruction = decoder.decode(bytes.prefix(1), at: next)
                if instruction.length != 1 { break }
                if !known.contains(address), next < address, next &+ bound == address { return false }
            }
            guard instruction.length > 0 else { break }
            if next == address {
                hasFound = true
                current = rows.count
            }
            if hasFound { after += 1 }
            rows.append(.instruction(instruction, line: lines.first { $0.address == next }?.line))
            bytes = bytes.dropFirst(instruction.length)
            next = instruction.end
            if !hasFound, next > address { return false }
        }
        return hasFound
    }
}
