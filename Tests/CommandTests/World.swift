import Command
import TestSupport

/// A made-up world for expressions: what is not listed is unknown.
struct World: FactSource {
    var facts: [String: Value] = [:]
    var symbols: [String: UInt64] = [:]

    func value(of fact: FactReference) -> Value { facts[fact.description] ?? .unknown("\(fact) was not observed") }
    func address(ofSymbol name: String) -> UInt64? { symbols[name] }
}

extension Seeded {
    mutating func pick<Element>(_ choices: [Element]) -> Element {
        choices[Int.random(in: 0..<choices.count, using: &self)]
    }

    private static let texts = [
        "", "a b", "say \"hi\"", "tab\tand\nline", "ü 语 🙂", "\\", "next", "off", "1;2 # 3", "\u{1}\u{301}x",
    ]

    mutating func number() -> UInt64 {
        pick([0, 1, 9, 0x41, 0x7f, 4096, 0x10_0000, 1 << 63, .max, next()])
    }

    mutating func expression(depth: Int = 4) -> Expression {
        guard depth > 0 else { return leaf() }
        let inner = depth - 1
        switch Int.random(in: 0..<8, using: &self) {
        case 0, 1, 2:
            return .binary(pick(BinaryOperator.allCases), expression(depth: inner), expression(depth: inner))
        case 3: return .unary(pick(UnaryOperator.allCases), expression(depth: inner))
        case 4: return .memory(bytes: pick([1, 2, 4, 8]), at: expression(depth: inner))
        case 5:
            let function = pick(Function.allCases)
            return .call(function, (0..<function.arity).map { _ in expression(depth: inner) })
        default: return leaf()
        }
    }

    private mutating func leaf() -> Expression {
        switch Int.random(in: 0..<8, using: &self) {
        case 0: return .integer(number(), pick([.decimal, .hexadecimal, .binary]))
        case 1: return .integer(pick([0, 9, 10, 0x20, 0x27, 0x41, 0x5c, 0x7e]), .character)
        case 2: return .text(pick(Self.texts))
        case 3: return .boolean(pick([true, false]))
        case 4: return .word(pick(["message", "internal-error", "4-level", "kvm-vcpu", "_start", "unknown:37", "io"]))
        case 5: return .unknownFact(name: "no.such", argument: pick([nil, "word", "two words", "7"]))
        default: return .fact(fact())
        }
    }

    private mutating func fact() -> FactReference {
        let entry = pick(FactTable.entries.filter { $0.id.memoryBytes == nil })
        if entry.id == .register { return .register(pick(RegisterName.all), vcpu: pick([nil, 0, 12])) }
        var reference = FactReference(entry.id, vcpu: entry.id.takesVCPU ? pick([nil, 0, 3]) : nil)
        switch entry.argument {
        case .optional(let list): reference.argument = pick([nil, .word(pick(list.words).word), .word("no such word")])
        case .required(let list): reference.argument = .word(pick(list.words).word)
        case .number: reference.argument = .number(pick([0, 1, 9, Int.max]))
        case .none, .address: break
        }
        return reference
    }

    mutating func command() -> Command {
        let count = Int.random(in: 1...9, using: &self)
        switch pick(Verb.allCases) {
        case .step: return .step(pick(StepUnit.allCases), count: count)
        case .back: return .back(pick(StepUnit.allCases), count: count)
        case .run: return .run
        case .pause: return .pause
        case .toggleRun: return .toggleRun
        case .until: return .until(expression())
        case .breakAt: return .breakAt(expression())
        case .watch: return .watch(expression())
        case .deleteBreak: return .deleteBreak(pick([nil, expression()]))
        case .build: return .build
        case .reset: return .reset
        case .createVCPU: return .createVCPU(count)
        case .ioctl:
            return .ioctl(
                pick(IoctlTarget.allCases), pick([.named("KVM_GET_REGS"), .number(0xAE80)]),
                argument: pick([nil, expression()]))
        case .slot:
            return .slot(count, start: expression(), size: 4096 * (count - 1), isReadOnly: pick([true, false]))
        case .vcpu: return .vcpu(count - 1)
        case .nextVCPU: return .nextVCPU
        case .skip: return .skip
        case .gate: return .gate(pick([true, false]))
        case .observe: return .observe(pick([true, false]))
        case .traceRoad: return .traceRoad(depth: count)
        case .memory: return .memory(expression())
        case .disassemble: return .disassemble(expression())
        case .walk: return .walk(expression(), pick(Command.AccessKind.allCases), user: pick([true, false]))
        case .walkPhysical: return .walkPhysical(expression())
        case .walkHere: return .walkHere
        case .print: return .print(expression())
        case .expect: return .expect(expression())
        case .poke8: return .poke(address: expression(), value: expression(), size: 1)
        case .poke16: return .poke(address: expression(), value: expression(), size: 2)
        case .poke32: return .poke(address: expression(), value: expression(), size: 4)
        case .poke64: return .poke(address: expression(), value: expression(), size: 8)
        case .set: return .set(register: pick(RegisterName.all), value: expression())
        case .show: return .show(pick(Pane.allCases))
        case .hide: return .hide(pick(Pane.allCases))
        case .focus: return .focus(pick(Pane.allCases))
        case .focusNext: return .focusNext
        case .focusPrevious: return .focusPrevious
        case .zoom: return .zoom(pick([nil, pick(Pane.allCases)]))
        case .unzoom: return .unzoom
        case .move: return .move(pick(Command.Direction.allCases))
        case .choose: return .choose
        case .goTo: return .goTo(.event(count))
        case .goToExit: return .goTo(.exit(count))
        case .goToStart: return .goTo(.start)
        case .goToEnd: return .goTo(.end)
        case .goToMark: return .goTo(.mark(text()))
        case .mark: return .mark(text())
        case .marks: return .marks
        case .search: return .search(text())
        case .searchNext: return .searchNext
        case .searchPrevious: return .searchPrevious
        case .resume: return .resume(pick([nil, count]))
        case .branches: return .branches
        case .branch: return .branch(count)
        case .nameBranch: return .nameBranch(text())
        case .compare: return .compare(count)
        case .whoWrote: return .whoWrote(expression(), bytes: count)
        case .record: return .record(pick([nil, "run.kvmscope", "a path/with blanks"]))
        case .lesson: return .lesson(.open(text()))
        case .lessonMenu: return .lesson(.menu)
        case .lessonNext: return .lesson(.next)
        case .lessonPrevious: return .lesson(.previous)
        case .lessonResume: return .lesson(.resume)
        case .lessonRetry: return .lesson(.retry)
        case .lessonHint: return .lesson(.hint)
        case .lessonSolution: return .lesson(.solution)
        case .lessonAnswer: return .lesson(.answer(count))
        case .palette: return .palette(pick([nil, "walk ", "print 1 # no"]))
        case .mouse: return .mouse(pick([true, false]))
        case .help: return .help(pick([nil, "step", "exit.reason", "two  blanks"]))
        case .redraw: return .redraw
        case .quit: return .quit
        case .cancel: return .cancel
        }
    }

    private mutating func text() -> String {
        pick(Self.texts + ["02-enter-exit", "answer 3", "next exit", "before the fault"])
    }
}
