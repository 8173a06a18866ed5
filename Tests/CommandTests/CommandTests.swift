import Command
import TestSupport
import Testing

@Suite("Commands") struct CommandTests {
    @Test("what is printed is read back as the same command")
    func roundTrip() throws {
        var random = Seeded(seed: 7)
        for _ in 0..<6000 {
            let command = random.command()
            let text = command.description
            #expect(try Command(parsing: text) == command, "\(text)")
            let script = try Command.script("  \(text) # why\n\n\(text); \(text)")
            #expect(script.map(\.command) == [command, command, command], "\(text)")
            #expect(script.map(\.number) == [1, 3, 3])
        }
    }

    @Test("every verb has one line in the table, and its example parses to it")
    func tableIsComplete() throws {
        #expect(
            CommandTable.entries.map(\.verb).sorted { $0.rawValue < $1.rawValue }
                == Verb.allCases.sorted { $0.rawValue < $1.rawValue })
        for entry in CommandTable.entries {
            let command = try Command(parsing: entry.example)
            #expect(command.verb == entry.verb, "\(entry.example)")
            #expect(!entry.summary.isEmpty && !entry.summary.contains("\n"))
            for alias in entry.aliases {
                let line = entry.example.replacingPrefix(entry.verb.rawValue, with: alias)
                #expect(try Command(parsing: line) == command)
            }
        }
    }

    @Test("no key gives two commands, and each key's command is of its own line and parses")
    func keysAreUnique() throws {
        let keys = CommandTable.entries.flatMap(\.keys)
        #expect(Set(keys.map(\.chord)).count == keys.count)
        for entry in CommandTable.entries {
            for key in entry.keys {
                #expect(try Command(parsing: key.command.description) == key.command)
                if case .palette = key.command { continue }
                #expect(key.command.verb == entry.verb, "\(key.chord)")
            }
        }
        for key in keys {
            #expect(CommandTable.command(for: key.chord) == key.command)
        }
    }

    @Test("hands find the keys that they know, and a capital goes back")
    func habit() {
        let keys: [(KeyChord, Command)] = [
            (.character("s"), .step(.exit)), (.character("S"), .back(.exit)), (.character("i"), .step(.instruction)),
            (.character("I"), .back(.instruction)), (.character("t"), .step(.transition)),
            (.character("T"), .back(.transition)),
            (.character("o"), .step(.ioctl)), (.character("O"), .back(.ioctl)), (.character(" "), .toggleRun),
            (.character("q"), .quit), (.character("?"), .help(nil)), (.character(":"), .palette(nil)),
            (.character("/"), .palette("search ")), (.character("n"), .searchNext), (.character("N"), .searchPrevious),
            (.named(.tab), .focusNext), (.named(.backTab), .focusPrevious), (.named(.escape), .cancel),
            (.character("+"), .zoom(nil)), (.character("_"), .unzoom), (.character("h"), .move(.left)),
            (.character("j"), .move(.down)), (.character("k"), .move(.up)), (.character("l"), .move(.right)),
            (.character("1"), .focus(.lesson)), (.named(.home), .goTo(.start)), (.named(.end), .goTo(.end)),
            (.character("["), .back(.event)), (.character("]"), .step(.event)),
        ]
        for (chord, command) in keys { #expect(CommandTable.command(for: chord) == command, "\(chord)") }
        #expect(CommandTable.command(for: .character("w")) == .walkHere)
        #expect(CommandTable.command(for: .character(">")) == .step(.level))
        #expect(CommandTable.command(for: .character("<")) == .back(.level))
        #expect(CommandTable.command(for: .character("Z")) == nil)
    }

    @Test(
        "a line means what the manual says",
        arguments: [
            ("step", .step(.exit)), ("step exit 3", .step(.exit, count: 3)), ("step 3", .step(.exit, count: 3)),
            ("back", .back(.exit)), ("run", .run), ("continue # on", .run), ("create vcpu 1", .createVCPU(1)),
            (
                "slot 1 0x1000 64K readonly",
                .slot(1, start: .integer(0x1000, .hexadecimal), size: 65536, isReadOnly: true)
            ),
            ("ioctl vm KVM_RUN", .ioctl(.vm, .named("KVM_RUN"), argument: nil)),
            ("ioctl vcpu 0xae80 7", .ioctl(.vcpu, .number(0xAE80), argument: .integer(7, .decimal))),
            ("break 0x100010", .breakAt(.address(0x100010))), ("delete", .deleteBreak(nil)),
            ("goto 12", .goTo(.event(12))),
            ("goto start", .goTo(.start)), ("goto mark the place", .goTo(.mark("the place"))),
            ("goto exit 2", .goTo(.exit(2))),
            ("walk message write user", .walk(.word("message"), .write, user: true)),
            ("walk message user", .walk(.word("message"), .read, user: true)),
            ("walk message", .walk(.word("message"))), ("walk here", .walkHere),
            ("walk physical 0xfee00000", .walkPhysical(.address(0xFEE0_0000))),
            ("poke 0x1000 = 0x41", .poke(address: .address(0x1000), value: .address(0x41), size: 1)),
            ("poke64 a + 8 = 1", .poke(address: .binary(.add, .word("a"), .integer(8)), value: .integer(1), size: 8)),
            ("search next", .searchNext), ("search \"next\"", .search("next")),
            ("search 0x3f8 out", .search("0x3f8 out")),
            ("lesson 02-enter-exit", .lesson(.open("02-enter-exit"))), ("lesson answer 2", .lesson(.answer(2))),
            ("lesson hint", .lesson(.hint)), ("zoom", .zoom(nil)), ("zoom off", .unzoom),
            ("zoom memory", .zoom(.memory)),
            ("vcpu 1", .vcpu(1)), ("vcpu next", .nextVCPU), ("gate on", .gate(true)), ("mouse off", .mouse(false)),
            ("help exit.reason", .help("exit.reason")),
            ("memory reg.rsp", .memory(.fact(.register(RegisterName.named("rsp")!)))),
        ] as [(String, Command)])
    func meaning(_ line: String, _ command: Command) throws {
        #expect(try Command(parsing: line) == command)
    }

    @Test("a register can be named in three ways, and only registers can")
    func registers() throws {
        let rax = try #require(RegisterName.named("rax"))
        for line in ["set rax = 5", "set reg rax = 5", "set reg.rax = 5", "set RAX = 5"] {
            #expect(try Command(parsing: line) == .set(register: rax, value: .integer(5)))
        }
        let error = #expect(throws: CommandError.self) { try Command(parsing: "set rxa = 5") }
        #expect(error == CommandError(column: 4, length: 3, message: "there is no register 'rxa'", suggestion: "rax"))
    }

    @Test(
        "a line that cannot be read says where, why, and what was probably meant",
        arguments: [
            ("", 0, "missing", nil), ("   # only a comment", 3, "missing", nil), ("stpe exit", 0, "no command", "step"),
            ("step exitt", 5, "not a unit", "exit"), ("show flowchrat", 5, "not a pane", "flowchart"),
            ("show", 4, "PANE is missing", nil), ("step exit 0", 10, "from 1", nil),
            ("step exit 3 4", 12, "too much", nil),
            ("goto strat", 5, "should be a number", "start"), ("focus nxt", 6, "not a pane", "next"),
            ("create vpcu 1", 7, "should stand vcpu", "vcpu"), ("create", 6, "should stand vcpu", nil),
            ("gate maybe", 5, "'on' or 'off'", nil),
            ("poke 1 2", 7, "'=' should stand", nil), ("poke 1 =", 8, "VALUE is missing", nil),
            ("until 1 +", 9, "missing", nil),
            ("walk 1 wirte", 7, "not a kind of access", "write"), ("pause now", 6, "too much", nil),
            ("step; back", 4, "one command", nil),
            ("42", 0, "no command", nil), ("vcpu 99999", 5, "from 0 to 4095", nil),
            ("lesson", 6, "NAME is missing", nil),
            ("goto 99999999999999999999", 5, "64 bits", nil), ("lesson answer x", 14, "should be a number", nil),
            ("print $", 6, nil, nil), ("search", 6, "TEXT is missing", nil), ("mark \"x\" y", 9, "too much", nil),
        ] as [(String, Int, String?, String?)])
    func errors(_ line: String, _ column: Int, _ part: String?, _ suggestion: String?) {
        guard let part else {
            // A lone dollar sign starts a word, as assemblers' symbols do.
            #expect(throws: Never.self) { try Command(parsing: line) }
            return
        }
        let error = #expect(throws: CommandError.self) { try Command(parsing: line) }
        #expect(error?.column == column, "\(line): \(String(describing: error))")
        #expect(error?.message.contains(part) == true, "\(line): \(String(describing: error))")
        #expect(error?.suggestion == suggestion, "\(line): \(String(describing: error))")
        #expect(error?.description.contains("\n") == false)
    }

    @Test("a script passes over blank lines and comments, and an error says its line")
    func scripts() throws {
        let script = try Command.script("# prepare\n\nshow flowchart\r\n  step exit ; search a b;back # done\n;;\n")
        #expect(script.map(\.command) == [.show(.flowchart), .step(.exit), .search("a b"), .back(.exit)])
        #expect(script.map(\.number) == [3, 4, 4, 4])
        let error = #expect(throws: Command.ScriptError.self) { try Command.script("step\nstep\nshwo map") }
        #expect(error?.description == "line 3, column 1: there is no command 'shwo'; did you mean 'show'?")
    }

    @Test("a command says why it makes no sense now")
    func obstacles() {
        let replay = Situation(isLive: false)
        #expect(
            Command.set(register: RegisterName.all[0], value: .integer(1)).obstacle(in: replay)?.contains("replay")
                == true)
        #expect(Command.step(.exit).obstacle(in: replay) == nil)
        #expect(Command.step(.exit).obstacle(in: Situation(machine: .running))?.contains("pause") == true)
        #expect(Command.pause.obstacle(in: Situation(machine: .stopped)) != nil)
        #expect(Command.lesson(.next).obstacle(in: Situation()) == "no lesson is open")
        #expect(Command.lesson(.answer(1)).obstacle(in: Situation(hasLesson: true)) != nil)
        #expect(Command.back(.exit).obstacle(in: Situation(hasHistory: false)) != nil)
        #expect(Command.step(.level).obstacle(in: Situation()) == nil)
        #expect(Command.quit.obstacle(in: Situation(isLive: false, machine: .none, hasHistory: false)) == nil)
    }
}

extension String {
    fileprivate func replacingPrefix(_ prefix: String, with other: String) -> String {
        hasPrefix(prefix) ? other + dropFirst(prefix.count) : self
    }
}
