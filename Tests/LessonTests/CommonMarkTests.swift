import Testing

@testable import Lesson

@Suite struct CommonMarkTests {
    private func blocks(_ text: String) throws -> [TextBlock] {
        try CommonMark(text).pieces.compactMap { if case .block(let block) = $0.content { block } else { nil } }
    }

    @Test func proseKeepsItsStyles() throws {
        #expect(
            try blocks("One *two* **three** `four`\nfive [six](https://example.org).") == [
                .paragraph([
                    .text("One "), .emphasis([.text("two")]), .text(" "), .strong([.text("three")]), .text(" "),
                    .code("four"), .softBreak, .text("five "), .link([.text("six")], to: "https://example.org"),
                    .text("."),
                ])
            ])
    }

    @Test func textThatCmarkCutsIsOneSpanAgain() throws {
        #expect(try blocks("don't & 2 < 3 [x] a_b") == [.paragraph([.text("don't & 2 < 3 [x] a_b")])])
    }

    @Test func listsQuotesHeadingsRulesAndCode() throws {
        let text = "### H\n\n- a\n- b\n\n3. c\n\n> q\n\n---\n\n    code\n"
        #expect(
            try blocks(text) == [
                .heading(level: 3, [.text("H")]),
                .list(TextList(items: [[.paragraph([.text("a")])], [.paragraph([.text("b")])]])),
                .list(TextList(start: 3, items: [[.paragraph([.text("c")])]])),
                .quote([.paragraph([.text("q")])]), .rule, .code(language: "", "code\n"),
            ])
    }

    @Test func aCommentOfTheWriterIsNotShown() throws {
        #expect(try blocks("<!-- to do -->\n\nx <!-- y -->z") == [.paragraph([.text("x z")])])
    }

    @Test func aFenceKnowsTheLineOfItsText() throws {
        let piece = try #require(try CommonMark("a\n\n```ask\nb\n```\n").pieces.last)
        guard case .fence("ask", "b\n", line: 4) = piece.content else {
            Issue.record("\(piece)")
            return
        }
    }
}
