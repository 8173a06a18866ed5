import Foundation
import Testing

@testable import kvmscope

@Suite("A command line that is not right, and help by name")
struct OrientationTests {
    private func correction(of word: String) -> String? {
        CommandNames.correction(
            of: word, isFile: { ["hello.S", "run.kvmscope", "trace"].contains($0) },
            lesson: { $0 == "02" ? "02-enter-exit" : nil })
    }

    @Test(arguments: ["trace", "help", "lesson", "manual-page", "--version", "-h", "---completion"])
    func commandsAndOptionsAreLeftAlone(word: String) { #expect(correction(of: word) == nil) }

    @Test func whatWasMeantIsSaid() throws {
        #expect(try #require(correction(of: "traec")).contains("did you mean trace?"))
        #expect(try #require(correction(of: "expotr")).contains("did you mean export?"))
        #expect(try #require(correction(of: "hello.S")).contains("kvmscope run hello.S"))
        #expect(try #require(correction(of: "run.kvmscope")).contains("kvmscope replay run.kvmscope"))
        #expect(try #require(correction(of: "02")).contains("kvmscope lesson 02-enter-exit"))
        let lost = try #require(correction(of: "zzzzzz"))
        #expect(lost.contains("walk") && !lost.contains("manual-page"))
        #expect(try !#require(correction(of: "a\u{1B}[2J")).contains("\u{1B}"))
    }

    private func help(_ words: String...) throws -> (status: Int32, output: String, errors: String) {
        let result = try Program.run(
            Program.path, ["help"] + words, environment: ["KVMSCOPE_LESSONS": Program.lessons])
        return (result.status, result.output, result.errors)
    }

    @Test func helpFindsCommandsFactsAndLessons() throws {
        #expect(try help("trace").output.contains("USAGE: kvmscope trace"))
        #expect(try help("step").output.contains("The command step"))
        #expect(try help("lesson", "next").output.contains("The command lesson next"))
        #expect(try help("exit.reason").output.contains("The fact exit.reason"))
        #expect(try help("flowchart").output.contains("The pane"))
        #expect(try help("enter-exit").output.contains("kvmscope lesson 02-enter-exit"))
        // A name of two things has both.
        let record = try help("record").output
        #expect(record.contains("USAGE: kvmscope record") && record.contains("The command record"))
    }

    @Test func helpOnNothingSaysWhatIsNear() throws {
        let answer = try help("exit.raeson")
        #expect(answer.status == 2 && answer.output.isEmpty)
        #expect(answer.errors == "kvmscope: there is no help on 'exit.raeson'; did you mean exit.reason?\n")
    }

    @Test func theVersionHasNameAndCommit() throws {
        let text = try Program.kvmscope("--version").output
        #expect(text.wholeMatch(of: /kvmscope [0-9.]+ \(([0-9a-f]{7,40}(\+changes)?|built without .*)\)\n/) != nil)
    }
}

@Suite("The page for man and the completions")
struct ManualPageTests {
    @Test func thePageHasEveryCommandAndOption() throws {
        let page = try Program.kvmscope("manual-page").output
        #expect(page.hasPrefix(".TH KVMSCOPE 1"))
        for name in CommandNames.all where name != "help" { #expect(page.contains(".SS \"\(name)\"")) }
        for option in ["max\\-exits", "vcpus", "record", "svg"] { #expect(page.contains("\\fB\\-\\-\(option)\\fR")) }
        #expect(!page.contains("manual\\-page"))
    }

    @Test func textIsNotTakenForARequest() {
        #expect(ManualPage.escaped(".TH \\ \"x\" -e") == "\\&.TH \\e \\(dqx\\(dq \\-e")
    }

    @Test func aDescriptionOfAnotherFormGivesNoPage() {
        #expect(ManualPage.text(ofDescription: "{}", version: "1") == nil)
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func completionsKnowCommandsAndAskForLessons(shell: String) throws {
        let script = try Program.kvmscope("--generate-completion-script", shell)
        #expect(script.status == 0)
        #expect(script.output.contains("export") && script.output.contains("---completion"))
        #expect(!script.output.contains("manual-page"))
    }
}
