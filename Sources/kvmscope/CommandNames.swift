internal import ArgumentParser
internal import Command
internal import Lesson
internal import Screen

/// The first word of a command line: a subcommand, or what a person may have meant by it.
struct CommandNames {
    /// Those that `--help` lists, and `help` itself.
    static let all: [String] =
        Program.configuration.subcommands.filter { $0.configuration.shouldDisplay }
        .compactMap { $0.configuration.commandName } + ["help"]

    /// Why this first word is no command and which one would be, in one line; nil where it is one or an option.
    ///
    /// - Parameters:
    ///   - isFile: whether a file has this path.
    ///   - lesson: the lesson that goes by a name.
    static func correction(of word: String, isFile: (String) -> Bool, lesson: (String) -> String?) -> String? {
        let isKnown =
            Program.configuration.subcommands.contains { $0.configuration.commandName == word } || word == "help"
        guard !isKnown, !word.hasPrefix("-") else { return nil }
        let shown = Text.sanitised(word)
        let beginning = "there is no command '\(shown)'"
        if isFile(word) {
            let command = word.hasSuffix(".kvmscope") ? "replay" : "run"
            return "\(beginning), but a file: kvmscope \(command) \(shown)"
        }
        if let near = Nearest.word(to: word, among: all) { return "\(beginning); did you mean \(near)?" }
        if let name = lesson(word) { return "\(beginning), but a lesson: kvmscope lesson \(name)" }
        return "\(beginning); there are \(all.joined(separator: ", "))"
    }
}

extension CompletionKind {
    /// The names of the lessons that there are.
    static var lessons: CompletionKind {
        .custom { _, _, _ in LessonLibrary(directories: LessonLibrary.standardDirectories()).entries.map(\.name) }
    }
}
