import Export
import Foundation
import Testing

@Suite("What Documentation/RECORDINGS.md says of exports")
struct ExportDocumentTests {
    @Test("It names every column of the table, in order, with its meaning")
    func columns() throws {
        let package = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
        let file = package + "/Documentation/RECORDINGS.md"
        let text = try String(contentsOfFile: file, encoding: .utf8).replacing("`", with: "")
        let rows = ExitTable.columns.map { "| \($0.name) | \($0.meaning) |\n" }.joined()
        #expect(text.contains(rows))
    }
}
