import Export
import Foundation
import Testing

@Suite("What the README says of exports")
struct ReadmeTests {
    @Test("It names every column of the table, in order, with its meaning")
    func columns() throws {
        let package = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
        let readme = try String(contentsOfFile: package + "/README.md", encoding: .utf8).replacing("`", with: "")
        let rows = ExitTable.columns.map { "| \($0.name) | \($0.meaning) |\n" }.joined()
        #expect(readme.contains(rows))
    }
}
