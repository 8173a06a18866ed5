import Screen

/// Makes events of the bytes that a terminal sends, in whatever pieces they come.
///
/// The sequences are those of ECMA-48 terminals (xterm, the Linux console, rxvt, screen, tmux) with xterm's mouse
/// reports and bracketed paste ("XTerm Control Sequences"). What is not known is dropped, never taken for typing. So are
/// the strings in which a terminal answers or tells something unasked: OSC, DCS, APC, PM and SOS up to their end.
struct InputDecoder {
    /// More pasted text than this is cut off.
    static let pasteLimit = 1 << 20
    /// A longer control sequence is none of a terminal's.
    private static let sequenceLimit = 64

    private var bytes: ArraySlice<UInt8> = []
    private var paste: [UInt8]?
    /// Inside a string of the terminal's, how many of its bytes have been dropped.
    private var dropped: Int?
    private var lastDropped: UInt8 = 0
    /// The character behind the escape with which that string began; nil behind an introducer of eight bits.
    private var opening: Character?

    /// Whether the bytes so far may be the beginning of something longer; a lone escape is.
    var isWaiting: Bool { !bytes.isEmpty || dropped != nil }

    /// Whether what has begun may yet be the escape key; else its rest is worth a longer wait.
    var isLoneEscape: Bool { dropped == nil && paste == nil && bytes.elementsEqual([0x1B]) }

    /// Takes bytes and returns the events that are complete.
    mutating func feed(_ more: some Sequence<UInt8>) -> [InputEvent] {
        bytes = ArraySlice(Array(bytes) + Array(more))
        var events: [InputEvent] = []
        while !bytes.isEmpty {
            if paste != nil {
                guard let event = takePaste() else { break }
                events.append(event)
                continue
            }
            if dropped != nil {
                guard dropString() else { break }
                continue
            }
            guard let step = Self.step(bytes) else { break }
            bytes = bytes.dropFirst(step.length)
            switch step.meaning {
            case .event(let event): events.append(event)
            case .pasteStart: paste = []
            case .stringStart(let character): (dropped, opening) = (0, character)
            case .nothing: break
            }
        }
        return events
    }

    /// Drops bytes of a string; true where it has ended.
    ///
    /// ST or BEL end it, and so do CAN, SUB and the escape of whatever comes next (ECMA-48, 8.3.143; xterm).
    private mutating func dropString() -> Bool {
        while let first = bytes.first {
            if first == 0x1B {
                guard bytes.count > 1 else { return false }
                if bytes[bytes.startIndex + 1] == UInt8(ascii: "\\") { bytes = bytes.dropFirst(2) }
                dropped = nil
                return true
            }
            bytes = bytes.dropFirst()
            // In the middle of a letter of UTF-8 this byte is no control.
            let isShortEnd = first == 0x9C && opening == nil && (lastDropped < 0x80 || lastDropped == 0xC2)
            if first == 0x07 || first == 0x18 || first == 0x1A || isShortEnd {
                dropped = nil
                return true
            }
            dropped = dropped.map { $0 &+ 1 }
            lastDropped = first
        }
        return false
    }

    /// Takes what has come for what it is, since no more is coming: an escape is the key.
    mutating func flush() -> [InputEvent] {
        if let count = dropped {
            // Alt with the key that begins a string, if nothing at all has followed.
            let key = opening
            (dropped, opening) = (nil, nil)
            let isCut = !bytes.isEmpty
            bytes = []
            if count == 0, !isCut, let key { return [.key(.alt(key))] }
            return []
        }
        guard paste == nil, let first = bytes.first else { return [] }
        let rest = Array(bytes.dropFirst())
        bytes = []
        guard first == 0x1B else { return [] }
        if rest.isEmpty { return [.key(.escape)] }
        if rest.count == 1, rest[0] >= 0x20, rest[0] < 0x7F {
            return [.key(.alt(Character(Unicode.Scalar(rest[0]))))]
        }
        return []
    }

    private enum Meaning {
        case event(InputEvent)
        case pasteStart
        /// Of a string that is not for us; the character behind the escape, nil behind an introducer of eight bits.
        case stringStart(Character?)
        case nothing

        static func key(_ key: Key) -> Meaning { .event(.key(key)) }
    }

    private typealias Step = (length: Int, meaning: Meaning)

    /// The first thing in the bytes, or nil if it is not complete.
    private static func step(_ bytes: ArraySlice<UInt8>) -> Step? {
        guard let first = bytes.first else { return nil }
        switch first {
        case 0x1B: return escape(Array(bytes.prefix(sequenceLimit)))
        case 0x0D, 0x0A: return (1, .key(.enter))
        case 0x09: return (1, .key(.tab))
        case 0x08, 0x7F: return (1, .key(.backspace))
        case 0x01...0x1A: return (1, .key(.control(Character(Unicode.Scalar(first + 0x60)))))
        case 0x00, 0x1C...0x1F: return (1, .key(.control(Character(Unicode.Scalar(first + 0x40)))))
        // The introducers of sequences have a form of eight bits, alone or as a character of UTF-8.
        case let first where Self.isIntroducer(first): return short([0x1B, first - 0x40], bytes.dropFirst(), by: 1)
        case 0xC2 where bytes.dropFirst().first.map(Self.isIntroducer) == true:
            return short([0x1B, bytes[bytes.startIndex + 1] - 0x40], bytes.dropFirst(2), by: 0)
        default: return character(bytes).map { ($0.length, $0.character.map { .key(.character($0)) } ?? .nothing) }
        }
    }

    /// One UTF-8 scalar; no character for a wrong byte or a control.
    private static func character(_ bytes: ArraySlice<UInt8>) -> (length: Int, character: Character?)? {
        guard let first = bytes.first else { return nil }
        let length = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0
        guard length > 0 else { return (1, nil) }
        let encoded = bytes.prefix(length)
        if let wrong = encoded.dropFirst().firstIndex(where: { $0 & 0xC0 != 0x80 }) {
            return (wrong - bytes.startIndex, nil)
        }
        guard encoded.count == length else { return nil }
        guard let text = String(validating: encoded, as: UTF8.self), let scalar = text.unicodeScalars.first,
            scalar.properties.generalCategory != .control
        else { return (length, nil) }
        return (length, Character(scalar))
    }

    /// DCS, SOS, CSI, OSC, PM and APC.
    private static func isIntroducer(_ byte: UInt8) -> Bool { [0x90, 0x98, 0x9B, 0x9D, 0x9E, 0x9F].contains(byte) }

    /// What an introducer of eight bits begins, `missing` bytes shorter than as an escape and a letter.
    private static func short(_ head: [UInt8], _ rest: ArraySlice<UInt8>, by missing: Int) -> Step? {
        guard let step = escape(head + rest.prefix(sequenceLimit)) else { return nil }
        if case .stringStart = step.meaning { return (step.length - missing, .stringStart(nil)) }
        return (step.length - missing, step.meaning)
    }

    private static func escape(_ bytes: [UInt8]) -> Step? {
        guard bytes.count > 1 else { return nil }
        switch bytes[1] {
        case UInt8(ascii: "["): return control(bytes)
        // OSC, DCS, APC, PM and SOS.
        case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "_"), UInt8(ascii: "^"), UInt8(ascii: "X"):
            return (2, .stringStart(Character(Unicode.Scalar(bytes[1]))))
        case UInt8(ascii: "O"):
            guard bytes.count > 2 else { return nil }
            return (3, applicationKey(bytes[2]).map { .key($0) } ?? .nothing)
        // Delete the word before, as shells have it.
        case 0x7F: return (2, .key(.control("w")))
        // The escape stands for itself, and what follows is another key.
        case 0x00..<0x20: return (1, .key(.escape))
        default:
            return character(bytes[1...]).map { ($0.length + 1, $0.character.map { .key(.alt($0)) } ?? .nothing) }
        }
    }

    /// What follows SS3, `ESC O`.
    private static func applicationKey(_ final: UInt8) -> Key? {
        switch final {
        case UInt8(ascii: "M"): .enter
        case UInt8(ascii: "P")...UInt8(ascii: "S"): .function(Int(final - UInt8(ascii: "P")) + 1)
        case UInt8(ascii: "j")...UInt8(ascii: "y"): .character(Character(Unicode.Scalar(final - 0x40)))
        default: cursorKey(final)
        }
    }

    private static func cursorKey(_ final: UInt8) -> Key? {
        switch final {
        case UInt8(ascii: "A"): .up
        case UInt8(ascii: "B"): .down
        case UInt8(ascii: "C"): .right
        case UInt8(ascii: "D"): .left
        case UInt8(ascii: "F"): .end
        case UInt8(ascii: "H"): .home
        case UInt8(ascii: "Z"): .backTab
        default: nil
        }
    }

    /// What begins with CSI, `ESC [`.
    private static func control(_ bytes: [UInt8]) -> Step? {
        guard bytes.count > 2 else { return nil }
        // F1 to F5 of the Linux console break the rule that the first letter ends a sequence.
        if bytes[2] == UInt8(ascii: "[") {
            guard bytes.count > 3 else { return nil }
            let number = Int(bytes[3]) - 0x40
            return (4, (1...5).contains(number) ? .key(.function(number)) : .nothing)
        }
        // So do mouse reports of the old kind: three bytes follow.
        if bytes[2] == UInt8(ascii: "M") {
            guard bytes.count > 5 else { return nil }
            let (code, x, y) = (Int(bytes[3]) - 32, Int(bytes[4]) - 33, Int(bytes[5]) - 33)
            return (6, mouse(code: code, x: x, y: y, released: code & 3 == 3 && code & 64 == 0))
        }
        guard let end = bytes.dropFirst(2).firstIndex(where: { $0 < 0x20 || $0 >= 0x40 }) else {
            return bytes.count < sequenceLimit ? nil : (bytes.count, .nothing)
        }
        // A control or a letter beyond ASCII breaks the sequence off and means what it always does.
        guard (0x40...0x7E).contains(bytes[end]) else { return (end, .nothing) }
        return (end + 1, meaning(parameters: bytes[2..<end], final: bytes[end]))
    }

    private static func meaning(parameters: ArraySlice<UInt8>, final: UInt8) -> Meaning {
        let isMouse = parameters.first == UInt8(ascii: "<")
        let numbers = (isMouse ? parameters.dropFirst() : parameters)
            .split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
            .map { Int(String(decoding: $0, as: UTF8.self)) ?? 0 }
        if isMouse {
            guard numbers.count == 3, final == UInt8(ascii: "M") || final == UInt8(ascii: "m") else { return .nothing }
            return mouse(
                code: numbers[0], x: numbers[1] - 1, y: numbers[2] - 1, released: final == UInt8(ascii: "m"))
        }
        switch final {
        case UInt8(ascii: "~"):
            if numbers.first == 200 { return .pasteStart }
            return numbered(numbers.first ?? 0).map { .key($0) } ?? .nothing
        case UInt8(ascii: "P")...UInt8(ascii: "S"):
            return .key(.function(Int(final - UInt8(ascii: "P")) + 1))
        default:
            return cursorKey(final).map { .key($0) } ?? .nothing
        }
    }

    private static func numbered(_ number: Int) -> Key? {
        switch number {
        case 1, 7: .home
        case 2: .insert
        case 3: .delete
        case 4, 8: .end
        case 5: .pageUp
        case 6: .pageDown
        case 11...15: .function(number - 10)
        case 17...21: .function(number - 11)
        case 23...26: .function(number - 12)
        case 28...29: .function(number - 13)
        case 31...34: .function(number - 14)
        default: nil
        }
    }

    private static func mouse(code: Int, x: Int, y: Int, released: Bool) -> Meaning {
        guard x >= 0, y >= 0, x < Grid.maximumWidth, y < Grid.maximumHeight else { return .nothing }
        let button = code & 3
        let action: Mouse.Action
        if code & 64 != 0 {
            // 2 and 3 are wheels that turn sideways.
            guard button < 2 else { return .nothing }
            action = button == 0 ? .wheelUp : .wheelDown
        } else if released {
            action = .release
        } else if code & 32 != 0 {
            guard button < 3 else { return .nothing }
            action = .drag(button + 1)
        } else {
            action = .press(button + 1)
        }
        return .event(.mouse(Mouse(x: x, y: y, action)))
    }

    /// Moves bytes to the pasted text up to its end; nil if the end has not come.
    private mutating func takePaste() -> InputEvent? {
        let end = Array("\u{1B}[201~".utf8)
        while let escape = bytes.firstIndex(of: 0x1B) {
            keep(bytes[..<escape])
            bytes = bytes[escape...]
            if bytes.starts(with: end) {
                bytes = bytes.dropFirst(end.count)
                let text = String(decoding: paste ?? [], as: UTF8.self)
                paste = nil
                return .paste(text)
            }
            if end.starts(with: bytes) { return nil }
            keep(bytes.prefix(1))
            bytes = bytes.dropFirst()
        }
        keep(bytes)
        bytes = []
        return nil
    }

    private mutating func keep(_ more: ArraySlice<UInt8>) {
        let room = Self.pasteLimit - (paste?.count ?? 0)
        paste?.append(contentsOf: more.prefix(max(0, room)))
    }
}
