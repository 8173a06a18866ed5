internal import Timeline
internal import Yams

/// The YAML between two lines of three hyphens at the top of a lesson.
struct FrontMatter {
    struct Trouble: Error {
        /// In the lesson's file, from 1.
        var line: Int
        var message: String
    }

    var title = ""
    var summary = ""
    var minutes = 0
    var machine = Lesson.Machine(guest: "")
    var needs: [Lesson.Need] = []
    /// What is wrong with single keys.
    private(set) var troubles: [Trouble] = []

    /// Larger than any that a person writes; bounds what the YAML parser is given.
    private static let longest = 4096

    enum Key: String, CaseIterable {
        case title, summary, minutes, guest, mode, vcpus, memory, slots, start, needs
    }

    /// The rest of the lesson, and on which line of the file it starts.
    static func split(_ lines: [Substring]) throws(Trouble) -> (yaml: [Substring], bodyStart: Int) {
        guard lines.first.map(isFence) == true else {
            throw Trouble(line: 1, message: "a lesson starts with its front matter between two lines '---'")
        }
        guard let end = lines.dropFirst().firstIndex(where: isFence) else {
            throw Trouble(line: 1, message: "the front matter has no closing line '---'")
        }
        return (Array(lines[1..<end]), end + 1)
    }

    private static func isFence(_ line: Substring) -> Bool {
        line.hasPrefix("---") && line.dropFirst(3).allSatisfy(\.isWhitespace)
    }

    /// - Parameter lines: the YAML without its fences; its first line is the file's second.
    init(_ lines: [Substring]) throws(Trouble) {
        let text = lines.joined(separator: "\n")
        guard text.utf8.count <= Self.longest else {
            throw Trouble(line: 1, message: "the front matter is longer than \(Self.longest) bytes")
        }
        let node: Node?
        do { node = try Yams.compose(yaml: text) } catch let error as YamlError {
            throw FrontMatterSlip.first(in: lines) ?? Self.trouble(error, lines)
        } catch {
            throw FrontMatterSlip.first(in: lines) ?? Trouble(line: 1, message: "the front matter is no YAML")
        }
        guard let mapping = node?.mapping else {
            throw FrontMatterSlip.first(in: lines)
                ?? Trouble(line: 1, message: "the front matter should hold lines 'title: …', 'guest: …' and so on")
        }
        var seen: Set<Key> = []
        for (name, value) in mapping {
            let line = Self.line(of: name)
            guard let key = name.string.flatMap(Key.init) else {
                troubles.append(
                    Trouble(
                        line: line,
                        message: "'\(name.string ?? "this")' is not known here; there are "
                            + Key.allCases.map(\.rawValue).joined(separator: ", ")))
                continue
            }
            // Yams refuses a key that stands twice.
            seen.insert(key)
            do { try read(key, value, line: line) } catch { troubles.append(error) }
        }
        for key in [Key.title, .summary, .minutes, .guest] where !seen.contains(key) {
            troubles.append(Trouble(line: 1, message: "'\(key.rawValue):' is missing in the front matter"))
        }
    }

    private mutating func read(_ key: Key, _ node: Node, line: Int) throws(Trouble) {
        if key == .needs {
            needs = try Self.words(node, line: line).map { word throws(Trouble) in
                guard let need = Lesson.Need(rawValue: word) else {
                    throw Self.noSuch(key, word, Lesson.Need.self, line)
                }
                return need
            }
            return
        }
        if key == .slots {
            machine.slots = try Self.words(node, line: line).map { word throws(Trouble) in
                guard let slot = SlotPlan(word) else {
                    throw Trouble(
                        line: line,
                        message:
                            "'\(word)' should be START:SIZE in whole pages, such as \"0x10000000:64K\" or \"4G:1M:ro\"")
                }
                return slot
            }
            return
        }
        guard let text = node.scalar?.string.trimmed, !text.isEmpty else {
            throw Trouble(line: line, message: "behind '\(key.rawValue):' should stand one value")
        }
        switch key {
        case .title: title = text
        case .summary: summary = text
        case .minutes: minutes = try Self.number(text, 1...600, key, line)
        case .guest:
            guard !text.contains("/"), text != ".", text != ".." else {
                throw Trouble(
                    line: line, message: "the guest is a file beside lesson.md: write its name without a folder")
            }
            machine.guest = text
        case .mode:
            guard let mode = Lesson.Mode(rawValue: text) else { throw Self.noSuch(key, text, Lesson.Mode.self, line) }
            machine.mode = mode
        case .vcpus: machine.vcpus = try Self.number(text, 1...64, key, line)
        case .memory: machine.memory = try Self.size(text, line)
        case .start:
            guard let start = Lesson.Start(rawValue: text) else {
                throw Self.noSuch(key, text, Lesson.Start.self, line)
            }
            machine.start = start
        case .needs, .slots: break
        }
    }

    /// `[a, b]`, or a list, or one word.
    private static func words(_ node: Node, line: Int) throws(Trouble) -> [String] {
        if let word = node.scalar?.string { return word.isEmpty ? [] : [word] }
        let words = node.sequence?.map { $0.scalar?.string ?? "" } ?? [""]
        guard !words.contains("") else { throw Trouble(line: line, message: "a list takes words, as [tracepoints]") }
        return words
    }

    private static func noSuch<Choice: CaseIterable & RawRepresentable<String>>(
        _ key: Key, _ word: String, _: Choice.Type, _ line: Int
    ) -> Trouble {
        let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        return Trouble(line: line, message: "'\(word)' is no \(key.rawValue): there are \(known)")
    }

    private static func number(
        _ text: String, _ range: ClosedRange<Int>, _ key: Key, _ line: Int
    ) throws(Trouble) -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw Trouble(
                line: line,
                message: "'\(key.rawValue): \(text)' should be a number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return number
    }

    /// A size with K, M or G, in bytes: whole pages, at most a terabyte.
    private static func size(_ text: String, _ line: Int) throws(Trouble) -> Int {
        guard let bytes = SizeNotation.number(text), bytes > 0, bytes <= 1 << 40, bytes % 4096 == 0 else {
            throw Trouble(line: line, message: "'memory: \(text)' should be whole pages, such as 64K or 16M")
        }
        return Int(bytes)
    }

    private static func line(of node: Node) -> Int { (node.mark?.line ?? 1) + 1 }

    private static func trouble(_ error: YamlError, _ lines: [Substring]) -> Trouble {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            Trouble(line: mark.line + 1, message: "the front matter is no YAML: \(problem)")
        case .duplicatedKeysInMapping(let names, _):
            // Yams tells where the mapping starts; the writer wants the second of the two lines.
            Trouble(
                line: (lines.lastIndex { $0.hasPrefix((names.first ?? "") + ":") } ?? 0) + 2,
                message: "'\(names.first ?? "a key")' stands twice in the front matter")
        default: Trouble(line: 1, message: "the front matter is no YAML")
        }
    }
}

extension StringProtocol {
    /// Without blanks at either end.
    var trimmed: String {
        let start = drop(while: \.isWhitespace)
        let end = start.reversed().drop(while: \.isWhitespace).count
        return String(start.prefix(end))
    }
}
