import CCurses
import Glibc

/// What the terminal database says that we send ourselves, beside what ncurses sends.
struct Capabilities {
    /// Keypad on, and pasted text marked as such.
    let enter: [UInt8]
    let leave: [UInt8]
    let mouseOn: [UInt8]
    let mouseOff: [UInt8]
    /// Everything that brings the terminal back from wherever it is.
    let restore: [UInt8]
    let canPosition: Bool

    /// Reads the entry that `setupterm` or `newterm` has loaded.
    init() {
        // xterm's descendants know these private modes, and each of them has the mouse's prefix in its entry. A
        // terminal that does not know a mode ignores it.
        let isXtermLike = Self.string("kmous") != nil
        mouseOn = isXtermLike ? Array("\u{1B}[?1000h\u{1B}[?1006h".utf8) : []
        mouseOff = isXtermLike ? Array("\u{1B}[?1006l\u{1B}[?1000l".utf8) : []
        enter = (Self.string("smkx") ?? []) + (isXtermLike ? Array("\u{1B}[?2004h".utf8) : [])
        leave = (isXtermLike ? Array("\u{1B}[?2004l".utf8) : []) + (Self.string("rmkx") ?? [])
        let looks = (Self.string("sgr0") ?? []) + (Self.string("op") ?? []) + (Self.string("cnorm") ?? [])
        // Without a second screen to leave, the shell goes on below the picture.
        restore = mouseOff + leave + looks + (Self.string("rmcup") ?? Array("\r\n".utf8))
        canPosition = Self.string("cup") != nil
    }

    /// A capability's bytes without its padding marks (`$<5>`), which only matter to hardware of old; nil if absent.
    private static func string(_ name: String) -> [UInt8]? {
        guard let found = tigetstr(name), Int(bitPattern: found) != -1 else { return nil }
        var bytes: [UInt8] = []
        var padding = false
        let source = Array(String(cString: found).utf8)
        for (index, byte) in source.enumerated() {
            let next = index + 1 < source.count ? source[index + 1] : 0
            if byte == UInt8(ascii: "$"), next == UInt8(ascii: "<") { padding = true }
            if !padding { bytes.append(byte) }
            if padding, byte == UInt8(ascii: ">") { padding = false }
        }
        return bytes
    }
}
