/// Why bytes of a recording cannot be read.
public enum Damage: Error, Sendable, Equatable {
    /// They end too early, or say something that cannot be.
    case malformed
    /// They hold a value that this program does not know: it was written by a newer one.
    case unknownValue
}

/// A value whose fields stand once, in one order, for writing and for reading alike.
///
/// A field that comes later goes to the end: a reader that does not know it leaves it alone.
protocol Recordable {
    /// What a reader begins with.
    static var blank: Self { get }
    mutating func code(_ coder: inout some FieldCoder) throws(Damage)
}

/// Takes fields out of a value into bytes, or puts them from bytes into a value.
protocol FieldCoder {
    var isReading: Bool { get }
    /// Bytes that are still to be read; a writer has no end.
    var remaining: Int { get }
    /// Accounts for memory that a value takes; a reader has only so much for one packet.
    mutating func spend(_ bytes: Int) throws(Damage)
    mutating func unsigned(_ value: inout UInt64) throws(Damage)
    mutating func text(_ value: inout String) throws(Damage)
    mutating func octets(_ value: inout [UInt8]) throws(Damage)
    mutating func content(_ value: inout PageContent) throws(Damage)
    /// A value that is kept beside the others, once for all that hold the same.
    mutating func part<T: Recordable>(_ value: inout T) throws(Damage)
    mutating func registers(_ value: inout RegisterReading) throws(Damage)
}

extension FieldCoder {
    /// An integer of any width; those near zero take one byte.
    @inline(__always)
    mutating func number<I: FixedWidthInteger>(_ value: inout I) throws(Damage) {
        if I.isSigned {
            let wide = Int64(truncatingIfNeeded: value)
            var word = UInt64(bitPattern: wide &<< 1 ^ wide &>> 63)
            try unsigned(&word)
            let read = Int64(bitPattern: word &>> 1) ^ -Int64(bitPattern: word & 1)
            guard let narrow = I(exactly: read) else { throw .malformed }
            // Counts and positions: far above any that a run reaches, and far below where counting on would overflow.
            if isReading, I.self == Int.self, read >= 1 << 56 { throw .malformed }
            value = narrow
        } else {
            var word = UInt64(truncatingIfNeeded: value)
            try unsigned(&word)
            guard let narrow = I(exactly: word) else { throw .malformed }
            value = narrow
        }
    }

    mutating func flag(_ value: inout Bool) throws(Damage) {
        var word: UInt64 = value ? 1 : 0
        try unsigned(&word)
        guard word < 2 else { throw .unknownValue }
        value = word == 1
    }

    /// By name, so that what a newer program adds does not read as something else.
    mutating func choice<E: RawRepresentable<String>>(_ value: inout E) throws(Damage) {
        var name = value.rawValue
        try text(&name)
        guard let known = E(rawValue: name) else { throw .unknownValue }
        value = known
    }

    mutating func bytes(_ value: inout Bytes) throws(Damage) {
        var array = value.array
        try octets(&array)
        value = Bytes(array)
    }

    mutating func option<I: FixedWidthInteger>(_ value: inout I?) throws(Damage) {
        try option(&value, 0) { (coder, some) throws(Damage) in try coder.number(&some) }
    }

    mutating func option<T: Recordable>(_ value: inout T?) throws(Damage) {
        try option(&value, .blank) { (coder, some) throws(Damage) in try some.code(&coder) }
    }

    mutating func option(_ value: inout String?) throws(Damage) {
        try option(&value, "") { (coder, some) throws(Damage) in try coder.text(&some) }
    }

    mutating func option<E: RawRepresentable<String>>(_ value: inout E?) throws(Damage) {
        var name = value?.rawValue
        try option(&name)
        guard let name else {
            value = nil
            return
        }
        guard let known = E(rawValue: name) else { throw .unknownValue }
        value = known
    }

    mutating func option(_ value: inout RegisterReading?) throws(Damage) {
        try option(&value, .blank) { (coder, some) throws(Damage) in try coder.registers(&some) }
    }

    /// Whether there is a value, and then the value.
    @inline(__always)
    private mutating func option<Value>(
        _ value: inout Value?, _ blank: @autoclosure () -> Value,
        _ code: (inout Self, inout Value) throws(Damage) -> Void
    ) throws(Damage) {
        var present = value != nil
        try flag(&present)
        guard present else {
            value = nil
            return
        }
        var some = value ?? blank()
        try code(&self, &some)
        value = some
    }

    mutating func list<T: Recordable>(_ values: inout [T]) throws(Damage) {
        try list(&values, .blank) { (coder, value) throws(Damage) in try value.code(&coder) }
    }

    mutating func list(_ values: inout [String]) throws(Damage) {
        try list(&values, "") { (coder, value) throws(Damage) in try coder.text(&value) }
    }

    mutating func list<I: FixedWidthInteger>(_ values: inout [I]) throws(Damage) {
        try list(&values, 0) { (coder, value) throws(Damage) in try coder.number(&value) }
    }

    /// A list grows as it is read: what it claims to hold takes no memory before it is there.
    @inline(__always)
    private mutating func list<Value>(
        _ values: inout [Value], _ blank: @autoclosure () -> Value,
        _ code: (inout Self, inout Value) throws(Damage) -> Void
    ) throws(Damage) {
        let count = try self.count(values.count)
        guard isReading else {
            for index in 0..<count { try code(&self, &values[index]) }
            return
        }
        var read: [Value] = []
        for _ in 0..<count {
            try spend(MemoryLayout<Value>.stride)
            var value = blank()
            try code(&self, &value)
            read.append(value)
        }
        values = read
    }

    /// A dictionary as a list in the order of its keys, so that equal dictionaries are equal bytes.
    /// - Parameters:
    ///   - entry: what stands in the list for a key and its value.
    ///   - pair: the same back; where a key stands twice, the first counts.
    mutating func dictionary<Key: Hashable & Comparable, Value, Entry: Recordable>(
        _ values: inout [Key: Value], as entry: (Key, Value) -> Entry, _ pair: (Entry) -> (Key, Value)
    ) throws(Damage) {
        var entries = values.sorted { $0.key < $1.key }.map { entry($0.key, $0.value) }
        try list(&entries)
        // The list stands beside the dictionary for a moment, and that has room for more than it holds.
        guard isReading else { return }
        try spend(entries.count * 2 * (MemoryLayout<Key>.stride + MemoryLayout<Value>.stride))
        values = Dictionary(entries.map(pair), uniquingKeysWith: { first, _ in first })
    }

    /// The same for values that hold their keys.
    mutating func dictionary<Key: Hashable & Comparable, Value: Recordable>(
        _ values: inout [Key: Value], by key: (Value) -> Key
    ) throws(Damage) {
        try dictionary(&values, as: { _, value in value }, { (key($0), $0) })
    }

    /// Numbers by name.
    mutating func dictionary<I: FixedWidthInteger & Sendable>(_ values: inout [String: I]) throws(Damage) {
        try dictionary(&values, as: Named.init) { ($0.name, $0.value) }
    }

    /// How many elements follow; each takes a byte at least, so a number beyond what is left is damage.
    mutating func count(_ have: Int) throws(Damage) -> Int {
        var count = have
        try number(&count)
        guard count >= 0, count <= remaining else { throw .malformed }
        return count
    }
}

/// A number under a name.
struct Named<Value: FixedWidthInteger & Sendable>: Recordable {
    var name: String
    var value: Value

    static var blank: Named { Named(name: "", value: 0) }

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.text(&name)
        try coder.number(&value)
    }
}

extension RegisterReading {
    static let blank = RegisterReading(vcpu: 0, general: GeneralRegisters(), system: nil, source: .run)
}
