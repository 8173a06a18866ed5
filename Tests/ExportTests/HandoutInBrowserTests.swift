import Explorer
import Foundation
import Testing

@testable import Export

@Suite("The HTML page in a browser", .serialized, .enabled(if: Browser.path != nil, "no Chromium is installed here"))
struct HandoutInBrowserTests {
    /// What can be seen now: number, caption, and the console pane's text.
    private static let seen =
        "Array.from(document.querySelectorAll('section')).filter(s => s.offsetParent !== null || getComputedStyle(s).display !== 'none').map(s => s.innerText).join('|')"

    private func withPage(_ run: MadeUpRun, hash: String = "", _ body: (Browser, Handout) throws -> Void) throws {
        let path = try #require(Browser.path)
        let handout = Handout(run.timeline, environment: Environment(kvm: "kvm_amd", version: "0"))
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("kvmscope-\(UUID().uuidString).html")
        try handout.html.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let browser = try Browser(path)
        try browser.open(file.absoluteString + hash)
        try body(browser, handout)
        #expect(browser.requests.allSatisfy { $0.hasPrefix("file://") && $0.contains(file.lastPathComponent) })
        #expect(browser.complaints.isEmpty)
    }

    @Test("Next and back, by button and by arrow key, show one screen at a time and come back to the same one")
    func turning() throws {
        var run = MadeUpRun()
        run.write("Hey")
        try withPage(run) { browser, handout in
            let first = try browser.evaluate(Self.seen)
            #expect(first.contains(handout.screens[0].caption))
            #expect(try browser.evaluate("document.getElementById('back').disabled") == "true")
            _ = try browser.evaluate("document.getElementById('next').click()")
            let second = try browser.evaluate(Self.seen)
            #expect(second != first)
            #expect(second.contains(handout.screens[1].caption))
            #expect(!second.contains(handout.screens[0].caption))
            #expect(
                try browser.evaluate("document.getElementById('said').textContent").contains(handout.screens[1].caption)
            )
            try browser.press("ArrowRight")
            #expect(try browser.evaluate(Self.seen).contains(handout.screens[2].caption))
            try browser.press("ArrowLeft")
            #expect(try browser.evaluate(Self.seen) == second)
            _ = try browser.evaluate("document.getElementById('back').click()")
            #expect(try browser.evaluate(Self.seen) == first)
            try browser.press("End")
            let last = try #require(handout.screens.last)
            #expect(try browser.evaluate(Self.seen).contains(last.caption))
            #expect(try browser.evaluate("document.getElementById('next').disabled") == "true")
            #expect(
                try browser.evaluate("document.getElementById('place').textContent")
                    == "\(last.number) of \(last.number)")
        }
    }

    @Test("What the guest wrote cannot become markup or a script, and its letters are all there")
    func hostile() throws {
        var run = MadeUpRun(guest: "</title><script>document.title='broken'</script>")
        run.write("<img src=x onerror=document.title='broken'>")
        try withPage(run, hash: "#s5") { browser, handout in
            #expect(try browser.evaluate("document.title") == handout.title + " · kvmscope")
            #expect(try browser.evaluate("document.querySelectorAll('img').length") == "0")
            #expect(try browser.evaluate(Self.seen).contains(handout.screens[4].caption))
            try browser.press("End")
            #expect(try browser.evaluate("document.querySelector('section.now pre').innerText").contains("<img src=x"))
        }
    }

    @Test("Columns are columns: whatever font has a character, it stands on a whole cell")
    func columns() throws {
        try withPage(.colourful) { browser, _ in
            let measured = try browser.evaluate(
                """
                (() => { let off = 0, count = 0;
                const pre = document.querySelector('section.now pre.grid');
                const probe = pre.appendChild(document.createElement('span'));
                probe.textContent = '0'.repeat(100);
                const cell = probe.getBoundingClientRect().width / 100;
                probe.remove();
                const left = pre.getBoundingClientRect().left + parseFloat(getComputedStyle(pre).paddingLeft) + 1;
                for (const element of pre.querySelectorAll('i')) {
                  const column = (element.getBoundingClientRect().left - left) / cell;
                  count += 1;
                  if (Math.abs(column - Math.round(column)) > 0.1) off += 1; }
                return off + ' of ' + (count > 100 ? 'many' : count); })()
                """)
            #expect(measured == "0 of many")
        }
    }
}
