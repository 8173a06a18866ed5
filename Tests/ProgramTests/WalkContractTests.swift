import Foundation
import Testing

@Suite("walk, as a user runs it", .enabled(if: Program.obstacle == nil, "\(Program.obstacle ?? "")"))
struct WalkContractTests {
    /// Touches one page, makes a PTE of its own at 0x401000 and halts.
    private static let guest = """
        .globl _start
        _start:
            movq $0x1122334455667788, %rax
            mov %rax, 0x200000
            mov $0x3000, %rbx              # the page directory of the start state
            movq $0x20000 + 3, 16(%rbx)    # 0x400000 by a table at 0x20000
            movq $0x5000 + 1, 0x20008      # 0x401000: present, read-only, supervisor
            out %al, $0x80
            movq $0, 24(%rbx)              # 0x600000 is not there any more
            hlt
        message: .asciz "hello"

        """

    private func object(_ arguments: String..., status: Int32 = 0, sourceLocation: SourceLocation = #_sourceLocation)
        throws
        -> [String: Any]
    {
        let guests = try Guests()
        let guest = try guests.source("tables.S", Self.guest)
        let result = try Program.run(Program.path, ["walk", guest, "--json"] + arguments)
        #expect(result.status == status, "\(result.errors)", sourceLocation: sourceLocation)
        #expect(result.output.split(separator: "\n").count == 1, sourceLocation: sourceLocation)
        return try #require(
            try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any],
            sourceLocation: sourceLocation)
    }

    @Test func aLargePageHasAllThatTheContractSays() throws {
        let walk = try object("--address", "0x200008")
        #expect(walk["address"] as? String == "0x200008" && walk["access"] as? String == "read")
        #expect(walk["paging"] as? String == "4-level" && walk["pageSize"] as? Int == 2 << 20)
        #expect(walk["gpa"] as? String == "0x200008" && walk["fault"] is NSNull)
        let steps = try #require(walk["steps"] as? [[String: Any]])
        #expect(steps.compactMap { $0["level"] as? Int } == [4, 3, 2])
        #expect(steps.compactMap { $0["name"] as? String } == ["PML4E", "PDPTE", "PDE"])
        let last = try #require(steps.last)
        #expect(last["large"] as? Bool == true && last["index"] as? Int == 1 && last["writable"] as? Bool == true)
        #expect(last["table"] as? String == "0x3000" && last["entryAddress"] as? String == "0x3008")
        for key in ["entry", "present", "user", "executable", "accessed", "dirty"] {
            #expect(last[key] != nil, "\(key)")
        }
        let translate = try #require(walk["translate"] as? [String: Any])
        #expect(translate["valid"] as? Bool == true && translate["gpa"] as? String == "0x200008")
        let slot = try #require(walk["slot"] as? [String: Any])
        #expect(slot["id"] as? Int == 0 && slot["offset"] as? String == "0x200008" && slot["size"] as? Int == 16 << 20)
        #expect((walk["hva"] as? String)?.hasPrefix("0x") == true)
        // Either the place is told or the reason why not.
        #expect((walk["hpa"] is NSNull) != (walk["hpaHidden"] is NSNull))
        let effective = try #require(walk["effective"] as? [String: Any])
        #expect(effective["writable"] as? Bool == true && effective["user"] as? Bool == false)
    }

    @Test func theGuestsOwnTableAndItsRefusals() throws {
        let read = try object("--address", "0x401008")
        #expect(read["gpa"] as? String == "0x5008" && read["pageSize"] as? Int == 4096)
        #expect((read["effective"] as? [String: Any])?["writable"] as? Bool == false)
        let write = try object("--address", "0x401008", "--access", "write")
        let refusal = try #require(write["fault"] as? [String: Any])
        #expect(refusal["reason"] as? String == "protection" && refusal["errorCode"] as? Int == 3)
        #expect(refusal["level"] as? Int == 1 && write["gpa"] is NSNull && write["slot"] is NSNull)
        let user = try object("--address", "0x401008", "--user")
        #expect((user["fault"] as? [String: Any])?["errorCode"] as? Int == 5)
        #expect((user["fault"] as? [String: Any])?["level"] as? Int == 4)
    }

    @Test func theMomentDecides() throws {
        let before = try object("--address", "0x600000", "--at", "exit:1")
        #expect(before["gpa"] as? String == "0x600000")
        let after = try object("--address", "0x600000")
        let fault = try #require(after["fault"] as? [String: Any])
        #expect(
            fault["reason"] as? String == "not-present" && fault["level"] as? Int == 2
                && fault["errorCode"] as? Int == 0)
        let condition = try object("--address", "0x600000", "--at", "exit.reason == hlt")
        #expect(condition["fault"] is [String: Any])
        let start = try object("--address", "0x401008", "--at", "start")
        #expect(start["gpa"] as? String == "0x401008")
    }

    @Test func whatIsNoMemoryAndWhatIsNoAddress() throws {
        let hole = try object("--address", "0x2000000")
        #expect(hole["gpa"] as? String == "0x2000000" && hole["slot"] is NSNull && hole["hva"] is NSNull)
        let odd = try object("--address", "0x800000000000")
        #expect((odd["fault"] as? [String: Any])?["reason"] as? String == "non-canonical")
        #expect((odd["steps"] as? [Any])?.isEmpty == true)
        let untouched = try object("--address", "0xa00000")
        #expect(untouched["hpa"] is NSNull && (untouched["hpaHidden"] as? String)?.isEmpty == false)
        let symbol = try object("--address", "message + 1")
        #expect((symbol["gpa"] as? String)?.hasPrefix("0x1000") == true)
    }

    @Test func realModeAddsTheSegment() throws {
        let guests = try Guests()
        // mov ax, 0x200; mov ds, ax; hlt
        let guest = try guests.binary("real.bin", [0xB8, 0x00, 0x02, 0x8E, 0xD8, 0xF4])
        let result = try Program.kvmscope("walk", guest, "--mode", "real", "--address", "0x10", "--json")
        let walk = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        #expect(result.status == 0 && walk["paging"] as? String == "real" && walk["gpa"] as? String == "0x2010")
        #expect((walk["translate"] as? [String: Any])?["gpa"] as? String == "0x2010" && walk["pageSize"] is NSNull)
    }

    @Test func theTextHasEveryLevel() throws {
        let guests = try Guests()
        let guest = try guests.source("tables.S", Self.guest)
        let text = try Program.kvmscope("walk", guest, "--address", "0x401008")
        #expect(text.status == 0)
        for word in [
            "PML4E", "PDPTE", "PDE", "PTE", "0x20008", "GPA  0x5008", "KVM_TRANSLATE agrees", "HVA", "slot 0", "HPA",
        ] {
            #expect(text.output.contains(word), "\(word)")
        }
    }

    @Test func statusesSayWhoIsToBlame() throws {
        let guests = try Guests()
        let guest = try guests.source("tables.S", Self.guest)
        #expect(try Program.kvmscope("walk", guest).status == 2)
        #expect(try Program.kvmscope("walk", guest, "--address", "0x").status == 2)
        #expect(try Program.kvmscope("walk", guest, "--address", "1", "--vcpu", "1").status == 2)
        #expect(try Program.kvmscope("walk", guest, "--address", "1", "--at", "exit:0").status == 2)
        #expect(try Program.kvmscope("walk", guest, "--address", "nosuchname").status == 2)
        #expect(try Program.kvmscope("walk", guest, "--address", "1", "--at", "exit:9").status == 1)
        #expect(try Program.kvmscope("walk", guests.folder.path + "/none.S", "--address", "1").status == 1)
        let without = try Program.kvmscope("walk", guest, "--address", "1", "--device", "/dev/null")
        #expect(without.status == 3 && without.output.isEmpty && !without.errors.isEmpty)
        let loops = try guests.binary("loop.bin", [0xEB, 0xFE])
        let kicked = try Program.kvmscope("walk", loops, "--address", "0x100000", "--timeout", "0.2", "--json")
        #expect(kicked.status == 0 && kicked.output.contains("\"gpa\":\"0x100000\""))
    }
}
