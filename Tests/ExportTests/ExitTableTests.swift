import Testing
import Timeline

@testable import Export

@Suite("Exits as comma-separated values")
struct ExitTableTests {
    private func table(_ run: MadeUpRun) -> [[String]] {
        var table = ExitTable()
        return RFC4180.records(ExitTable.header + run.events.compactMap { table.record(for: $0) }.joined())
    }

    @Test("Each exit is one record with a field for every column, and other events give none")
    func shape() {
        let records = table(.colourful)
        let exits = MadeUpRun.colourful.events.filter { if case .exit = $0.body { true } else { false } }
        #expect(records.count == exits.count + 1)
        #expect(records.allSatisfy { $0.count == ExitTable.columns.count })
        #expect(records.dropFirst().map { $0[0] } == (1...exits.count).map(String.init))
    }

    @Test("A port access says direction, port, bytes and who served it")
    func port() {
        var run = MadeUpRun()
        run.write("A")
        let record = Dictionary(uniqueKeysWithValues: zip(ExitTable.columns.map(\.name), table(run)[1]))
        #expect(record["reason"] == "io")
        #expect(record["direction"] == "out")
        #expect(record["port"] == "1016")
        #expect(record["data"] == "41")
        #expect(record["device"] == "console")
        #expect(record["rip"] == "0x100007")
        #expect(record["address"] == "")
    }

    @Test("What a field holds comes back whole: commas, quotation marks and line ends")
    func quoting() {
        let names = ["a,b", "say \"hi\"", "two\r\nlines", "plain", ""]
        var run = MadeUpRun()
        for name in names { run.exit("io", servedBy: name) }
        #expect(table(run).dropFirst().map { $0[11] } == names)
    }

    @Test("No cell is taken for a formula by a spreadsheet")
    func formulas() {
        let names = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=\"a\",b"]
        var run = MadeUpRun()
        for name in names { run.exit(name, servedBy: name) }
        let records = table(run).dropFirst()
        #expect(records.map { $0[3] } == names.map { "'" + $0 })
        #expect(records.map { $0[11] } == names.map { "'" + $0 })
    }

    @Test("Every line ends as RFC 4180 has it")
    func ends() {
        #expect(ExitTable.header.hasSuffix("\r\n"))
        #expect(ExitTable.header.utf8.filter { $0 == 0x0A }.count == 1)
    }
}

/// A reader of RFC 4180 that shares nothing with the writer.
enum RFC4180 {
    static func records(_ text: String) -> [[String]] {
        var records: [[String]] = []
        var fields: [String] = []
        var field = ""
        var isQuoted = false
        var scalars = Array(text.unicodeScalars)[...]
        while let scalar = scalars.popFirst() {
            if isQuoted {
                if scalar == "\"" {
                    if scalars.first == "\"" {
                        field.unicodeScalars.append(scalars.removeFirst())
                    } else {
                        isQuoted = false
                    }
                } else {
                    field.unicodeScalars.append(scalar)
                }
                continue
            }
            switch scalar {
            case "\"": isQuoted = true
            case ",":
                fields.append(field)
                field = ""
            case "\r" where scalars.first == "\n":
                scalars.removeFirst()
                records.append(fields + [field])
                (fields, field) = ([], "")
            default: field.unicodeScalars.append(scalar)
            }
        }
        if !fields.isEmpty || !field.isEmpty { records.append(fields + [field]) }
        return records
    }
}
