/// What a tool's refusal says to a person: its own words, without what nobody asked about, and what to do.
struct ToolWords {
    let text: String

    private static let mostLines = 20

    init(_ result: ToolResult, tool: String, bounds: ToolBounds, isC: Bool, source: String) {
        var lines = result.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        // Every guest's memory can be written and executed; the linker says it of each.
        let noise = ["LOAD segment with RWX permissions", "submit a full bug report", "See <file:"]
        lines.removeAll { line in line.isEmpty || noise.contains { line.contains($0) } }
        for (index, line) in lines.enumerated() where line.hasPrefix("./") { lines[index] = String(line.dropFirst(2)) }
        let hint = Self.hint(result, bounds, isC: isC, source: source)
        if lines.count > Self.mostLines {
            // Which file included which fills pages where one includes itself.
            let ways = ["In file included from ", "                 from "]
            lines.removeAll { line in ways.contains { line.hasPrefix($0) } }
        }
        if lines.count > Self.mostLines {
            let rest = lines.count - Self.mostLines
            lines = lines.prefix(Self.mostLines) + ["(\(rest) lines more)"]
        }
        if lines.isEmpty { lines = ["\(tool) failed with status \(result.status)"] }
        text = (lines + (hint.map { [$0] } ?? [])).joined(separator: "\n")
    }

    private static func hint(_ result: ToolResult, _ bounds: ToolBounds, isC: Bool, source: String) -> String? {
        let words = result.output
        func says(_ marks: [String]) -> Bool { marks.contains { words.contains($0) } }
        if result.isLate { return "it was not done in \(bounds.seconds) s: \(bounds.text)" }
        // 128 and SIGXCPU or SIGXFSZ; a compiler tells the same of the tools that it starts.
        let isBounded =
            [128 + 24, 128 + 25].contains(result.status)
            || says(["File size limit", "File too large", "CPU time limit", "out of memory", "memory exhausted"])
            || says(["annot allocate", "Killed signal", "unable to allocate"])
        if isBounded { return "a guest is built within bounds: \(bounds.text)" }
        if isC, says(["with SSE disabled", "with x87 disabled", "general-regs-only"]) || callsFloatingPoint(words) {
            return "floating point is off in a guest's C: SSE and x87 would have to be switched on first, "
                + "and not every KVM can emulate them; use integers"
        }
        if says(["__udivdi3", "__umoddi3", "__divdi3", "__moddi3", "__udivmoddi4", "__divmoddi4"]) {
            return
                "64-bit division in 32-bit code calls the compiler's library; divide 32-bit numbers, or use --mode long"
        }
        if says(["`printf'", "`puts'", "`putchar'", "`malloc'", "`strlen'", "`exit'"]) {
            return "a guest has no C library; text goes to port 0x3f8, byte by byte, and the end to port 0xf4"
        }
        if !isC, SourceText.isNASM(source) {
            return "this looks like NASM's syntax, and .S is the GNU assembler's: "
                + "name it .asm, and make a flat binary with nasm -f bin"
        }
        return nil
    }

    /// The compiler's own functions for arithmetic in software, such as `__adddf3` and `__floatsidf`: GCC Internals,
    /// "Routines for floating point emulation".
    private static func callsFloatingPoint(_ words: String) -> Bool {
        words.split(separator: "\n").contains { line in
            guard let start = line.firstRange(of: "undefined reference to `__") else { return false }
            let name = line[start.upperBound...].prefix { $0 != "'" }
            return ["sf3", "df3", "xf3", "sf2", "df2", "sfsi", "dfsi", "sfdi", "dfdi", "sisf", "sidf", "disf", "didf"]
                .contains { name.hasSuffix($0) }
        }
    }
}
