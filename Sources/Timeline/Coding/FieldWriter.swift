/// Writes fields into a packet.
struct FieldWriter: FieldCoder {
    private(set) var bytes: [UInt8] = []
    private var strings: [UInt8] = []
    private var places: [String: UInt64] = [:]
    private var contents: [PageContent] = []
    private var contentPlaces: [ObjectIdentifier: UInt64] = [:]
    private var parts: [[UInt8]] = []
    private var general: [Int: GeneralRegisters] = [:]
    private var system: [Int: SystemRegisters] = [:]

    var isReading: Bool { false }
    var remaining: Int { .max }

    var contentCount: Int { contents.count }

    /// Everything that was written.
    var packet: Packet {
        Packet(strings: strings, stringCount: places.count, contents: contents, parts: parts, body: bytes)
    }

    mutating func spend(_ bytes: Int) throws(Damage) {}

    /// Bytes so far, but for the numbers of pages and parts.
    var size: Int { bytes.count + strings.count }

    @inline(__always)
    mutating func unsigned(_ value: inout UInt64) throws(Damage) { Self.append(value, to: &bytes) }

    @inline(__always)
    static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest &>>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func text(_ value: inout String) throws(Damage) {
        if let place = places[value] { return Self.append(place, to: &bytes) }
        let place = UInt64(places.count)
        places[value] = place
        let utf8 = value.utf8
        Self.append(UInt64(utf8.count), to: &strings)
        strings.append(contentsOf: utf8)
        Self.append(place, to: &bytes)
    }

    mutating func octets(_ value: inout [UInt8]) throws(Damage) {
        Self.append(UInt64(value.count), to: &bytes)
        bytes.append(contentsOf: value)
    }

    mutating func content(_ value: inout PageContent) throws(Damage) {
        if value === PageContent.unread { return Self.append(0, to: &bytes) }
        let place: UInt64
        if let known = contentPlaces[ObjectIdentifier(value)] {
            place = known
        } else {
            contents.append(value)
            place = UInt64(contents.count)
            contentPlaces[ObjectIdentifier(value)] = place
        }
        Self.append(place, to: &bytes)
    }

    mutating func part<T: Recordable>(_ value: inout T) throws(Damage) {
        var writer = FieldWriter()
        try value.code(&writer)
        Self.append(UInt64(parts.count), to: &bytes)
        parts.append(writer.packet.bytes(contents: [], parts: []))
    }

    mutating func registers(_ value: inout RegisterReading) throws(Damage) {
        var (vcpu, source) = (value.vcpu, value.source)
        try number(&vcpu)
        try choice(&source)
        let before = general[vcpu] ?? GeneralRegisters()
        var changed: UInt64 = 0
        for index in 0..<GeneralRegisters.count where before[index] != value.general[index] {
            changed |= 1 << UInt64(index)
        }
        Self.append(changed, to: &bytes)
        for index in 0..<GeneralRegisters.count where changed & 1 << UInt64(index) != 0 {
            var difference = Int64(bitPattern: value.general[index] &- before[index])
            try number(&difference)
        }
        general[vcpu] = value.general
        guard var registers = value.system else { return Self.append(0, to: &bytes) }
        if system[vcpu] == registers { return Self.append(1, to: &bytes) }
        Self.append(2, to: &bytes)
        try registers.code(&self)
        system[vcpu] = registers
    }

    /// Bytes as they are, without their number.
    mutating func verbatim(_ more: [UInt8]) throws(Damage) { bytes += more }

    /// Writes what an inner writer would, with its length before it, so that a reader can pass it by.
    mutating func framed(_ body: (inout FieldWriter) throws(Damage) -> Void) throws(Damage) {
        let start = bytes.count
        // One byte is enough for nearly all; the rest moves up where it is not.
        bytes.append(0)
        try body(&self)
        let length = bytes.count - start - 1
        if length < 0x80 {
            bytes[start] = UInt8(length)
        } else {
            var prefix: [UInt8] = []
            Self.append(UInt64(length), to: &prefix)
            bytes.replaceSubrange(start...start, with: prefix)
        }
    }
}
