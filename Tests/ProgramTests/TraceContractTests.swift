import Foundation
import Testing

@Suite("trace, as a user runs it", .enabled(if: Program.obstacle == nil, "\(Program.obstacle ?? "")"))
struct TraceContractTests {
    private func lines(_ result: Program.Result) throws -> [[String: Any]] {
        try result.output.split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    @Test func aSourceGuestGivesTheWholeStory() throws {
        let guests = try Guests()
        let guest = try guests.source(
            "sum.S", "_start: mov $2, %al\n add $3, %al\n add $'0', %al\n mov $0x3f8, %dx\n out %al, %dx\n hlt\n")
        let result = try Program.kvmscope("trace", guest, "--json")
        #expect(result.status == 0)
        let events = try lines(result)
        #expect(events.compactMap { $0["seq"] as? Int } == Array(1...events.count))
        #expect(events.first?["kind"] as? String == "start")
        #expect(events.first?["version"] as? Int == 1)
        #expect(events.last?["kind"] as? String == "end")
        #expect(events.last?["why"] as? String == "hlt")
        let moments = events.compactMap { $0["ns"] as? Int }
        #expect(moments == moments.sorted())
        let exits = events.filter { $0["kind"] as? String == "exit" }
        #expect(exits.compactMap { $0["reason"] as? String } == ["io", "hlt"])
        #expect(exits.first?["port"] as? Int == 0x3F8)
        #expect(exits.first?["data"] as? String == "35")
        #expect(
            events.filter { $0["kind"] as? String == "console" }.compactMap { $0["text"] as? String }.joined() == "5")
        // What was opened is closed before the end.
        func descriptors(_ change: String) -> Set<Int> {
            Set(
                events.filter { $0["change"] as? String == change && $0["kind"] as? String == "fd" }.compactMap {
                    $0["fd"] as? Int
                })
        }
        #expect(descriptors("open").count == 3)
        #expect(descriptors("open") == descriptors("close"))
    }

    @Test func theKernelsHalfIsToldWhereItIsAskedForAndPermitted() throws {
        let guests = try Guests()
        // mov eax, 0; cpuid; out 0x80, al; hlt
        let guest = try guests.binary("cpuid.bin", [0x66, 0xB8, 0, 0, 0, 0, 0x0F, 0xA2, 0xE6, 0x80, 0xF4])
        let without = try lines(Program.kvmscope("trace", guest, "--mode", "real", "--json"))
        #expect(without.allSatisfy { $0["kind"] as? String != "kernel" })
        let result = try Program.kvmscope("trace", guest, "--mode", "real", "--json", "--kernel")
        #expect(result.status == 0)
        let events = try lines(result)
        #expect(events.compactMap { $0["seq"] as? Int } == Array(1...events.count))
        let moments = events.compactMap { $0["ns"] as? Int }
        #expect(moments == moments.sorted())
        let fired = events.filter { $0["kind"] as? String == "kernel" }
        guard result.errors.isEmpty else {
            #expect(fired.isEmpty && result.errors.contains("no kernel events"))
            return
        }
        #expect(fired.allSatisfy { $0["vcpu"] as? Int == 0 })
        // What the kernel tells of an exit stands before the exit that user space sees.
        let story = events.compactMap { $0["event"] as? String ?? $0["reason"] as? String }
            .filter { ["kvm_cpuid", "kvm_userspace_exit", "io", "hlt"].contains($0) }
        #expect(story == ["kvm_cpuid", "kvm_userspace_exit", "io", "kvm_userspace_exit", "hlt"])
    }

    @Test func theDebugExitCodeDecidesTheStatus() throws {
        let guests = try Guests()
        // mov al, N; out 0xf4, al
        let good = try guests.binary("good.bin", [0xB0, 0x00, 0xE6, 0xF4])
        let bad = try guests.binary("bad.bin", [0xB0, 0x07, 0xE6, 0xF4])
        #expect(try Program.kvmscope("trace", good, "--mode", "real").status == 0)
        let result = try Program.kvmscope("trace", bad, "--mode", "real", "--json")
        #expect(result.status == 1)
        let end = try #require(try lines(result).last)
        #expect(end["why"] as? String == "exit")
        #expect(end["code"] as? Int == 7)
    }

    @Test func aGuestThatNeverExitsIsKicked() throws {
        let guests = try Guests()
        let loop = try guests.binary("loop.bin", [0xEB, 0xFE])  // jmp .
        let result = try Program.kvmscope("trace", loop, "--timeout", "0.2", "--json")
        #expect(result.status == 0)
        let events = try lines(result)
        #expect(events.last?["why"] as? String == "timeout")
        #expect(events.last { $0["kind"] as? String == "exit" }?["reason"] as? String == "intr")
    }

    @Test func exactlyAsManyExitsAsAskedFor() throws {
        let guests = try Guests()
        // mov dx, 0x3f8; out dx, al; jmp
        let flood = try guests.binary("flood.bin", [0xBA, 0xF8, 0x03, 0xEE, 0xEB, 0xFD])
        let result = try Program.kvmscope("trace", flood, "--mode", "real", "--max-exits", "5", "--json")
        let events = try lines(result)
        #expect(events.filter { $0["kind"] as? String == "exit" }.count == 5)
        #expect(events.last?["why"] as? String == "limit")
        #expect(result.status == 0)
    }

    @Test(arguments: [
        "2 --vcpus 0", "2 --memory 12", "2 --memory 99999999999999999999G", "2 --max-exits 0", "2 --timeout 0",
        "2 --mode virtual", "2 --load zzz", "3 --memory 64000G",
    ])
    func valuesOutOfRangeAreRefused(_ example: String) throws {
        let words = example.split(separator: " ").map(String.init)
        let status = Int32(words[0])
        let options = Array(words.dropFirst())
        let guests = try Guests()
        let guest = try guests.binary("hlt.bin", [0xF4])
        let result = try Program.run(Program.path, ["trace", guest] + options)
        #expect(result.status == status, "\(result.errors)")
        // A run that was begun and failed still tells so in its lines; a usage error never begins one.
        #expect(result.output.isEmpty == (status == 2))
    }

    @Test func imagesThatCannotBeRunAreOneLine() throws {
        let guests = try Guests()
        let empty = try guests.binary("empty.bin", [])
        let large = try guests.binary("large.bin", Array(repeating: 0x90, count: 8192))
        let broken = try guests.binary("broken.elf", [0x7F, 0x45, 0x4C, 0x46, 2, 1])
        for arguments in [[empty], [large, "--memory", "4K"], [broken], ["/nowhere/at/all"], [guests.folder.path]] {
            let result = try Program.run(Program.path, ["trace"] + arguments)
            #expect(result.status == 1)
            #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
            #expect(result.errors.hasPrefix("kvmscope: "))
        }
    }

    @Test func theAssemblersOwnWordsAreShownWithFileAndLine() throws {
        let guests = try Guests()
        let source = try guests.source("wrong.S", "_start: nop\n frobnicate %rax\n")
        let result = try Program.kvmscope("trace", source)
        #expect(result.status == 1)
        #expect(result.errors.contains("wrong.S:2"))
    }

    @Test func withoutADeviceTheStatusIsThreeAndTheLineSaysWhy() throws {
        let guests = try Guests()
        let guest = try guests.binary("hlt.bin", [0xF4])
        let result = try Program.kvmscope("trace", guest, "--device", "/dev/there-is-no-kvm")
        #expect(result.status == 3)
        #expect(result.errors.contains("/dev/there-is-no-kvm"))
        #expect(result.errors.split(separator: "\n").count == 1)
    }
}
