internal import ArgumentParser
internal import Command
internal import Lesson
internal import Screen

/// `kvmscope help NAME` for every name that there is: subcommands, commands of the screen, panes, facts, lessons.
struct HelpLookup {
    enum Answer {
        case text(String)
        /// In one line, with the name that was probably meant.
        case unknown(String)
    }

    /// nil where the parser's own help knows better: no name, or more than names.
    static func answer(_ words: [String], library: LessonLibrary) -> Answer? {
        guard !words.isEmpty, !words.contains(where: { $0.hasPrefix("-") }) else { return nil }
        let name = words.joined(separator: " ")
        var parts: [String] = []
        if let command = Program.configuration.subcommands.first(where: { $0.configuration.commandName == name }) {
            parts.append(Program.helpMessage(for: command))
        }
        if let page = CommandTable.help(on: name) {
            parts.append(parts.isEmpty ? page.description : "On the screen:\n\n\(page)")
        }
        if parts.isEmpty, let lesson = try? library.entry(named: name).load() { parts.append(text(of: lesson)) }
        guard parts.isEmpty else { return .text(parts.joined(separator: "\n")) }
        let known = CommandNames.all + HelpTopic.all.map(\.name) + library.entries.map(\.name)
        let near = Nearest.word(to: name, among: known)
        return .unknown(
            "there is no help on '\(Text.sanitised(name))'; "
                + (near.map { "did you mean \($0)?" } ?? "`kvmscope help` lists commands, `kvmscope help facts` facts"))
    }

    private static func text(of lesson: Lesson) -> String {
        var lines = ["The lesson \(lesson.name): \(lesson.title)", ""]
        if !lesson.summary.isEmpty { lines += [lesson.summary, ""] }
        for (index, step) in lesson.steps.enumerated() { lines.append("  \(index + 1)  \(step.title)") }
        lines += ["", "kvmscope lesson \(lesson.name)"]
        return lines.map(Text.sanitised).joined(separator: "\n") + "\n"
    }
}
