import Command
import Explorer
import Facts
import Foundation
import Machine
import Session
import Testing
import Timeline

import enum Command.Pane

/// What help and documentation name can be had.
@Suite("What is documented is there") struct ReachTests {
    /// The manual's pages and the README.
    private static let pages: [(name: String, text: String)] = {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder = root.appendingPathComponent("Documentation")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        let files =
            [root.appendingPathComponent("README.md")]
            + names.filter { $0.hasSuffix(".md") }.sorted().map { folder.appendingPathComponent($0) }
        return files.compactMap { file in
            (try? String(contentsOf: file, encoding: .utf8)).map { (file.lastPathComponent, $0) }
        }
    }()

    @Test(
        "every pane comes to the screen by its command and by its key, and has something to say",
        arguments: Pane.allCases)
    func panes(pane: Pane) {
        guard pane != .lesson else { return }
        for command in [Command.show(pane), .focus(pane), .zoom(pane)] {
            var model = Model(timeline: Timeline(), width: 120, height: 40)
            _ = update(&model, .command(command))
            #expect(model.said == nil, "\(command): \(model.said?.text ?? "")")
            let section = model.content.sections.first { $0.name == pane.rawValue }
            #expect(section?.lines.isEmpty == false, "\(command)")
        }
        #expect(CommandTable.help(on: pane.rawValue) != nil)
    }

    @Test("every command of the table is carried out by the screen or by the machine")
    func commands() throws {
        let session = Session(
            SessionConfiguration(
                image: try GuestImage.flat(name: "halt", bytes: [0xF4], mode: .long), devicePath: "/nonexistent"))
        for entry in CommandTable.entries {
            let command = try Command(parsing: entry.example)
            #expect(CommandTable.help(on: entry.verb.rawValue) != nil, "\(entry.verb.rawValue)")
            #expect(command.entry?.verb == entry.verb, "\(entry.example)")
            var model = Model(timeline: Timeline(), width: 120, height: 40)
            for case .perform(let handed, _, _) in update(&model, .command(command)) {
                if case .record = handed { continue }
                if case .refused(let text) = session.perform(handed) {
                    #expect(!text.contains("is not something that the machine does"), "\(handed)")
                }
            }
        }
    }

    @Test("every command that a page shows in a block can be read, and every name of a fact exists")
    func examples() throws {
        #expect(Self.pages.count > 3)
        for (page, text) in Self.pages {
            for line in Self.commandLines(text) {
                do {
                    let command = try Command(parsing: line)
                    #expect(FactTable.check(command, symbols: nil).isEmpty, "\(page): \(line)")
                } catch { Issue.record("\(page): \(line): \(error)") }
            }
        }
    }

    /// Lines of `text` blocks: a command, then what it does after a wide gap.
    private static func commandLines(_ text: String) -> [String] {
        var lines: [String] = []
        var isInside = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") {
                isInside = !isInside && line == "```text"
                continue
            }
            guard isInside, let gap = line.range(of: "    ") else { continue }
            let command = line[..<gap.lowerBound]
            let first = command.prefix { $0 != " " }
            if CommandTable.entries.contains(where: { $0.verb.rawValue.hasPrefix(String(first)) }), !first.isEmpty {
                lines.append(String(command))
            }
        }
        return lines
    }
}
