import Command
import TestSupport
import Testing

@Suite("Expressions") struct ExpressionTests {
    @Test("what is printed is read back as the same expression")
    func roundTrip() throws {
        var random = Seeded(seed: 20)
        for _ in 0..<4000 {
            let expression = random.expression()
            let text = expression.description
            #expect(try Expression(parsing: text) == expression, "\(text)")
        }
    }

    @Test(
        "operators bind as documented",
        arguments: [
            ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("10 - 3 - 2", 5), ("1 << 2 + 1", 8), ("6 & 3 == 2", 1),
            ("1 | 2 ^ 3 & 1", 3), ("2 < 3 && 5 > 4", 1), ("0 || 1 && 0", 0), ("!0 && 1", 1), ("-1 >> 60", 15),
            ("~0 & 0xff", 255), ("100 / 7 % 4", 2), ("0x10K", 16384), ("2M", 2_097_152), ("0b1010", 10),
            ("'A' + 1", 66),
            ("'\\n'", 10), ("1_000", 1000), ("7-2", 5), ("1G / 1K", 1_048_576),
        ] as [(String, UInt64)])
    func precedence(_ text: String, _ expected: UInt64) throws {
        let value = try Expression(parsing: text).value(in: World())
        switch value {
        case .integer(let number): #expect(number == expected)
        case .boolean(let flag): #expect((flag ? 1 : 0) == expected)
        default: Issue.record("\(text) gave \(value)")
        }
    }

    @Test("a hyphen belongs to a word before a letter, and subtracts elsewhere")
    func hyphens() throws {
        #expect(try Expression(parsing: "internal-error") == .word("internal-error"))
        #expect(try Expression(parsing: "4-level") == .word("4-level"))
        #expect(
            try Expression(parsing: "reg.rsp-8")
                == .binary(.subtract, .fact(.register(try register("rsp"))), .integer(8)))
        #expect(try Expression(parsing: "a - b") == .binary(.subtract, .word("a"), .word("b")))
    }

    private func register(_ name: String) throws -> RegisterName { try #require(RegisterName.named(name)) }

    @Test("a word beside a text is that word, even where the guest has such a symbol")
    func wordsAndSymbols() throws {
        let world = World(facts: ["exit.reason": .text("io")], symbols: ["io": 0x100000, "message": 0x2000])
        #expect(try Expression(parsing: "exit.reason == io").value(in: world) == .boolean(true))
        #expect(try Expression(parsing: "hlt != exit.reason").value(in: world) == .boolean(true))
        #expect(try Expression(parsing: "message + 4").value(in: world) == .integer(0x2004))
        #expect(try Expression(parsing: "io").value(in: world) == .integer(0x100000))
        #expect(try Expression(parsing: "nothing").value(in: world) == .text("nothing"))
        #expect(try Expression(parsing: "symbol(message)").value(in: world) == .integer(0x2000))
    }

    @Test("facts reach the source with their vCPU, register, argument and address")
    func references() throws {
        let world = World(
            facts: [
                "vcpu1.rip": .integer(7), "reg.rax": .integer(5), "fd.count(kvm-vcpu)": .integer(2),
                "mem64[0x1008]": .integer(0x41), "vcpu.state": .text("halted"), "reg.cs.base": .integer(0xf0000),
            ])
        #expect(try Expression(parsing: "vcpu1.rip").value(in: world) == .integer(7))
        #expect(try Expression(parsing: "vcpu.rax").description == "reg.rax")
        #expect(try Expression(parsing: "fd.count(kvm-vcpu) == 2").value(in: world) == .boolean(true))
        #expect(try Expression(parsing: "mem64[0x1000 + 8] == 'A'").value(in: world) == .boolean(true))
        #expect(try Expression(parsing: "branch.difference(0x10)").description == "branch.difference(16)")
        #expect(try Expression(parsing: "vcpu.state == halted").value(in: world) == .boolean(true))
        #expect(try Expression(parsing: "reg.cs.base").value(in: world) == .integer(0xf0000))
    }

    @Test(
        "what is unknown makes the answer unknown, with its reason",
        arguments: [
            "exit.port == 0x3f8", "exit.port + 1", "!exit.port", "-exit.port", "mem8[exit.port]", "1 && exit.port",
            "exit.port || 0", "contains(console, exit.port)", "exit.port < exit.size", "exit.reason == io",
        ])
    func unknownSpreads(_ text: String) throws {
        let value = try Expression(parsing: text).value(in: World(facts: ["console": .text("x")]))
        #expect(value.unknownReason?.hasSuffix("was not observed") == true, "\(text) gave \(value)")
        #expect(value.truth == nil)
    }

    @Test("one side decides and and or where it can, whatever the other side is")
    func logicDecides() throws {
        for text in ["exit.port && 0", "0 && exit.port", "!(exit.port || 1)", "!(1 || exit.port)"] {
            #expect(try Expression(parsing: text).value(in: World()) == .boolean(false), "\(text)")
        }
        #expect(try Expression(parsing: "known(exit.port)").value(in: World()) == .boolean(false))
    }

    @Test("a calculation that has no answer says why, and nothing overflows")
    func noTraps() throws {
        func value(_ text: String) throws -> Value { try Expression(parsing: text).value(in: World()) }
        #expect(try value("1 / 0") == .unknown("division by zero"))
        #expect(try value("1 % 0") == .unknown("division by zero"))
        #expect(try value("0xffffffffffffffff + 1") == .integer(0))
        #expect(try value("0 - 1 == -1") == .boolean(true))
        #expect(try value("1 << 64") == .integer(0))
        #expect(try value("-1 >> 1000") == .integer(0))
        #expect(try value("0xffffffffffffffff * 3") == .integer(.max - 2))
        #expect(try value("\"a\" + 1").unknownReason?.contains("not a number") == true)
        #expect(try value("\"a\" < \"b\"").unknownReason != nil)
        #expect(try value("1 == \"1\"").unknownReason?.contains("cannot be compared") == true)
        #expect(try value("no.such == 1").unknownReason == "there is no fact no.such")
    }

    @Test("a value reads as one line, with a number in the forms that a person may want")
    func values() {
        #expect(Value.integer(5).description == "5")
        #expect(Value.integer(0x41).description == "65 = 0x41 = 'A'")
        #expect(Value.integer(0x10_0000).description == "1048576 = 0x100000")
        #expect(Value.signed(-1).description == "-1 = 0xffffffffffffffff")
        #expect(Value.unknown("no exit yet").description == "unknown: no exit yet")
    }

    @Test("contains finds a text byte for byte")
    func contains() throws {
        let world = World(facts: ["console": .text("Hello,\r\nworld\n")])
        for (text, expected) in [
            ("world", true), ("\"o,\\r\"", true), ("\"\"", true), ("hello", false), ("\"world\\n!\"", false),
        ] {
            #expect(
                try Expression(parsing: "contains(console, \(text))").value(in: world) == .boolean(expected), "\(text)")
        }
    }

    @Test(
        "an expression that cannot be read says where and why",
        arguments: [
            ("1 +", 3, "missing"), ("(1 + 2", 6, "')' is missing"), ("1 == 2 == 3", 2, "do not chain"),
            ("12z", 0, "not a number"),
            ("99999999999999999999", 0, "64 bits"), ("\"abc", 0, "closing"), ("mem64", 0, "square brackets"),
            ("mem9[1]", 0, "only mem8"), ("flow.count", 0, "parentheses"),
            ("exit.port(1)", 0, "nothing in parentheses"), ("branch.difference", 0, "number of a branch"),
            ("branch.difference(one)", 18, "number of a branch"),
            ("branch.difference(0xffffffffffffffff)", 18, "number of a branch"),
            ("contains(console)", 0, "2 arguments"), ("1 2", 2, "operator"), ("* 2", 0, "before '*'"),
            ("'ab'", 0, "one character"),
            ("1 @ 2", 2, "no meaning"), ("\"\\q\"", 1, "no escape"), ("16G * 99999999999G", 6, "64 bits"),
        ] as [(String, Int, String)])
    func errors(_ text: String, _ column: Int, _ part: String) {
        let error = #expect(throws: CommandError.self) { try Expression(parsing: text) }
        #expect(error?.column == column, "\(text): \(String(describing: error))")
        #expect(error?.message.contains(part) == true, "\(text): \(String(describing: error))")
        #expect(error?.description.contains("\n") == false)
    }

    @Test("depth and length are bounded")
    func bounds() {
        for text in [
            String(repeating: "(", count: 3000), String(repeating: "-", count: 3000) + "1",
            Array(repeating: "1", count: 1000).joined(separator: "+"), String(repeating: "mem8[", count: 700),
            String(repeating: "1", count: 100_000),
        ] {
            #expect(throws: CommandError.self) { try Expression(parsing: text) }
        }
    }

    @Test("a part of a register is cut out and put back as the processor does it")
    func registerParts() throws {
        let whole: UInt64 = 0x1122_3344_5566_7788
        func part(_ name: String) throws -> UInt64 { try register(name).part(of: whole) }
        #expect(try part("al") == 0x88)
        #expect(try part("ah") == 0x77)
        #expect(try part("ax") == 0x7788)
        #expect(try part("eax") == 0x5566_7788)
        #expect(try part("rax") == whole)
        #expect(try register("ah").replacing(in: whole, with: 0xfff) == 0x1122_3344_5566_ff88)
        #expect(try register("eax").replacing(in: whole, with: 1) == 1)
        #expect(try register("rax").replacing(in: whole, with: .max) == .max)
        #expect(try register("r8b").whole == "r8")
    }
}
