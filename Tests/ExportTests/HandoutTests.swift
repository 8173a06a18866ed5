import Explorer
import Testing
import Timeline

@testable import Export

@Suite("A run as an HTML page")
struct HandoutTests {
    private func handout(_ run: MadeUpRun) -> Handout {
        Handout(run.timeline, environment: Environment(kvm: "kvm_amd", version: "0"))
    }

    @Test("It is well-formed, whatever the guest is called and writes")
    func wellFormed() {
        for name in ["digit.S", "</script><img src=x onerror=alert(1)>&\u{2}", ""] {
            var run = MadeUpRun(guest: name)
            run.write("<b>&amp;\u{7}</pre>")
            let page = XMLReading(handout(run).html)
            #expect(page.failure == nil)
            #expect(page.elements("script").count == 1)
            #expect(page.elements("img").isEmpty)
        }
        #expect(XMLReading(Handout(Timeline(), environment: Environment()).html).failure == nil)
    }

    @Test("Each descriptor, exit and stop has a screen that says what happened")
    func moments() {
        let captions = handout(.colourful).screens.map(\.caption)
        let exits = captions.filter { $0.contains("· exit ") }
        // The last one is told by the end that it brought.
        #expect(exits.count == 8)
        #expect(captions.contains { $0.contains("KVM_CREATE_VM") })
        #expect(captions.contains { $0.contains("ready") })
        #expect(captions.last?.contains("the run has ended") == true)
        let cursors = Moment.all(in: MadeUpRun.colourful.timeline).map(\.cursor)
        #expect(cursors == cursors.sorted())
        #expect(Set(cursors).count == cursors.count)
        #expect(cursors.last == MadeUpRun.colourful.events.count)
    }

    @Test("A screen is the run as it was then: the console fills from page to page")
    func asItWas() {
        var run = MadeUpRun()
        run.write("Hey")
        let texts = handout(run).screens.filter { $0.caption.contains("· exit ") }.map { screen in
            screen.sections.filter { $0.name == "console" }.flatMap(\.lines).joined(separator: "\n")
        }
        #expect(texts.count == 3)
        #expect(texts[0].contains("1 byte"))
        #expect(texts[1].contains("2 bytes"))
        #expect(texts[2].contains("Hey"))
        #expect(!texts[1].contains("Hey"))
    }

    @Test("A long run keeps its first and its last screens and says how many it left out")
    func bounded() {
        var run = MadeUpRun()
        run.write(String(repeating: "x", count: 1000))
        run.end()
        let handout = handout(run)
        #expect(handout.screens.count == Handout.screenLimit)
        #expect(handout.leftOut + handout.screens.count == Moment.all(in: run.timeline).count)
        #expect(handout.screens.map(\.number) == Array(1...Handout.screenLimit))
        #expect(handout.screens.last?.caption.contains("the run has ended") == true)
        #expect(handout.html.contains("screens are left out before this one"))
        #expect(handout.html.utf8.count < 6_000_000)
    }

    @Test("It names nothing outside itself")
    func selfContained() {
        let page = handout(.colourful).html.replacing("http://www.w3.org/1999/xhtml", with: "")
        for word in ["http:", "https:", "href", "url(", "@import", "src="] { #expect(!page.contains(word)) }
    }
}
