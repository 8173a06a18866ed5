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
        /// A run of zeros, which would read as instructions that nobody wrote.
        /// `reads` is what the processor takes them for, where it stands in front of them.
        case zeros(address: UInt64, reads: String?)
    }

    /// Decoding never goes back further than this.
    static let reach: UInt64 = 512
    /// From so many zeros on they are not decoded.
    private static let fewestZeros = 8

    private(set) var rows: [Row] = []
    /// The row of the address that was asked for.
    private(set) var current = 0

    /// Addresses in the rows are offsets from here; 0 but for code in a segment.
    let base: UInt64

    /// - Parameters:
    ///   - linear: the address that the rows are about.
    ///   - begin: the linear address of what is surely the start of an instruction.
    ///   - count: rows that are wanted from the address on.
    init(_ sight: GuestSight, at linear: UInt64, start: RunStart?, begin: UInt64?, count: Int) {
        base = sight.codeBase(for: linear)
        let syntax = Self.syntax(of: start)
        guard let decoder = try? Disassembler(mode: sight.codeSize, syntax: syntax) else { return }
        // Symbols and lines have linear addresses, instructions offsets.
        let base = base
        let address = linear &- base
        let begin = begin.flatMap { $0 >= base ? $0 - base : nil }
        let symbols = (start?.symbols ?? []).filter { !Self.isLinkerMark($0) && $0.address >= base }
            .map { Symbol(name: $0.name, address: $0.address - base) }
        let lines = (start?.lines ?? []).filter { $0.address >= base }
            .map { SourceLine(address: $0.address - base, line: $0.line) }
        let known = Set(symbols.map(\.address) + lines.map(\.address))
        // The furthest first: the more there is before the address, the less the text moves while stepping.
        var places = (Array(known) + [begin].compactMap { $0 }).filter { $0 < address && address - $0 <= Self.reach }
        places = Array(places.sorted().prefix(4)) + [address]
        for place in places where decode(sight, decoder, from: place, to: address, known, symbols, lines, count) {
            return
        }
    }

    /// As the guest's own assembler source is written, so that the two can be read side by side; else as the manuals.
    static func syntax(of start: RunStart?) -> Disassembler.Syntax {
        guard let start, let source = start.source, start.guest.lowercased().hasSuffix(".s"),
            !source.contains(".intel_syntax"), source.contains("%")
        else { return .intel }
        return .att
    }

    /// Names that the linker gives to the ends of sections: nobody wrote them, and no code begins there.
    static func isLinkerMark(_ symbol: Symbol) -> Bool {
        ["__bss_start", "_edata", "_end", "edata", "end", "_etext", "etext"].contains(symbol.name)
    }

    /// The instruction at the address itself.
    var instruction: Instruction? {
        guard rows.indices.contains(current), case .instruction(let instruction, _) = rows[current] else { return nil }
        return instruction
    }

    private mutating func decode(
        _ sight: GuestSight, _ decoder: Disassembler, from place: UInt64, to address: UInt64, _ known: Set<UInt64>,
        _ symbols: [Symbol], _ lines: [SourceLine], _ count: Int
    ) -> Bool {
        rows = []
        let sourced = Set(lines.map(\.address))
        let length = Int(address &- place) + max(1, min(count, 512)) * Disassembler.longestInstruction
        var bytes = sight.bytes(at: base &+ place, count: length)[...]
        var next = place
        var hasFound = false
        var after = 0
        while !bytes.isEmpty, after < count {
            let zeros = bytes.prefix { $0 == 0 }.count
            if zeros >= Self.fewestZeros {
                // The address itself begins a row, wherever in the zeros it lies.
                let isHere = next == address
                let length = next < address && address - next < zeros ? Int(address - next) : zeros
                if isHere {
                    hasFound = true
                    current = rows.count
                }
                rows.append(.zeros(address: next, reads: isHere ? decoder.decode(bytes, at: next).text : nil))
                bytes = bytes.dropFirst(length)
                next &+= UInt64(length)
                after += hasFound ? 1 : 0
                continue
            }
            for symbol in symbols where symbol.address == next { rows.append(.label(symbol.name)) }
            // What is known to begin with an instruction is not decoded across. But a label may lie inside an instruction
            // that the source begins here, and the processor, which begins at RIP, knows of neither.
            let begins = sourced.contains(next) ? sourced : known
            let bound =
                next == address
                ? nil : (1..<Disassembler.longestInstruction).first { begins.contains(next &+ UInt64($0)) }
            let instruction = decoder.decode(bytes.prefix(bound ?? bytes.count), at: next)
            guard instruction.length > 0 else { break }
            if next == address {
                hasFound = true
                current = rows.count
            }
            if hasFound { after += 1 }
            rows.append(.instruction(instruction, line: lines.first { $0.address == next }?.line))
            for symbol in symbols where symbol.address > next && symbol.address < instruction.end {
                rows.append(.label("\(symbol.name), \(symbol.address - next) bytes into the instruction above"))
            }
            bytes = bytes.dropFirst(instruction.length)
            next = instruction.end
            if !hasFound, next > address { return false }
        }
        return hasFound
    }
}
