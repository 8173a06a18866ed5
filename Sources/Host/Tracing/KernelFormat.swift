import CTraceFS
import Timeline

/// How the records of one tracepoint are laid out and what their numbers mean, from its format file in tracefs.
///
/// Linux, Documentation/trace/events.rst, Event formats. It never changes, so all records of the event share it.
public final class KernelFormat: Sendable {
    /// The event's name, or `event:<id>` where no format file was read for it.
    public let name: String
    /// The directory below `events`, such as `kvm`.
    public let system: String
    /// The number that stands at the start of its records.
    public let id: Int
    /// Without the fields that all events have.
    public let fields: [Field]

    private let namings: [[PrintNaming]]

    /// One field of a record.
    public struct Field: Sendable, Equatable {
        public enum Kind: Sendable, Equatable {
            case unsigned, signed
            /// Bytes up to the first zero.
            case text
            case bytes
            /// A 32-bit word that says where in the record the text or the bytes lie; `relative`: counted from its end.
            case located(isText: Bool, relative: Bool)
        }

        public var name: String
        /// Bytes from the record's start.
        public var offset: Int
        /// Bytes.
        public var size: Int
        public var kind: Kind
        public var isHexadecimal: Bool
        /// How many bytes of an array are in use, where the print format says it.
        var length: PrintExpression?

        var mask: UInt64 { size >= 8 ? .max : (1 << (UInt64(max(size, 0)) * 8)) &- 1 }
    }

    /// Makes the format of an event that nothing is known of: its records are shown as bytes.
    init(unknown id: Int) {
        name = "event:\(id)"
        system = ""
        self.id = id
        fields = []
        namings = []
    }

    init(_ event: UnsafePointer<tep_event>) {
        var fields: [Field] = []
        var next = event.pointee.format.fields
        while let field = next {
            if let read = Self.field(field.pointee) { fields.append(read) }
            next = field.pointee.next
        }
        let indices = Dictionary(fields.enumerated().map { ($1.name, $0) }) { first, _ in first }
        let reading = PrintReading(event.pointee.print_fmt, fields: indices, masks: fields.map(\.mask))
        for (index, isHexadecimal) in reading.isHexadecimal { fields[index].isHexadecimal = isHexadecimal }
        for (index, length) in reading.lengths { fields[index].length = length }
        var namings = fields.map { _ in [PrintNaming]() }
        for naming in reading.namings { namings[naming.field].append(naming) }
        name = event.pointee.name.map { String(cString: $0) } ?? ""
        system = event.pointee.system.map { String(cString: $0) } ?? ""
        id = Int(event.pointee.id)
        self.fields = fields
        self.namings = namings
    }

    private static func field(_ field: tep_format_field) -> Field? {
        guard let name = field.name, field.offset >= 0, field.size >= 0 else { return nil }
        let flags = UInt32(truncatingIfNeeded: field.flags)
        func has(_ flag: tep_format_flags) -> Bool { flags & flag.rawValue != 0 }
        // The library takes arrays of u8 for strings as well.
        let type = field.type.map { String(cString: $0) } ?? ""
        let isText = has(TEP_FIELD_IS_STRING) && type.contains("char") && !type.contains("unsigned")
        let kind: Field.Kind =
            if has(TEP_FIELD_IS_DYNAMIC) {
                .located(isText: isText, relative: has(TEP_FIELD_IS_RELATIVE))
            } else if isText {
                .text
            } else if has(TEP_FIELD_IS_ARRAY) || has(TEP_FIELD_IS_STRING) || ![1, 2, 4, 8].contains(field.size) {
                .bytes
            } else {
                has(TEP_FIELD_IS_SIGNED) ? .signed : .unsigned
            }
        return Field(
            name: String(cString: name), offset: Int(field.offset), size: Int(field.size), kind: kind,
            isHexadecimal: has(TEP_FIELD_IS_POINTER) || (field.size == 8 && kind == .unsigned))
    }

    /// Where a field stands in `fields`; a caller that reads many records asks once.
    public func index(of name: String) -> Int? { fields.firstIndex { $0.name == name } }

    /// The number in a field; nil for text, bytes, and a record too short for it.
    func number(_ index: Int, in record: UnsafeRawBufferPointer) -> Int64? {
        guard fields.indices.contains(index) else { return nil }
        let field = fields[index]
        guard field.offset + field.size <= record.count else { return nil }
        switch (field.kind, field.size) {
        case (.signed, 1): return Int64(record.loadUnaligned(fromByteOffset: field.offset, as: Int8.self))
        case (.signed, 2): return Int64(record.loadUnaligned(fromByteOffset: field.offset, as: Int16.self))
        case (.signed, 4): return Int64(record.loadUnaligned(fromByteOffset: field.offset, as: Int32.self))
        case (.unsigned, 1): return Int64(record.loadUnaligned(fromByteOffset: field.offset, as: UInt8.self))
        case (.unsigned, 2): return Int64(record.loadUnaligned(fromByteOffset: field.offset, as: UInt16.self))
        case (.unsigned, 4), (.located, 4):
            return Int64(record.loadUnaligned(fromByteOffset: field.offset, as: UInt32.self))
        case (.signed, 8), (.unsigned, 8):
            return record.loadUnaligned(fromByteOffset: field.offset, as: Int64.self)
        default: return nil
        }
    }

    /// All fields as text, with the kernel's own names where its print format has them.
    ///
    /// Where a number has a name (`__print_symbolic`, `__print_flags`) the value is the name and the note the number;
    /// otherwise the value is the number, and the note the word that the kernel prints for it, such as `write`.
    func render(_ record: UnsafeRawBufferPointer) -> [IoctlField] {
        if fields.isEmpty, !record.isEmpty { return [IoctlField(name: "bytes", value: Self.hex(record))] }
        return fields.indices.map { render($0, record) }
    }

    func render(_ index: Int, _ record: UnsafeRawBufferPointer) -> IoctlField {
        let field = fields[index]
        switch field.kind {
        case .signed, .unsigned:
            guard let number = number(index, in: record) else { return IoctlField(name: field.name, value: "?") }
            let text = Self.text(number, field)
            guard !namings[index].isEmpty else { return IoctlField(name: field.name, value: text) }
            var names: [String] = []
            var words: [String] = []
            for naming in namings[index] {
                guard let name = naming.name(mask: field.mask, { self.number($0, in: record) }) else { continue }
                if naming.replacesNumber { names.append(name) } else { words.append(name) }
            }
            guard !names.isEmpty else {
                return IoctlField(name: field.name, value: text, note: words.joined(separator: " "))
            }
            return IoctlField(
                name: field.name, value: names.joined(separator: " "), note: ([text] + words).joined(separator: " "))
        case .text:
            return IoctlField(name: field.name, value: Self.string(Self.part(record, field.offset, field.size)))
        case .bytes:
            let length = field.length?.value { self.number($0, in: record) }.map { Int(clamping: $0) } ?? field.size
            let part = Self.part(record, field.offset, min(max(length, 0), field.size))
            return IoctlField(name: field.name, value: Self.hex(part))
        case .located(let isText, let relative):
            guard let word = number(index, in: record) else { return IoctlField(name: field.name, value: "?") }
            // Low half: offset, high half: bytes.
            let start = Int(word & 0xFFFF) + (relative ? field.offset + field.size : 0)
            let part = Self.part(record, start, Int(word >> 16))
            return IoctlField(name: field.name, value: isText ? Self.string(part) : Self.hex(part))
        }
    }

    private static func text(_ number: Int64, _ field: Field) -> String {
        if field.isHexadecimal {
            return "0x" + String(UInt64(bitPattern: number) & field.mask, radix: 16)
        }
        return field.kind == .signed ? String(number) : String(UInt64(bitPattern: number))
    }

    private static func part(_ record: UnsafeRawBufferPointer, _ start: Int, _ count: Int) -> UnsafeRawBufferPointer {
        guard start >= 0, start < record.count, count > 0 else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(rebasing: record[start..<min(record.count, start + count)])
    }

    private static func string(_ bytes: UnsafeRawBufferPointer) -> String {
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    private static let digits = Array("0123456789abcdef".utf8)

    /// Two digits a byte, in memory order.
    private static func hex(_ bytes: UnsafeRawBufferPointer) -> String {
        String(unsafeUninitializedCapacity: bytes.count * 2) { text in
            for (index, byte) in bytes.enumerated() {
                text[index * 2] = digits[Int(byte >> 4)]
                text[index * 2 + 1] = digits[Int(byte & 15)]
            }
            return bytes.count * 2
        }
    }
}
