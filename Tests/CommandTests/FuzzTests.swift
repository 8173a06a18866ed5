import Command
import TestSupport
import Testing

@Suite("Any input") struct FuzzTests {
    private static let pieces = [
        "step", "back", "exit", "walk", "poke", "set", "goto", "mark", "search", "lesson", "help", "palette",
        "vcpu1.rip",
        "mem64[", "fd.count(", "contains(", "]", ")", "(", "\"", "'", "\\", "#", ";", "\n", "\r\n", "=", "==", "&&",
        "!", "-",
        "~", "0x", "0b2", "99999999999999999999999", "4K", "'A'", "\\u{",
        "unknown:1", "é", "e\u{301}", "🙂", "\u{0}",
        "\u{2028}",
        " ", "\t", ",", "on", "user", "kvm-vm", "4-level", ".", "$", "_", ":", "[", "<<", "%", "/ 0",
    ]

    @Test("no line traps the parser, the completion, the check or the evaluation")
    func lines() {
        var random = Seeded(seed: 99)
        var read = 0
        for _ in 0..<6000 {
            var line = ""
            for _ in 0..<Int.random(in: 0...9, using: &random) {
                line += random.pick(Self.pieces)
                if random.pick([true, false]) { line += " " }
            }
            exercise(line, &random, &read)
        }
        #expect(read > 50, "the fuzz should hit some lines that parse")
    }

    @Test("no sequence of scalars traps either")
    func scalars() {
        var random = Seeded(seed: 3)
        var read = 0
        for _ in 0..<2000 {
            var line = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0...20, using: &random) {
                let limit: UInt32 = random.pick([0x7f, 0x7f, 0x2fff, 0x10ffff])
                if let scalar = Unicode.Scalar(UInt32.random(in: 0...limit, using: &random)) { line.append(scalar) }
            }
            exercise(String(line), &random, &read)
        }
    }

    private func exercise(_ line: String, _ random: inout Seeded, _ read: inout Int) {
        if let command = try? Command(parsing: line) {
            read += 1
            #expect((try? Command(parsing: command.description)) == command, "\(line) → \(command)")
            _ = FactTable.check(command, symbols: ["main"])
            for expression in command.expressions { _ = expression.value(in: World()) }
        }
        _ = try? Command.script(line)
        _ = try? Expression(parsing: line)
        _ = CommandTable.help(on: line)
        let cursor = Int.random(in: -1...line.unicodeScalars.count + 1, using: &random)
        let completion = CommandTable.complete(line, at: cursor)
        #expect(completion.range.upperBound <= line.unicodeScalars.count)
        if let candidate = completion.candidates.first { _ = completion.applying(candidate, to: line) }
    }
}
