/// Reads fields out of a packet.
struct FieldReader: FieldCoder {
    private let bytes: [UInt8]
    private(set) var position: Int
    private var end: Int
    private let strings: [String]
    private let contents: [UInt64]
    private let parts: [UInt64]
    private let source: (any ContentSource)?
    private var general: [Int: GeneralRegisters] = [:]
    private var system: [Int: SystemRegisters] = [:]
    /// Bytes of memory that what was read so far takes, nearly.
    private(set) var spent = 0

    /// Bytes of memory that what is read out of one packet may take; few bytes of a file can claim many.
    private static let allowance = 64 << 20
    /// What an object or a text takes beside its contents.
    private static let objectSize = 48

    init(_ bytes: [UInt8], source: (any ContentSource)?, spent: Int = 0) throws(Damage) {
        self.bytes = bytes
        self.source = source
        self.spent = spent
        end = bytes.count
        position = 0
        var place = 0
        var strings: [String] = []
        for _ in 0..<(try Self.count(bytes, &place)) {
            let length = try Self.count(bytes, &place)
            self.spent += length > 15 ? Self.objectSize + length : MemoryLayout<String>.stride
            guard self.spent <= Self.allowance else { throw .malformed }
            strings.append(String(decoding: bytes[place..<place + length], as: UTF8.self))
            place += length
        }
        var lists: [[UInt64]] = []
        for _ in 0..<2 {
            var list: [UInt64] = []
            for _ in 0..<(try Self.count(bytes, &place)) {
                self.spent += MemoryLayout<UInt64>.stride
                guard self.spent <= Self.allowance else { throw .malformed }
                list.append(try Self.word(bytes, &place, bytes.count))
            }
            lists.append(list)
        }
        self.strings = strings
        (contents, parts) = (lists[0], lists[1])
        position = place
    }

    var isReading: Bool { true }
    var remaining: Int { end - position }

    @inline(__always)
    mutating func spend(_ bytes: Int) throws(Damage) {
        spent += bytes
        guard spent <= Self.allowance else { throw .malformed }
    }

    @inline(__always)
    private static func word(_ bytes: [UInt8], _ place: inout Int, _ end: Int) throws(Damage) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while place < end {
            let byte = bytes[place]
            place += 1
            if shift == 63, byte > 1 { throw .malformed }
            value |= UInt64(byte & 0x7F) &<< shift
            if byte < 0x80 { return value }
            shift += 7
            if shift > 63 { throw .malformed }
        }
        throw .malformed
    }

    /// A number of bytes or elements that may still follow.
    private static func count(_ bytes: [UInt8], _ place: inout Int) throws(Damage) -> Int {
        let value = try word(bytes, &place, bytes.count)
        guard value <= UInt64(bytes.count - place) else { throw .malformed }
        return Int(value)
    }

    @inline(__always)
    mutating func unsigned(_ value: inout UInt64) throws(Damage) { value = try Self.word(bytes, &position, end) }

    private mutating func place(below limit: Int) throws(Damage) -> Int {
        let value = try Self.word(bytes, &position, end)
        guard value < UInt64(limit) else { throw .malformed }
        return Int(value)
    }

    mutating func text(_ value: inout String) throws(Damage) { value = strings[try place(below: strings.count)] }

    mutating func octets(_ value: inout [UInt8]) throws(Damage) {
        let count = try self.count(0)
        try spend(count)
        value = Array(bytes[position..<position + count])
        position += count
    }

    mutating func count(_ have: Int) throws(Damage) -> Int {
        let value = try Self.word(bytes, &position, end)
        guard value <= UInt64(remaining) else { throw .malformed }
        return Int(value)
    }

    mutating func content(_ value: inout PageContent) throws(Damage) {
        let place = try place(below: contents.count + 1)
        guard place > 0 else {
            value = .unread
            return
        }
        guard let source else { throw .malformed }
        try spend(Self.objectSize)
        value = PageContent(stored: contents[place - 1], in: source)
    }

    mutating func part<T: Recordable>(_ value: inout T) throws(Damage) {
        let place = try place(below: parts.count)
        guard let part = source?.part(parts[place]) else { throw .malformed }
        var reader = try FieldReader(part, source: nil, spent: spent)
        try value.code(&reader)
        spent = reader.spent
    }

    mutating func registers(_ value: inout RegisterReading) throws(Damage) {
        var (vcpu, source) = (0, Source.run)
        try number(&vcpu)
        try choice(&source)
        var registers = general[vcpu] ?? GeneralRegisters()
        var changed: UInt64 = 0
        try unsigned(&changed)
        guard changed < 1 << UInt64(GeneralRegisters.count) else { throw .malformed }
        for index in 0..<GeneralRegisters.count where changed & 1 << UInt64(index) != 0 {
            var difference: Int64 = 0
            try number(&difference)
            registers[index] &+= UInt64(bitPattern: difference)
        }
        general[vcpu] = registers
        var special: SystemRegisters?
        switch try place(below: 3) {
        case 1: special = system[vcpu]
        case 2:
            try spend(MemoryLayout<SystemRegisters>.stride)
            var read = SystemRegisters()
            try read.code(&self)
            system[vcpu] = read
            special = read
        default: break
        }
        value = RegisterReading(vcpu: vcpu, general: registers, system: special, source: source)
    }

    /// Reads a framed value; whatever it holds or leaves, reading goes on behind it.
    ///
    /// - Returns: nil where the value could not be read; its bytes then.
    mutating func framed(_ body: (inout FieldReader) throws(Damage) -> Void) throws(Damage) -> [UInt8]? {
        let length = try count(0)
        let (start, outer) = (position, end)
        end = start + length
        defer {
            position = start + length
            end = outer
        }
        do throws(Damage) {
            try body(&self)
            return nil
        } catch {
            try spend(length)
            return Array(bytes[start..<start + length])
        }
    }
}
