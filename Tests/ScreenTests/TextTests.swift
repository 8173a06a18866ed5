import Testing

@testable import Screen

@Suite("Text is measured and cut by terminal columns")
struct TextTests {
    @Test(
        "Columns of text in several scripts",
        arguments: [
            ("", 0), ("kvm", 3), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("한글", 4), ("\u{1112}\u{1161}\u{11AB}", 2),
            ("ｱ", 1), ("Ａ", 2), ("😀", 2), ("❤️", 1), ("👨‍👩‍👧", 6), ("🇩🇪", 2), ("→▶•…█", 5), ("\u{1B}[31m", 5),
            ("\r\n", 2), ("नि", 2), ("\u{200B}", 0),
        ])
    func columns(_ text: String, _ columns: Int) {
        #expect(Text.width(text) == columns)
        #expect(Text.width(Text.sanitised(text)) == columns)
    }

    @Test("What a guest prints cannot reach the terminal as a control")
    func sanitised() {
        #expect(Text.sanitised("\u{1B}[2J\u{7}\u{7F}") == "␛[2J␇␡")
        #expect(Text.sanitised("\u{9B}2J") == "\u{FFFD}2J")
        #expect(Text.sanitised("a\u{202E}b\u{2066}c\u{FEFF}\u{E0041}") == "a\u{FFFD}b\u{FFFD}c\u{FFFD}\u{FFFD}")
        #expect(Text.sanitised("\u{E000}\u{10FFFF}") == "\u{FFFD}\u{FFFD}")
        for value in UInt32(0)...0x2FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            for shown in Text.sanitised(String(Character(scalar))).unicodeScalars {
                let category = shown.properties.generalCategory
                if category == .control || category == .format || category == .unassigned || category == .privateUse {
                    Issue.record("U+\(String(value, radix: 16)) is shown as \(category)")
                }
            }
        }
    }

    @Test("A text of several lines keeps its lines and nothing else that steers a terminal")
    func printable() {
        #expect(Text.printable("a\nb\n") == "a\nb\n")
        #expect(Text.printable("\u{1B}]0;x\u{7}\r\n\u{9B}2J\ta\rb") == "␛]0;x␇\n\u{FFFD}2J\ta␍b")
    }

    @Test("A mark without a base stands on a circle, and a pile of marks is cut to two")
    func marks() {
        #expect(Text.sanitised("\u{301}") == "◌\u{301}")
        let pile = "a" + String(repeating: "\u{301}", count: 500)
        #expect(Text.width(pile) == 1)
        #expect(Text.sanitised(pile).unicodeScalars.count == 3)
    }

    @Test("A long text loses its end, its start or its middle")
    func truncated() {
        #expect(Text.truncated("anon_inode:kvm-vcpu:0", to: 10) == "anon_inod…")
        #expect(Text.truncated("anon_inode:kvm-vcpu:0", to: 10, keeping: .start) == "…vm-vcpu:0")
        #expect(Text.truncated("anon_inode:kvm-vcpu:0", to: 10, keeping: .middle) == "anon_…pu:0")
        #expect(Text.truncated("short", to: 5) == "short")
        #expect(Text.truncated("日本語", to: 4) == "日…")
        #expect(Text.truncated("日本語", to: 1) == "…")
        #expect(Text.truncated("abc", to: 0) == "")
        #expect(Text.truncated("abc", to: -5) == "")
    }

    @Test("A short text is filled on the side that its alignment says")
    func padded() {
        #expect(Text.padded("ab", to: 5) == "ab   ")
        #expect(Text.padded("ab", to: 5, .right) == "   ab")
        #expect(Text.padded("ab", to: 5, .center) == " ab  ")
        #expect(Text.padded("日本語", to: 4) == "日… ")
        #expect(Text.padded("ab", to: -1) == "")
        #expect(Text.width(Text.padded("ab", to: .max)) == Grid.maximumWidth)
    }

    @Test("Prose breaks at spaces, and inside a word only if it is longer than a row")
    func wrapped() {
        #expect(Text.wrapped("the quick brown fox", to: 10) == ["the quick", "brown fox"])
        #expect(Text.wrapped("the quick  brown", to: 9) == ["the quick", "brown"])
        #expect(Text.wrapped("a KVM_SET_USER_MEMORY_REGION", to: 10) == ["a", "KVM_SET_US", "ER_MEMORY_", "REGION"])
        #expect(Text.wrapped("日本語文字", to: 5) == ["日本", "語文", "字"])
        #expect(Text.wrapped("ab日本", to: 3) == ["ab", "日", "本"])
        #expect(Text.wrapped("one\n\ntwo\r\nthree", to: 9) == ["one", "", "two", "three"])
        #expect(Text.wrapped("日", to: 1) == ["\u{FFFD}"])
        #expect(Text.wrapped("text", to: 0) == [])
        #expect(Text.wrapped("", to: 5) == [""])
    }

    @Test("No row is wider than asked, and no letter is lost, at any width", arguments: 1...30)
    func wrapKeepsAll(_ width: Int) {
        let text = "  KVM runs 日本語 guests  until an exit: e\u{301}tat, KVM_EXIT_INTERNAL_ERROR. 한국어 text   end "
        for indent in [0, 2, 7] {
            let rows = Line(text).wrapped(to: width, indent: indent)
            for row in rows { #expect(row.width <= width) }
            if width > 1 {
                let letters = { (s: String) in String(s.filter { $0 != " " }) }
                #expect(letters(rows.map(\.plain).joined()) == letters(text))
            }
        }
    }

    @Test("A wrapped item hangs under its text")
    func hanging() {
        let rows = Paragraph(["• enters the guest", "2. leaves it again"]).rows(width: 12)
        #expect(rows.map(\.plain) == ["• enters the", "  guest", "2. leaves it", "   again"])
    }

    @Test("Tabs go to the next stop of eight columns")
    func tabs() {
        #expect(
            Line.lines("a\tb\n\tc\n12345678\td\n日\te\t\tf").map(\.plain) == [
                "a       b", "        c", "12345678        d", "日      e               f",
            ])
    }

    @Test("Styles stay with their letters when a line is cut, and a search marks its finds")
    func styles() {
        let line = Line(Span("RIP ", .dim), Span("0x1000", .address))
        #expect(line.truncated(to: 7).spans == [Span("RIP ", .dim), Span("0x…", .address)])
        #expect(line.wrapped(to: 6).map(\.spans) == [[Span("RIP", .dim)], [Span("0x1000", .address)]])
        #expect(
            Line("ioctl IOCTL").marking("ioctl", .selection).spans == [
                Span("ioctl", .selection), Span(" ", .normal), Span("IOCTL", .selection),
            ])
        #expect(Line("ab").marking("", .selection) == Line("ab"))
    }

    @Test("A text without end is cut before it is measured, and says so")
    func bounded() {
        let long = String(repeating: "é", count: 100_000)
        var line = Line(long)
        for _ in 0..<10 { line.append(long) }
        #expect(line.plain.utf8.count < 1 << 15 && line.plain.hasPrefix("éé") && line.plain.hasSuffix("…"))
        let usual = String(repeating: "x", count: 8000)
        #expect(Line(usual).plain == usual)
    }
}
