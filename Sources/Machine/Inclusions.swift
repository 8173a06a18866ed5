internal import Glibc

/// What a stranger's source made the compiler and the assembler read, and whether it may.
struct Inclusions {
    private let preprocessor: String
    private let assembler: String

    init(in folder: String) {
        preprocessor = folder + "/preprocessor.d"
        assembler = folder + "/assembler.d"
    }

    /// Has both write down each file that they read; clang's own assembler cannot, so that GNU's is taken.
    func options(for compiler: String) -> [String] {
        let isClang = compiler.hasSuffix("clang")
        return ["-MD", "-MF", preprocessor, "-Xassembler", "--MD", "-Xassembler", assembler]
            + (isClang ? ["-fno-integrated-as"] : [])
    }

    /// - Parameter allowed: folders beside the source's own.
    /// - Throws: where anything else was read, without a word of the tool, which may quote it.
    func check(
        _ result: ToolResult, folder: String, allowed: [String], _ source: SourcePath
    ) throws(MachineError) {
        let roots = ([folder] + allowed).filter { $0.hasPrefix("/") }.map { absolutePath($0) + "/" }
        func refuse(_ file: String) -> MachineError {
            .image(
                name: source.name,
                reason: "it includes \(file), which lies outside its lesson's folder; copy the file there")
        }
        func isInside(_ file: String) -> Bool? {
            guard let resolved = realpath(file.hasPrefix("/") ? file : folder + "/" + file, nil) else { return nil }
            defer { free(resolved) }
            let real = String(cString: resolved)
            return roots.contains { real.hasPrefix($0) }
        }
        // A tool's own marks, such as <built-in>, are no files; neither is what was not found.
        for file in Self.mentioned(in: result.output) where isInside(file) == false { throw refuse(file) }
        guard result.status == 0, !result.isLate else { return }
        for list in [preprocessor, assembler] {
            for file in Self.prerequisites(String(decoding: try readWholeFile(list), as: UTF8.self)) {
                // The compiler has removed what it made for the assembler.
                let isOurs = allowed.contains { file.hasPrefix($0 + "/") } && !file.contains("/../")
                guard isInside(file) ?? isOurs else { throw refuse(file) }
            }
        }
    }

    /// The files behind the colon of a rule of make, as gcc and as write it.
    static func prerequisites(_ rule: String) -> [String] {
        guard let colon = rule.firstRange(of: ": ") else { return [] }
        var files: [String] = []
        var name = ""
        var rest = rule[colon.upperBound...].makeIterator()
        while let character = rest.next() {
            switch character {
            case "\\":
                // A blank or a hash that belongs to the name, or the end of a line.
                guard let next = rest.next() else { break }
                if next == "\n" {
                    if !name.isEmpty { files.append(name) }
                    name = ""
                } else {
                    name += next == " " || next == "#" ? String(next) : "\\" + String(next)
                }
            case "$": name += String(rest.next() ?? "$")
            case " ", "\n":
                if !name.isEmpty { files.append(name) }
                name = ""
            default: name.append(character)
            }
        }
        if !name.isEmpty { files.append(name) }
        return files
    }

    /// The files that messages speak of: `file:12:` and `from file:12`.
    static func mentioned(in output: String) -> [String] {
        output.split(separator: "\n").compactMap { line in
            var line = line
            for mark in ["In file included from ", "                 from "] where line.hasPrefix(mark) {
                line = line.dropFirst(mark.count)
            }
            let parts = line.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count >= 2, let number = parts.dropFirst().firstIndex(where: { Int($0) != nil }) else {
                return parts.count >= 2 ? String(parts[0]) : nil
            }
            return parts[..<number].joined(separator: ":")
        }
    }
}
