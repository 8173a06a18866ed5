import Command
import Testing

@Suite("The table of facts") struct FactTableTests {
    @Test("every fact has one line in the table, with an example that asks for it and passes the check")
    func complete() throws {
        #expect(Set(FactTable.entries.map(\.id)) == Set(FactID.allCases))
        #expect(FactTable.entries.count == FactID.allCases.count)
        for entry in FactTable.entries {
            let expression = try Expression(parsing: entry.example)
            let problems = FactTable.check(expression, symbols: [])
            #expect(problems.isEmpty, "\(entry.example): \(problems)")
            if entry.id != .register { #expect(entry.example.contains(entry.id.rawValue) || entry.id.takesVCPU) }
            #expect(!entry.summary.isEmpty && !entry.source.isEmpty)
        }
    }

    @Test("words of a list are single, and can be written in an expression")
    func words() throws {
        for list in WordList.all {
            #expect(Set(list.words.map(\.word)).count == list.words.count, "\(list.name)")
            for entry in list.words {
                #expect(list.contains(entry.word))
                switch try Expression(parsing: entry.word) {
                // Some words are names of facts or functions too, and are read by where they stand.
                case .word(let word): #expect(word == entry.word)
                case let other: Issue.record("'\(entry.word)' of \(list.name) reads as \(other)")
                }
            }
        }
        #expect(WordList.exitReasons.contains("unknown:37"))
        #expect(!WordList.exitReasons.contains("unknown:x"))
    }

    @Test("every register has one name, and parts lie inside their register")
    func registers() {
        #expect(Set(RegisterName.all.map(\.name)).count == RegisterName.all.count)
        for register in RegisterName.all {
            #expect(RegisterName.named(register.whole) != nil)
            #expect(register.shift + register.width <= 64)
        }
        #expect(RegisterName.named("RAX") == RegisterName.named("rax"))
        #expect(RegisterName.named("rux") == nil)
    }

    @Test("a fact's name is read back from its description")
    func names() {
        for (name, _) in FactTable.names(vcpus: 2) {
            let reference = FactTable.reference(named: name)
            #expect(reference?.description == name, "\(name)")
        }
        for name in ["reg.REG", "reg.", "vcpu", "vcpu.", "vcpu01.rip", "vcpu-1.rip", "vcpu1.count", "exit", "", "."] {
            #expect(FactTable.reference(named: name) == nil, "\(name)")
        }
    }

    @Test(
        "a name or word that cannot be right is reported with the nearest one",
        arguments: [
            ("exit.reson == io", "no fact", "exit.reason"), ("exit.reason == ioo", "no exit reason 'ioo'", "io"),
            ("hlf == exit.reason", "no exit reason", "hlt"),
            ("exit.reason == \"shutdwon\"", "no exit reason", "shutdown"),
            ("fd.count(kvm-vcpus) == 2", "no kind of descriptor", "kvm-vcpu"), ("reg.rxa == 1", "no fact", "reg.rax"),
            ("ioctl.count(KVM_CREAT_VM) == 1", "no ioctl", "KVM_CREATE_VM"),
            ("massage + 1 == 2", "no symbol", "message"),
            ("mem8[rsp] == 1", "no symbol", "reg.rsp"), ("fd.cuont(kvm)", "no fact", "fd.count"),
            ("symbol(mesage)", "no symbol", "message"), ("exit.port == \"io\"", "never be compared", nil),
            ("console == 5", "never be compared", nil), ("exit.interrupted == io", "never be compared", nil),
            ("exit.reason && 1", "not a condition", nil), ("!console", "not a condition", nil),
            ("console + 1", "a number is needed", nil),
            ("contains(console, 5)", "no text", nil),
            ("walk.page == presnt", "no state of a host page", "present"),
        ] as [(String, String, String?)])
    func problems(_ text: String, _ part: String, _ suggestion: String?) throws {
        let problems = FactTable.check(try Expression(parsing: text), symbols: ["message"])
        #expect(problems.count == 1, "\(text): \(problems)")
        #expect(problems.first?.message.contains(part) == true, "\(text): \(problems)")
        #expect(problems.first?.suggestion == suggestion, "\(text): \(problems)")
    }

    @Test(
        "what can be right passes",
        arguments: [
            "exit.reason == unknown:99", "message == 0x2000", "mem64[message + 8] != 0", "contains(console, hello)",
            "exit.reason == io && exit.port == 0x3f8 || vcpu1.state == halted", "exit.interrupted",
            "exit.count(hlt) > 0",
            "known(exit.port)", "io == exit.reason", "vcpu0.rip == message", "\"EEXIST\" == ioctl.errno",
            "console == ok",
        ])
    func noProblems(_ text: String) throws {
        #expect(FactTable.check(try Expression(parsing: text), symbols: ["message"]).isEmpty)
    }

    @Test("without a list of symbols no bare word is refused")
    func symbolsUnknown() throws {
        #expect(FactTable.check(try Expression(parsing: "mem8[anything] == 1"), symbols: nil).isEmpty)
    }

    @Test("a command's expressions are checked for what the command needs")
    func commands() throws {
        func problems(_ line: String) throws -> [FactProblem] {
            FactTable.check(try Command(parsing: line), symbols: ["main"])
        }
        #expect(try problems("break main").isEmpty)
        #expect(try problems("break mian").first?.suggestion == "main")
        #expect(try problems("memory rip").first?.suggestion == "reg.rip")
        #expect(try problems("expect console").count == 1)
        #expect(try problems("print hello").isEmpty)
        #expect(try problems("poke8 main = exit.reason").count == 1)
        #expect(try problems("walk main").isEmpty)
        #expect(try problems("walk physical mian").first?.suggestion == "main")
        #expect(try problems("step exit").isEmpty)
    }
}
