import Foundation
import Testing

@Suite("The documents")
struct DocumentTests {
    private static let package = URL(fileURLWithPath: Program.lessons).deletingLastPathComponent().path
    private static let files =
        try? ["README.md"]
        + FileManager.default.contentsOfDirectory(atPath: package + "/Documentation").filter { $0.hasSuffix(".md") }
        .map { "Documentation/" + $0 }

    private func text(_ file: String) throws -> String {
        try String(contentsOfFile: Self.package + "/" + file, encoding: .utf8)
    }

    /// The lines that are no part of a block of code.
    private func prose(_ text: String) -> [Substring] {
        var fence: Substring?
        return text.split(separator: "\n").filter { line in
            let ticks = line.prefix { $0 == "`" }
            if let open = fence {
                if ticks.count >= open.count { fence = nil }
                return false
            }
            if ticks.count >= 3 { fence = ticks }
            return fence == nil
        }
    }

    /// What a heading is called in an address, as the usual sites make it.
    private func anchor(_ heading: Substring) -> String {
        let kept = heading.lowercased().filter { $0.isLetter || $0.isNumber || " -_".contains($0) }
        return kept.replacingOccurrences(of: " ", with: "-")
    }

    private func headings(_ file: String, levels: [String]) throws -> [Substring] {
        try prose(text(file)).compactMap { line in
            levels.first { line.hasPrefix($0 + " ") }.map { line.dropFirst($0.count + 1) }
        }
    }

    @Test("Each link leads to a file that is there, and to a heading in it")
    func links() throws {
        for file in try #require(Self.files) {
            let folder = (Self.package + "/" + file as NSString).deletingLastPathComponent
            for match in try prose(text(file)).joined(separator: "\n").matches(of: /\]\(([^)\s]+)\)/) {
                let parts = match.output.1.split(separator: "#", omittingEmptySubsequences: false)
                guard !match.output.1.contains("://"), let path = parts.first else { continue }
                let target = path.isEmpty ? Self.package + "/" + file : folder + "/" + path
                #expect(FileManager.default.fileExists(atPath: target), "\(file): \(match.output.1)")
                guard parts.count > 1, target.hasSuffix(".md") else { continue }
                let relative = path.isEmpty ? file : "Documentation/" + path
                let anchors = try headings(relative, levels: ["#", "##", "###"]).map(anchor)
                #expect(anchors.contains(String(parts[1])), "\(file): \(match.output.1)")
            }
        }
    }

    @Test("The contents list has every section of every document")
    func contents() throws {
        let list = try text("Documentation/README.md")
        for file in try #require(Self.files) where file.hasPrefix("Documentation/") && !file.hasSuffix("README.md") {
            let name = file.dropFirst("Documentation/".count)
            #expect(list.contains("](\(name))"), "\(name)")
            for heading in try headings(file, levels: ["##", "###"]) {
                #expect(list.contains("[\(heading)](\(name)#\(anchor(heading)))"), "\(name): \(heading)")
            }
        }
    }

    @Test("The README's picture is a drawing of the screen, and no more than two screens long")
    func readme() throws {
        #expect(try text("README.md").split(separator: "\n", omittingEmptySubsequences: false).count < 100)
        #expect(try text("Documentation/screen.svg").hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\""))
    }

    @Test("What `check` is shown to say is what it says")
    func check() throws {
        let said = try Program.kvmscope(
            "check", "02", "--replay", environment: ["KVMSCOPE_LESSONS": Program.lessons]
        ).output
        #expect(try text("Documentation/LESSONS.md").contains("$ kvmscope check 02\n" + said))
    }
}
