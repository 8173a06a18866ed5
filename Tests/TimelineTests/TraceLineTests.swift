import Foundation
import TestSupport
import Testing

@testable import Timeline

@Suite("The lines of trace --json") struct TraceLineTests {
    /// One line of the encoder, read by a reader that is not ours.
    static func object(_ line: [UInt8]) throws -> [String: Any] {
        #expect(line.last == 0x0A && !line.dropLast().contains(0x0A))
        return try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
    }

    static func object(_ body: Event.Body, at nanoseconds: UInt64 = 5) throws -> [String: Any] {
        var encoder = TraceEncoder()
        return try object(encoder.encode(Event(nanoseconds: nanoseconds, body)))
    }

    /// The object has just these fields, with these values.
    static func expect(_ body: Event.Body, _ fields: [String: Any], location: SourceLocation = #_sourceLocation) throws
    {
        var wanted = fields
        wanted["seq"] = 1
        wanted["ns"] = 5
        let found = try object(body)
        #expect(NSDictionary(dictionary: found) == NSDictionary(dictionary: wanted), sourceLocation: location)
    }

    @Test("start") func start() throws {
        try Self.expect(
            .start(RunStart(guest: "a \"b\".S", vcpus: 2, memory: 1 << 40)),
            ["kind": "start", "version": 1, "guest": "a \"b\".S", "vcpus": 2, "memory": 1 << 40])
    }

    @Test("ioctl, with and without an error") func ioctl() throws {
        try Self.expect(
            .ioctl(IoctlCall(kind: .system, fd: 3, name: "KVM_CREATE_VM", request: 0xAE01, result: 4, duration: 77)),
            [
                "kind": "ioctl", "class": "system", "fd": 3, "name": "KVM_CREATE_VM", "request": "0xae01", "result": 4,
                "errno": NSNull(), "duration": 77,
            ])
        try Self.expect(
            .ioctl(
                IoctlCall(
                    kind: .vm, fd: 4, name: "0x12", request: 0x12, result: -1, errno: 22, errnoName: "EINVAL",
                    duration: 1)),
            [
                "kind": "ioctl", "class": "vm", "fd": 4, "name": "0x12", "request": "0x0012", "result": -1,
                "errno": "EINVAL", "duration": 1,
            ])
    }

    @Test("fd and thread") func changes() throws {
        try Self.expect(
            .descriptor(
                .init(isOpen: true, fd: 7, target: "anon_inode:kvm-vcpu:0", kind: .vcpu(0), by: "KVM_CREATE_VCPU")),
            ["kind": "fd", "change": "open", "fd": 7, "target": "anon_inode:kvm-vcpu:0"])
        try Self.expect(
            .descriptor(.init(isOpen: false, fd: 7, target: "/dev/kvm", kind: .system, by: "close")),
            ["kind": "fd", "change": "close", "fd": 7, "target": "/dev/kvm"])
        try Self.expect(
            .thread(.init(isStart: true, id: 99, name: "CPU 0/KVM", vcpu: 0)),
            ["kind": "thread", "change": "start", "tid": 99, "name": "CPU 0/KVM"])
        try Self.expect(
            .thread(.init(isStart: false, id: 99, name: "CPU 0/KVM", vcpu: 0)),
            ["kind": "thread", "change": "end", "tid": 99, "name": "CPU 0/KVM"])
    }

    @Test("exits, each with its own fields") func exits() throws {
        try Self.expect(
            .exit(Exit(vcpu: 1, reason: "hlt", rip: .max)),
            ["kind": "exit", "vcpu": 1, "reason": "hlt", "rip": "0xffffffffffffffff"])
        try Self.expect(
            .exit(Exit(vcpu: 0, reason: "unknown:77")),
            ["kind": "exit", "vcpu": 0, "reason": "unknown:77", "rip": NSNull()])
        try Self.expect(
            .exit(
                Exit(
                    vcpu: 0, reason: "io",
                    detail: .io(
                        .init(isWrite: true, port: 0x3F8, size: 2, count: 6, data: Bytes(Array("hello world!".utf8)))),
                    rip: 0x1000)),
            [
                "kind": "exit", "vcpu": 0, "reason": "io", "rip": "0x1000", "direction": "out", "port": 1016, "size": 2,
                "count": 6,
                "data": "68656c6c6f20776f726c6421", "device": NSNull(),
            ])
        try Self.expect(
            .exit(
                Exit(
                    vcpu: 0, reason: "io",
                    detail: .io(.init(isWrite: false, port: 0x20, size: 1, count: 1, data: Bytes([0xFF]))), rip: 0,
                    servedBy: "console")),
            [
                "kind": "exit", "vcpu": 0, "reason": "io", "rip": "0x0", "direction": "in", "port": 32, "size": 1,
                "count": 1, "data": "ff", "device": "console",
            ])
        try Self.expect(
            .exit(
                Exit(
                    vcpu: 0, reason: "mmio",
                    detail: .mmio(.init(isWrite: true, address: 0xD000_0000, data: Bytes([1, 2, 3, 4]))), rip: 1)),
            [
                "kind": "exit", "vcpu": 0, "reason": "mmio", "rip": "0x1", "direction": "write",
                "address": "0xd0000000", "size": 4, "data": "01020304", "device": NSNull(),
            ])
        try Self.expect(
            .exit(
                Exit(
                    vcpu: 0, reason: "mmio", detail: .mmio(.init(isWrite: false, address: .max, data: Bytes([0xFF]))),
                    rip: 1)),
            [
                "kind": "exit", "vcpu": 0, "reason": "mmio", "rip": "0x1", "direction": "read",
                "address": "0xffffffffffffffff", "size": 1, "data": "ff", "device": NSNull(),
            ])
        try Self.expect(
            .exit(
                Exit(
                    vcpu: 0, reason: "debug", detail: .debug(exception: 1, pc: 0x1234, dr6: 0xFFFF_4FF0, dr7: 0x400),
                    rip: 1)),
            [
                "kind": "exit", "vcpu": 0, "reason": "debug", "rip": "0x1", "exception": 1, "pc": "0x1234",
                "dr6": "0xffff4ff0", "dr7": "0x400",
            ])
        try Self.expect(
            .exit(
                Exit(
                    vcpu: 0, reason: "internal-error",
                    detail: .internalError(suberror: 1, data: [0, .max], instruction: Bytes([0xCC])), rip: 1)),
            [
                "kind": "exit", "vcpu": 0, "reason": "internal-error", "rip": "0x1", "suberror": 1,
                "data": ["0x0", "0xffffffffffffffff"], "instruction": "cc",
            ])
        try Self.expect(
            .exit(
                Exit(
                    vcpu: 0, reason: "fail-entry",
                    detail: .fields([
                        .init(name: "hardwareReason", value: 0x8000_0021), .init(name: "cpu", value: 3, isNumber: true),
                    ]), rip: 1)),
            ["kind": "exit", "vcpu": 0, "reason": "fail-entry", "rip": "0x1", "hardwareReason": "0x80000021", "cpu": 3])
    }

    @Test("kernel and end") func others() throws {
        try Self.expect(
            .kernel(KernelEvent(vcpu: 1, name: "kvm_exit", fields: [IoctlField(name: "reason", value: "npf")])),
            ["kind": "kernel", "vcpu": 1, "event": "kvm_exit", "reason": "npf"])
        for why in RunEnd.Why.allCases {
            try Self.expect(
                .end(RunEnd(why: why, code: 3, text: "not part of it")),
                ["kind": "end", "why": why.rawValue, "code": 3])
        }
        #expect(
            RunEnd.Why.allCases.map(\.rawValue) == ["hlt", "exit", "shutdown", "limit", "timeout", "error", "bios"])
    }

    @Test(
        "numbers have no gap, whatever stands between that is not part of the contract", arguments: [5, 6] as [UInt64])
    func sequence(seed: UInt64) throws {
        var random = Seeded(seed: seed)
        var encoder = TraceEncoder()
        var next = 1
        for moment in 0..<3000 {
            for line in encoder.encode(random.event(UInt64(moment))).split(separator: 0x0A) {
                let object = try Self.object(Array(line) + [0x0A])
                #expect(object["seq"] as? Int == next)
                next += 1
            }
        }
        #expect(next > 1000)
    }

    @Test("events outside the contract give nothing") func outside() {
        var encoder = TraceEncoder()
        let bodies: [Event.Body] = [
            .descriptors([]), .threads([]), .memory([]), .phase(.ready), .mark("m"), .problem("p"),
            .resumed(.init(vcpu: 0, how: .run)), .stopped(.init(vcpu: 0, reason: .exit, text: "")),
            .slot(MemorySlot(id: 0, start: 0, size: 1, host: 0)), .registers(MadeUp.registers()),
            .gate(IoctlCall(kind: .vm, fd: 1, name: "n", request: 1)),
            .ioctl(IoctlCall(kind: .call, fd: 1, name: "mmap", request: 0)),
        ]
        for body in bodies { #expect(encoder.encode(MadeUp.event(body)).isEmpty, "\(body)") }
    }

    /// What the console lines of a trace say together, when the guest writes these bytes one by one.
    static func console(_ bytes: [UInt8]) throws -> String {
        var encoder = TraceEncoder()
        var lines: [[UInt8]] = []
        for byte in bytes {
            let line = encoder.encode(MadeUp.event(.console(ConsoleText(vcpu: 0, bytes: Bytes([byte])))))
            if !line.isEmpty { lines.append(line) }
        }
        let last = encoder.encode(MadeUp.event(.end(RunEnd(why: .hlt, code: 0)))).split(separator: 0x0A).map {
            Array($0) + [0x0A]
        }
        lines += last
        let objects = try lines.map(object)
        #expect(objects.last?["kind"] as? String == "end")
        #expect(objects.enumerated().allSatisfy { $1["seq"] as? Int == $0 + 1 })
        return objects.dropLast().map { $0["text"] as? String ?? "?" }.joined()
    }

    @Test("a character that comes byte by byte is one character, whatever its length")
    func split() throws {
        for text in ["plain", "ü", "語", "🙂", "aüb語c🙂d", "\u{7F}\u{80}\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}"] {
            #expect(try Self.console(Array(text.utf8)) == text)
        }
    }

    @Test("bytes that are no text become the replacement character and stop nothing")
    func invalid() throws {
        for bytes in [
            [0xFF], [0xC3], [0xE2, 0x82], [0x80, 0x80, 0x80, 0x80], [0xF0, 0x41], [0xC3, 0xC3, 0xA4],
            [0xFE, 0xFF, 0x41],
        ] as [[UInt8]] {
            #expect(try Self.console(bytes) == String(decoding: bytes, as: UTF8.self), "\(bytes)")
        }
        var random = Seeded(seed: 9)
        for _ in 0..<300 {
            let bytes = (0..<random.below(12)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            #expect(try Self.console(bytes) == String(decoding: bytes, as: UTF8.self), "\(bytes)")
        }
    }

    @Test("control characters, quotes and backslashes are escaped")
    func escapes() throws {
        let text = String(decoding: (0..<0x80).map { UInt8($0) }, as: UTF8.self) + "\u{2028}"
        var encoder = TraceEncoder()
        let line = encoder.encode(MadeUp.event(.console(ConsoleText(vcpu: 0, bytes: Bytes(Array(text.utf8))))))
        #expect(try Self.object(line)["text"] as? String == text)
        #expect(line.dropLast().allSatisfy { $0 >= 0x20 && $0 != 0x7F })
    }
}
