internal import ArgumentParser
internal import CBuild

struct Program: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kvmscope",
        abstract:
            "Watch a virtual machine monitor work: every descriptor, thread, ioctl, exit and address, forwards and backwards.",
        discussion: """
            Without a command it opens the menu of lessons.

            EXAMPLES
              kvmscope                         the lesson menu
              kvmscope lesson 02               a lesson by its number or name
              kvmscope run guest.S             any guest on the screen
              kvmscope trace guest.S --json    every event as a line of JSON
              kvmscope record guest.S -o run.kvmscope
              kvmscope replay run.kvmscope     the same run again, on any machine
              kvmscope walk guest.S --address message    an address, followed to the host's memory
              kvmscope doctor                  what this machine allows
            """,
        version: "kvmscope \(version) (\(commit.isEmpty ? "built without make, so its commit is unknown" : commit))",
        subcommands: [
            MenuCommand.self, LessonCommand.self, RunCommand.self, TraceCommand.self, RecordCommand.self,
            ReplayCommand.self, ExportCommand.self, WalkCommand.self, CheckCommand.self, NewCommand.self,
            DoctorCommand.self, BenchCommand.self, ManualPageCommand.self, ListsCommand.self,
        ],
        defaultSubcommand: MenuCommand.self)

    static let version = "0.1"
    /// What the build was told; empty where it was told nothing.
    static let commit = String(cString: kvmscope_commit())
}
