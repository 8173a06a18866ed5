import Command
import Testing

@Suite("Help and key hints") struct HelpTests {
    @Test("the help names every command, with its keys")
    func whole() {
        let text = CommandTable.help.description
        for entry in CommandTable.entries {
            #expect(CommandTable.help.sections.flatMap(\.rows).contains { $0.term == entry.usage })
        }
        #expect(text.contains("step [UNIT] [COUNT]"))
        #expect(text.contains("(s i t o > ])"))
    }

    @Test("a topic is a command, a pane or a fact, and each has a page with what one can write")
    func topics() throws {
        for topic in HelpTopic.all { #expect(CommandTable.help(on: topic.name) != nil, "\(topic.name)") }
        #expect(Set(HelpTopic.all.map(\.name)).count == HelpTopic.all.count)
        let reason = try #require(CommandTable.help(on: "exit.reason")).description
        #expect(reason.contains("internal-error") && reason.contains("kvm_run"))
        let memory = try #require(CommandTable.help(on: "memory")).description
        #expect(memory.contains("memory ADDRESS") && memory.contains("The pane Memory"))
        #expect(CommandTable.help(on: "vcpu3.rip") != nil)
        #expect(CommandTable.help(on: "stpe") == nil)
        #expect(CommandTable.nearestTopic(to: "stpe") == "step")
        #expect(CommandTable.help(on: "walk")?.description.contains("DS") == true)
    }

    @Test("the page of facts lists all, that of keys all keys")
    func lists() throws {
        let facts = try #require(CommandTable.help(on: "facts")).sections.flatMap(\.rows).map(\.term)
        #expect(facts == FactTable.entries.map(\.pattern))
        let keys = try #require(CommandTable.help(on: "keys")).description
        #expect(keys.contains("Shift-Tab") && keys.contains("Space"))
    }

    @Test("the footer offers what makes sense now")
    func hints() {
        let stopped = CommandTable.hints(in: Situation())
        #expect(stopped.first?.keys == "s/S")
        #expect(stopped.contains { $0.keys == "Space" && $0.label == "run" })
        #expect(!stopped.contains { $0.command == .lesson(.next) })
        let running = CommandTable.hints(in: Situation(machine: .running))
        #expect(running.first?.label == "pause")
        #expect(!running.contains { $0.command == .step(.exit) })
        let asked = CommandTable.hints(in: Situation(hasLesson: true, hasQuestion: true))
        #expect(asked.first?.label == "answer")
        let fresh = CommandTable.hints(in: Situation(machine: .none, hasHistory: false))
        #expect(fresh.first?.keys == "s")
        for hint in stopped + running + asked + fresh {
            #expect(!hint.label.isEmpty)
            #expect(hint.command.obstacle(in: Situation(machine: .none)) == nil || hint.command.entry != nil)
        }
    }
}
