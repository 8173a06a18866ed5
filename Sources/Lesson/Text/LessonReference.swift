internal import Command
internal import Foundation

/// The lists for those who write lessons: panes and facts, as tables in Markdown.
public enum LessonReference {
    static let start = "<!-- `make lists` writes what follows -->"
    static let end = "<!-- up to here -->"

    /// What stands between the two marks in Documentation/LESSONS.md.
    static var tables: String {
        let panes = Pane.allCases.map { "| `\($0.rawValue)` | \(cell($0.summary)) |" }
        let facts = FactTable.entries.map {
            "| `\(cell($0.pattern))` | \(cell($0.summary)) | `\(cell($0.example))` | \(cell($0.source)) |"
        }
        return """
            ### Panes

            | Pane | What it shows |
            |---|---|
            \(panes.joined(separator: "\n"))

            ### Facts

            | Fact | What it says | Example | Observed by |
            |---|---|---|---|
            \(facts.joined(separator: "\n"))
            """
    }

    /// A document with the lists of today between its marks; nil where it has no marks.
    public static func renewed(_ document: String) -> String? {
        guard let start = document.firstRange(of: start), let end = document.firstRange(of: end),
            start.upperBound <= end.lowerBound
        else { return nil }
        return document[..<start.upperBound] + "\n\n" + tables + "\n\n" + document[end.lowerBound...]
    }

    /// Writes the lists of today into a document.
    public static func renew(file: String) throws(LessonError) {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8), let new = renewed(text) else {
            throw LessonError(
                file: file, line: 0, message: "it cannot be read, or has no marks between which the lists belong")
        }
        do { try new.write(toFile: file, atomically: true, encoding: .utf8) } catch {
            throw LessonError(file: file, line: 0, message: "it cannot be written: \(error.localizedDescription)")
        }
    }

    private static func cell(_ text: String) -> String { text.replacing("|", with: "\\|") }
}
