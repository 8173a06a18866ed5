import Screen
import TestSupport
import Testing

@testable import Terminal

@Suite("Bytes of a terminal become keys, mouse and paste")
struct InputDecoderTests {
    @Test(
        "Keys as xterm, the Linux console, rxvt and tmux send them",
        arguments: [
            ("a", [Key.character("a")]), ("é日😀", [.character("é"), .character("日"), .character("😀")]),
            ("\r\n", [.enter, .enter]), ("\t", [.tab]), ("\u{7F}\u{8}", [.backspace, .backspace]),
            ("\u{1}\u{1A}\u{0}\u{1F}", [.control("a"), .control("z"), .control("@"), .control("_")]),
            ("\u{1B}[A\u{1B}OB\u{1B}[1;5C\u{1B}[D", [.up, .down, .right, .left]),
            ("\u{1B}[H\u{1B}OF\u{1B}[1~\u{1B}[4~\u{1B}[7~\u{1B}[8~", [.home, .end, .home, .end, .home, .end]),
            ("\u{1B}[2~\u{1B}[3~\u{1B}[5~\u{1B}[6~\u{1B}[Z", [.insert, .delete, .pageUp, .pageDown, .backTab]),
            ("\u{1B}OP\u{1B}[[B\u{1B}[13~\u{1B}[1;2S\u{1B}[15~", [1, 2, 3, 4, 5].map { .function($0) }),
            ("\u{1B}[17~\u{1B}[21~\u{1B}[23~\u{1B}[24~", [6, 10, 11, 12].map { .function($0) }),
            ("\u{1B}x\u{1B}é\u{1B}\u{7F}", [.alt("x"), .alt("é"), .control("w")]),
            ("\u{1B}\rq", [.escape, .enter, .character("q")]),
        ])
    func keys(_ bytes: String, _ keys: [Key]) {
        var decoder = InputDecoder()
        #expect(decoder.feed(bytes.utf8) == keys.map { .key($0) })
        #expect(!decoder.isWaiting)
        // Byte by byte the same comes out.
        var slow = InputDecoder()
        #expect(bytes.utf8.flatMap { slow.feed([$0]) } == keys.map { .key($0) })
    }

    @Test("A lone escape is the key once nothing follows")
    func escape() {
        var decoder = InputDecoder()
        #expect(decoder.feed([0x1B]) == [])
        #expect(decoder.isWaiting)
        #expect(decoder.flush() == [.key(.escape)])
        #expect(decoder.feed([0x1B, 0x1B]) == [.key(.escape)])
        #expect(decoder.flush() == [.key(.escape)])
        #expect(decoder.feed("\u{1B}[".utf8) == [])
        #expect(decoder.flush() == [.key(.alt("["))])
        #expect(decoder.feed("\u{1B}[1;".utf8) == [])
        #expect(decoder.flush() == [])
        #expect(!decoder.isWaiting)
    }

    @Test("Mouse reports of both kinds give buttons, wheel and place from zero")
    func mouse() {
        var decoder = InputDecoder()
        let reports = "\u{1B}[<0;1;1M\u{1B}[<0;80;24m\u{1B}[<64;3;4M\u{1B}[<65;3;4M\u{1B}[<34;2;2M\u{1B}[<18;300;9M"
        #expect(
            decoder.feed(reports.utf8) == [
                .mouse(Mouse(x: 0, y: 0, .press(1))), .mouse(Mouse(x: 79, y: 23, .release)),
                .mouse(Mouse(x: 2, y: 3, .wheelUp)), .mouse(Mouse(x: 2, y: 3, .wheelDown)),
                .mouse(Mouse(x: 1, y: 1, .drag(3))), .mouse(Mouse(x: 299, y: 8, .press(3))),
            ])
        let old: [UInt8] = [0x1B, 0x5B, 0x4D, 32, 33, 34, 0x1B, 0x5B, 0x4D, 35, 255, 33]
        #expect(decoder.feed(old) == [.mouse(Mouse(x: 0, y: 1, .press(1))), .mouse(Mouse(x: 222, y: 0, .release))])
        #expect(decoder.feed("\u{1B}[<0;0;5M\u{1B}[<9;99999999999999999999;5M\u{1B}[<1M".utf8) == [])
    }

    @Test("A paste is one event, whatever it holds and however it is cut")
    func paste() {
        let text = "step exit\n\u{1B}[A q\u{1B}[20 日"
        let bytes = Array("\u{1B}[200~\(text)\u{1B}[201~x".utf8)
        for cut in 0...bytes.count {
            var decoder = InputDecoder()
            let events = decoder.feed(bytes[..<cut]) + decoder.feed(bytes[cut...])
            #expect(events == [.paste(text), .key(.character("x"))])
        }
        var endless = InputDecoder()
        #expect(endless.feed("\u{1B}[200~".utf8) == [])
        for _ in 0..<40 { _ = endless.feed(Array(repeating: 0x61, count: 1 << 16)) }
        guard case .paste(let kept)? = endless.feed("\u{1B}[201~".utf8).first else {
            Issue.record("no paste")
            return
        }
        #expect(kept.utf8.count == InputDecoder.pasteLimit)
    }

    @Test(
        "Strings that a terminal sends are no keys, whatever they hold and however they are cut",
        arguments: [
            "\u{1B}]11;rgb:1e1e/1e1e/2e2e\u{7}", "\u{1B}]52;c;c3Nzc3M=\u{1B}\\", "\u{1B}P1+r5463=73\u{1B}\\",
            "\u{1B}P>|XTerm(379)\u{1B}\\", "\u{1B}_Gi=1;OK s s\u{1B}\\", "\u{1B}^sss\u{1B}\\", "\u{1B}Xqqq\u{1B}\\",
            "\u{9D}2;Übersss\u{9C}", "\u{90}1$r0m\u{1B}\\", "\u{1B}]0;\rsss\u{18}", "\u{9B}?1;2c",
        ])
    func strings(_ string: String) {
        let bytes = Array(string.utf8) + [UInt8(ascii: "x")]
        for cut in 0...bytes.count {
            var decoder = InputDecoder()
            #expect(decoder.feed(bytes[..<cut]) + decoder.feed(bytes[cut...]) == [.key(.character("x"))])
            #expect(!decoder.isWaiting)
        }
        var slow = InputDecoder()
        #expect(bytes.flatMap { slow.feed([$0]) } == [.key(.character("x"))])
        // What never ends is given up when nothing follows.
        var cut = InputDecoder()
        #expect(cut.feed(bytes.prefix(bytes.count - 3)) == [])
        #expect(cut.isWaiting && !cut.isLoneEscape)
        #expect(cut.flush() == [])
        #expect(cut.feed("y".utf8) == [.key(.character("y"))])
    }

    @Test("An endless string takes no memory, and an introducer that nothing follows is Alt with its key")
    func endlessString() {
        var decoder = InputDecoder()
        #expect(decoder.feed("\u{1B}]".utf8) == [])
        for _ in 0..<64 { #expect(decoder.feed(Array(repeating: 0x73, count: 1 << 16)) == []) }
        #expect(decoder.feed("\u{7}q".utf8) == [.key(.character("q"))])
        #expect(decoder.feed("\u{1B}P".utf8) == [])
        #expect(decoder.flush() == [.key(.alt("P"))])
        // The escape of the next key ends a string that was cut off.
        #expect(decoder.feed("\u{1B}]11;\u{1B}[A".utf8) == [.key(.up)])
    }

    @Test("Wrong and unknown bytes are dropped and what follows is understood")
    func wrong() {
        var decoder = InputDecoder()
        #expect(decoder.feed([0xFF, 0xC0, 0x80, 0xE6, 0x97, 0x61]) == [.key(.character("a"))])
        #expect(decoder.feed("\u{1B}[99;99X\u{1B}[?1;2cb".utf8) == [.key(.character("b"))])
        #expect(decoder.feed([0xC2, 0x9B, 0xED, 0xA0, 0x80, 0x63]) == [.key(.character("c"))])
        #expect(decoder.feed(Array("\u{1B}[".utf8) + Array(repeating: 0x31, count: 200)).count < 200)
        var random = Seeded(seed: 42)
        for _ in 0..<2000 {
            let noise = (0..<12).map { _ in
                let any = UInt8.random(in: 0...255, using: &random)
                return [0x1B, 0x5B, 0x4D, 0x3C, 0x3B, 0x7E, 0x32, 0x30, any].randomElement(using: &random) ?? any
            }
            _ = decoder.feed(noise)
            _ = decoder.flush()
        }
        _ = decoder.feed("\u{1B}[201~".utf8)
        _ = decoder.flush()
        #expect(decoder.feed("d".utf8) == [.key(.character("d"))])
    }
}
