// What is said of a number that has no room where it is to go.
extension Command {
    /// Why a number cannot be poked into so many bytes.
    public static func pokeRefusal(_ number: UInt64, size: Int) -> String {
        let bytes = size == 1 ? "one byte" : "\(size) bytes"
        let wider = [2, 4, 8].first { $0 > size && Value.fits(number, bits: $0 * 8) }
        let remedy = wider.map { "; poke\($0 * 8) writes \($0)" } ?? ""
        return "0x\(String(number, radix: 16)) does not fit into \(bytes)\(remedy)"
    }
}

extension RegisterName {
    /// Why a number cannot be set into this register.
    public func refusal(of number: UInt64) -> String {
        let remedy = whole == name ? "" : "; \(whole) is the whole register"
        return "0x\(String(number, radix: 16)) does not fit into the \(width) bits of \(name)\(remedy)"
    }
}
