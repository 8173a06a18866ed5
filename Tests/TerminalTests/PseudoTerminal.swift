import CCurses
import Glibc

/// Both ends of a pseudo-terminal, on which a test plays the person and looks at what the program wrote.
final class PseudoTerminal {
    let master: CInt
    let slave: CInt
    let path: String

    /// A terminal so small that a whole screen fits into the kernel's buffer.
    init?(columns: UInt16 = 30, rows: UInt16 = 6) {
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard master >= 0 else { return nil }
        var unlocked: CInt = 0
        var number: CUnsignedInt = 0
        // TIOCSPTLCK and TIOCGPTN of <asm-generic/ioctls.h>: Swift does not import macros that are made of others.
        guard ioctl(master, 0x4004_5431, &unlocked) == 0, ioctl(master, 0x8004_5430, &number) == 0 else { return nil }
        path = "/dev/pts/\(number)"
        slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard slave >= 0 else { return nil }
        resize(columns: columns, rows: rows)
    }

    deinit {
        close(master)
        close(slave)
    }

    func resize(columns: UInt16, rows: UInt16) {
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    }

    func type(_ text: String) {
        let bytes = Array(text.utf8)
        write(master, bytes, bytes.count)
    }

    /// All that was written to the terminal since the last call.
    func output() -> String {
        // What is read up to this mark is all, without waiting for a time.
        let mark = Array("<mark>".utf8)
        write(slave, mark, mark.count)
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !bytes.suffix(mark.count).elementsEqual(mark) {
            let count = read(master, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes.dropLast(mark.count), as: UTF8.self)
    }

    /// The terminal's modes, in a form that can be compared.
    var modes: [UInt8] {
        var modes = termios()
        tcgetattr(slave, &modes)
        return withUnsafeBytes(of: modes, Array.init)
    }
}
