import Command
import Testing

@Suite("Completion") struct CompletionTests {
    private let vocabulary = Vocabulary(
        symbols: ["main", "message"], lessons: ["01-descriptors", "02-enter-exit"], marks: ["before", "behind"],
        vcpus: 2)

    private func candidates(_ line: String, at cursor: Int? = nil) -> [String] {
        CommandTable.complete(line, at: cursor, with: vocabulary).candidates.map(\.text)
    }

    @Test("an empty line offers every command that is served, once")
    func empty() {
        let all = candidates("")
        #expect(all.contains("step") && all.contains("goto") && all.contains("quit"))
        #expect(all.contains("walk") && all.contains("watch"))
        #expect(Set(all).count == all.count)
    }

    @Test(
        "what is offered fits the place",
        arguments: [
            ("st", ["step"]), ("step in", ["instruction"]), ("step exit ", []), ("show ma", ["map"]),
            ("create ", ["vcpu"]),
            ("create vcpu ", ["0", "1"]), ("goto ", ["exit", "start", "end", "mark"]),
            ("goto mark be", ["before", "behind"]),
            ("lesson 02", ["02-enter-exit"]), ("until exit.rea", ["exit.reason"]),
            ("until exit.reason == h", ["hlt", "hypercall", "hyperv"]),
            ("expect fd.count(kvm-v", ["kvm-vm", "kvm-vcpu"]),
            ("break m", ["mem8", "mem16", "mem32", "mem64", "machine.state", "main", "message"]),
            ("print reg.r8", ["reg.r8", "reg.r8d", "reg.r8w", "reg.r8b"]), ("print vcpu1.ri", ["vcpu1.rip"]),
            ("gate o", ["on", "off"]), ("set rd", ["rdx", "rdi"]), ("set rax ", ["="]), ("zoom o", ["off"]),
            ("focus ne", ["next"]),
            ("help exit.rea", ["exit.reason"]), ("print 1 + mess", ["message"]), ("walk main wr", ["write"]),
            ("# st", []),
            ("nonsense ", []), ("print (", nil), ("quit ", []), ("poke8 main = mes", ["message"]), ("ru", ["run"]),
        ] as [(String, [String]?)])
    func fits(_ line: String, _ expected: [String]?) {
        if let expected { #expect(candidates(line) == expected) } else { #expect(candidates(line).contains("main")) }
    }

    @Test("symbols, files and capabilities are offered where they can stand")
    func names() {
        var vocabulary = vocabulary
        vocabulary.files = ["runs/", "run.kvmscope"]
        vocabulary.capabilities = ["KVM_CAP_USER_MEMORY", "KVM_CAP_NR_VCPUS"]
        func candidates(_ line: String) -> [String] {
            CommandTable.complete(line, with: vocabulary).candidates.map(\.text)
        }
        #expect(candidates("record ru") == ["runs/", "run.kvmscope"])
        #expect(candidates("b mai") == ["main"] && candidates("watch mes") == ["message"])
        #expect(candidates("ioctl system KVM_CHECK_EXTENSION KVM_CAP_U") == ["KVM_CAP_USER_MEMORY"])
        #expect(CommandTable.typedFile(in: "record a/b c") == "a/b c")
        #expect(CommandTable.typedFile(in: "record ") == "" && CommandTable.typedFile(in: "record") == nil)
        #expect(CommandTable.typedFile(in: "search x") == nil)
    }

    @Test("a candidate takes the place of the word under the cursor, and the rest of the line stays")
    func applying() throws {
        let completion = CommandTable.complete("show fl # flow", at: 7, with: vocabulary)
        let first = try #require(completion.candidates.first)
        #expect(completion.range == 5..<7)
        let result = completion.applying(first, to: "show fl # flow")
        #expect(result.line == "show flowchart # flow")
        #expect(result.cursor == 14)
    }

    @Test("the part that all candidates share can be filled in")
    func commonPrefix() {
        #expect(CommandTable.complete("goto mark b", with: vocabulary).commonPrefix == "be")
        #expect(CommandTable.complete("goto mark be", with: vocabulary).commonPrefix == nil)
    }

    @Test("it says what is expected where anything may be written")
    func expected() {
        #expect(CommandTable.complete("search x").expected == "TEXT")
        #expect(CommandTable.complete("break ").expected == "ADDRESS")
        #expect(CommandTable.complete("until exit.reason == ").expected == "exit reason")
    }

    @Test("every candidate makes a beginning that can be completed to a command")
    func candidatesAreAccepted() {
        for pane in candidates("show ") { #expect(throws: Never.self) { try Command(parsing: "show \(pane)") } }
        for unit in candidates("back ") { #expect(throws: Never.self) { try Command(parsing: "back \(unit)") } }
        for topic in candidates("help ") { #expect(CommandTable.help(on: topic) != nil, "\(topic)") }
    }
}
