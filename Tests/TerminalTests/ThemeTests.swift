import CCurses
import Glibc
import Screen
import Testing

@testable import Terminal

@Suite("Colours and widths suit every terminal")
struct ThemeTests {
    /// Relative luminance of a colour of xterm's 256 (WCAG 2, "relative luminance").
    static func luminance(_ index: Int) -> Double {
        let levels = [0, 95, 135, 175, 215, 255]
        let cube = index - 16
        let channels =
            index >= 232
            ? Array(repeating: 8 + 10 * (index - 232), count: 3)
            : [levels[cube / 36], levels[cube / 6 % 6], levels[cube % 6]]
        let linear = channels.map { channel in
            let part = Double(channel) / 255
            return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    @Test("Every foreground stands out from black and from white", arguments: Role.allCases)
    func contrast(_ role: Role) {
        let colour = Int(Theme.full(role))
        guard colour != -1 else { return }
        let light = Self.luminance(colour)
        #expect((light + 0.05) / 0.05 >= 3.5)
        #expect(1.05 / (light + 0.05) >= 3.5)
    }

    @Test("Without colours no role has one, and what matters is still set apart")
    func monochrome() {
        let theme = Theme(depth: .none)
        #expect(Role.allCases.allSatisfy { theme.look($0).colour == -1 })
        let plain = theme.look(.normal)
        for role in [Role.selection, .lit, .focusedBorder, .changed, .bad, .warning, .key, .title, .heading, .link] {
            #expect(theme.look(role) != plain)
        }
        #expect(theme.look(.focusedBorder) != theme.look(.border))
    }

    @Test("Yellow, white, black and blue, which vanish on some background, are not among the eight")
    func eight() {
        let vanishing = [COLOR_BLACK, COLOR_BLUE, COLOR_YELLOW, COLOR_WHITE].map(Int16.init)
        #expect(Role.allCases.allSatisfy { !vanishing.contains(Theme.eight($0)) })
    }

    @Test("Our widths are the C library's, for every character that both know")
    func widths() throws {
        // A locale of this thread's own: other tests may run beside.
        let locale = try #require(newlocale(LC_CTYPE_MASK, "C.UTF-8", nil))
        let before = uselocale(locale)
        defer {
            uselocale(before)
            freelocale(locale)
        }
        var different: [String] = []
        for value in UInt32(0x20)...0x3FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let text = String(Character(scalar))
            let theirs = Int(wcwidth(wchar_t(bitPattern: value)))
            guard theirs > 0, Text.sanitised(text) == text else { continue }
            if Text.width(text) != theirs { different.append("U+" + String(value, radix: 16)) }
        }
        #expect(different == [])
    }
}
