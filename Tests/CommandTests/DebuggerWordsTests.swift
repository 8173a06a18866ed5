import Command
import Testing

@Suite("Hands that know gdb") struct DebuggerWordsTests {
    @Test(
        "its words do what they do there",
        arguments: [
            ("b main", "break main"), ("b *0x100000", "break 0x100000"), ("break *main + 4", "break main + 4"),
            ("c", "continue"), ("p 1 + 2", "print 1 + 2"), ("print $rax", "print reg.rax"),
            ("p/x $rax", "print reg.rax"),
            ("print/d 5", "print 5"), ("si", "step instruction"), ("stepi 5", "step instruction 5"),
            ("ni", "step instruction"), ("nexti 2", "step instruction 2"), ("info registers", "zoom code"),
            ("i r", "zoom code"), ("info registers rip", "print reg.rip"), ("info reg $sp", "print reg.rsp"),
            ("info threads", "show threads"), ("x/8i $rip", "disassemble reg.rip"), ("x/8i", "disassemble reg.rip"),
            ("x/16xb 0x1000", "memory 0x1000"), ("x/2gx $sp", "memory reg.rsp"), ("x main", "memory main"),
            ("disas", "disassemble reg.rip"), ("disas main", "disassemble main"), ("set $rax = 4", "set rax = 4"),
            ("set $rax=4", "set rax = 4"), ("set $pc = main", "set rip = main"), ("watch *0x5000", "watch 0x5000"),
            ("q", "quit"), ("until $rcx == 3", "until reg.rcx == 3"), ("walk $cr3", "walk reg.cr3"),
        ])
    func words(_ line: String, _ ours: String) throws {
        #expect(try Command(parsing: line).description == ours)
        // The same in a script, with something behind it.
        let script = try Command.script("\(line) # why; not\n \(line); continue")
        #expect(script.map(\.command.description) == [ours, ours, "continue"])
    }

    @Test(
        "what cannot be meant is refused where it stands, with the nearest word",
        arguments: [
            ("print $raz", 6, "$rax"), ("info registers raz", 15, "rax"), ("set $raz = 4", 4, "rax"),
        ])
    func refusals(_ line: String, _ column: Int, _ suggestion: String) throws {
        do {
            _ = try Command(parsing: line)
            Issue.record("\(line) was taken")
        } catch {
            #expect(error.column == column && error.suggestion == suggestion, "\(error)")
        }
    }

    @Test(
        "half a line is an error, not a crash",
        arguments: ["x/8i (", "info", "info 5", "info frob", "b *", "p/", "p/x", "si 0", "si x", "x/8i $rip 5", "$rax"])
    func halves(_ line: String) {
        #expect(throws: CommandError.self) { try Command(parsing: line) }
    }
}
