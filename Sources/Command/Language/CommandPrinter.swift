extension Command: CustomStringConvertible {
    /// The canonical text: parsing it gives this command again.
    public var description: String {
        let words = verb.rawValue
        let rest: String? =
            switch self {
            case .step(let unit, let count), .back(let unit, let count):
                count == 1 ? unit.rawValue : "\(unit.rawValue) \(count)"
            case .until(let expression), .breakAt(let expression), .watch(let expression), .memory(let expression),
                .disassemble(let expression), .walkPhysical(let expression), .print(let expression),
                .expect(let expression):
                expression.description
            case .deleteBreak(let expression): expression?.description
            case .createVCPU(let number), .vcpu(let number), .lesson(.answer(let number)), .goTo(.event(let number)),
                .goTo(.exit(let number)), .branch(let number), .compare(let number):
                String(number)
            case .whoWrote(let address, let bytes): "\(address)" + (bytes == 8 ? "" : " \(bytes)")
            case .resume(let number): number.map { String($0) }
            case .traceRoad(let depth): depth == Command.usualRoadDepth ? nil : String(depth)
            case .ioctl(let target, let request, let argument):
                "\(target.rawValue) \(request)" + (argument.map { " \($0)" } ?? "")
            case .slot(let number, let start, let size, let isReadOnly):
                "\(number) \(start) \(size)" + (isReadOnly ? " readonly" : "")
            case .gate(let on), .observe(let on), .mouse(let on): on ? "on" : "off"
            case .walk(let address, let access, let user):
                "\(address)" + (access == .read && !user ? "" : " \(access.rawValue)") + (user ? " user" : "")
            case .poke(let address, let value, _): "\(address) = \(value)"
            case .set(let register, let value): "\(register.name) = \(value)"
            case .show(let pane), .hide(let pane), .focus(let pane): pane.rawValue
            case .zoom(let pane): pane?.rawValue
            case .move(let direction): direction.rawValue
            case .goTo(.mark(let text)), .mark(let text), .search(let text), .lesson(.open(let text)),
                .nameBranch(let text):
                Self.free(text, after: verb)
            case .record(let text), .palette(let text), .help(let text): text.map { Self.free($0, after: verb) }
            default: nil
            }
        return rest.map { "\(words) \($0)" } ?? words
    }

    /// A free text, quoted where it would otherwise be read as something else.
    private static func free(_ text: String, after verb: Verb) -> String {
        let isPlain = text.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII && (Spelling.continuesWord(scalar) || " -+/_=,()[]<>*&|!?".unicodeScalars.contains(scalar))
        }
        let first = text.prefix { $0 != " " }
        let isReserved = CommandTable.continuations(of: verb).contains(String(first))
        let isTrimmed = text.first != " " && text.last != " " && !text.isEmpty
        return isPlain && isTrimmed && !isReserved ? text : Spelling.quoted(text)
    }
}
