/// The toolchain that turns a guest's source into a guest.
extension HostSurvey {
    /// Looks for the tools in the directories of a search path; runs none of them.
    func toolchain(path: String, versions: [String: String]) -> [HostReport.Item] {
        [
            tool(.assembler, ["as", "clang"], path, versions, remedy: "sudo apt install binutils"),
            tool(.linker, ["ld", "ld.lld"], path, versions, remedy: "sudo apt install binutils"),
            tool(.compiler, ["gcc", "clang", "cc"], path, versions, remedy: "sudo apt install gcc"),
        ]
    }

    private func tool(
        _ question: HostReport.Question, _ names: [String], _ path: String, _ versions: [String: String], remedy: String
    ) -> HostReport.Item {
        let directories = path.split(separator: ":").filter { $0.hasPrefix("/") }
        let found = names.compactMap { name -> (name: String, path: String)? in
            directories.lazy.map { "\($0)/\(name)" }.first { files.isExecutable($0) }.map { (name, $0) }
        }
        guard let first = found.first else {
            return item(question, .no, "none of \(names.joined(separator: ", "))", source: "PATH", remedy: remedy)
        }
        let value = found.map { tool in versions[tool.name].map { "\(tool.path) (\($0))" } ?? tool.path }
        return item(question, .yes, value.joined(separator: ", "), source: first.path)
    }
}
