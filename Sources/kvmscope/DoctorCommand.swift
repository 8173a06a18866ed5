internal import ArgumentParser

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say what this machine allows kvmscope to do and to see, and how to get the rest.",
        discussion: """
            Each line says what was asked, the answer and where it comes from; where something is missing, the line \
            below says what to do. Nothing is changed. The status is 0 when guests can run here and 3 when they cannot. \
            KVMSCOPE_KERNEL=statistics or boundary asks to see less of the kernel than could be seen, here as elsewhere.

            EXAMPLES
              kvmscope doctor
              kvmscope doctor --json | jq '.items[] | select(.remedy != null)'
            """)

    @Option(help: ArgumentHelp("KVM's device; KVMSCOPE_DEVICE says it too.", valueName: "path"), completion: .file())
    var device = DevicePath.standard

    @Flag(help: "One JSON object instead of lines.")
    var json = false

    func run() throws {
        let checkup = Checkup(device: device)
        if json { StandardOutput.print(checkup.json) } else { StandardOutput.print(checkup.text) }
        guard let obstacle = checkup.obstacle else { return }
        printError(obstacle)
        throw Status.cannot
    }
}
