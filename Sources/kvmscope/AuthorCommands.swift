internal import ArgumentParser
internal import Glibc
internal import Lesson

struct NewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Make the folder of a new lesson, which passes the check.",
        discussion: """
            The folder is made beside the other lessons: where KVMSCOPE_LESSONS says, else in Lessons in the current \
            folder. A topic without a number gets the next one.

            EXAMPLE
              kvmscope new my-topic
            """)

    @Argument(help: "The lesson's topic, as my-topic, or its whole name, as 11-my-topic; or a path to it.")
    var name: String

    func run() throws {
        let parts = name.split(separator: "/", omittingEmptySubsequences: true)
        let library = LessonLibrary(directories: LessonLibrary.standardDirectories())
        guard let topic = parts.last.map(String.init),
            let template = LessonTemplate(topic: topic, taken: library.entries.map(\.name))
        else {
            throw ValidationError(
                "'\(name)' cannot be a lesson's name: letters, digits, - and _ can stand in it, as in my-topic")
        }
        let parent =
            name.contains("/")
            ? (name.hasPrefix("/") ? "/" : "") + parts.dropLast().joined(separator: "/")
            : getenv("KVMSCOPE_LESSONS").map { String(cString: $0) } ?? "Lessons"
        let folder = parent.isEmpty ? template.name : parent == "/" ? "/" + template.name : "\(parent)/\(template.name)"
        do throws(LessonError) {
            try template.write(to: folder)
        } catch {
            printError("\(error.file): \(error.message)")
            throw Status.failed
        }
        let path = folder.contains("/") ? folder : "./" + folder
        StandardOutput.print(
            "made \(folder) with lesson.md and guest.S; `kvmscope check --watch \(path)` proves it at each change")
    }
}

/// For those who work on kvmscope: `make lists`.
struct ListsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lists", abstract: "Write the lists of panes and facts into LESSONS.md.", shouldDisplay: false)

    @Argument(help: "The document, with the two marks in it.")
    var file: String

    func run() throws {
        do throws(LessonError) {
            try LessonReference.renew(file: file)
        } catch {
            printError("\(error.file): \(error.message)")
            throw Status.failed
        }
    }
}
