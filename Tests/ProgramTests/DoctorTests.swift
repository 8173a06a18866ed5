import Foundation
import Testing

@Suite("doctor, as a user runs it", .enabled(if: Program.obstacle == nil, "\(Program.obstacle ?? "")"))
struct DoctorTests {
    private func answer(_ limit: String) throws -> (view: String, finding: [String: Any]) {
        let result = try Program.kvmscope("doctor", "--json", environment: ["KVMSCOPE_KERNEL": limit])
        #expect(result.status == 0, "\(result.errors)")
        let answer = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        let items = try #require(answer["items"] as? [[String: Any]])
        return (
            try #require(answer["kernelView"] as? String),
            try #require(items.first { $0["id"] as? String == "kernel-view" })
        )
    }

    @Test func itSaysWhatWillBeSeenWhereLessIsAskedForThanCouldBe() throws {
        let free = try answer("")
        let bound = try answer("boundary")
        #expect(bound.view == "boundary")
        #expect((bound.finding["source"] as? String == "KVMSCOPE_KERNEL") == (free.view != "boundary"))
        if free.view != "boundary" {
            #expect(bound.finding["remedy"] as? String == "for \(free.view): start without KVMSCOPE_KERNEL")
        }
        let counted = try answer("statistics")
        #expect(counted.view == (free.view == "boundary" ? "boundary" : "statistics"))
        #expect(try answer("tracepoints").view == free.view)
        #expect(try Program.kvmscope("doctor", environment: ["KVMSCOPE_KERNEL": "all"]).status == 2)
    }
}
