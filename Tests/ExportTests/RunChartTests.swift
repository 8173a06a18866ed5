import Testing
import Timeline

@testable import Export

@Suite("A run as SVG")
struct RunChartTests {
    private func chart(_ run: MadeUpRun) -> RunChart {
        var chart = RunChart()
        for event in run.events { chart.take(event) }
        return chart
    }

    private func reading(_ run: MadeUpRun) -> XMLReading { XMLReading(chart(run).svg) }

    @Test("It is well-formed, whatever the guest is called")
    func wellFormed() {
        for name in ["digit.S", "<script>&\"'\u{1}\u{FFFF}", ""] {
            var run = MadeUpRun(guest: name)
            run.exit("unknown:<&>")
            #expect(reading(run).failure == nil)
        }
        #expect(reading(.colourful).failure == nil)
        #expect(XMLReading(RunChart().svg).failure == nil)
    }

    @Test("Every vCPU has a lane, and every exit of a short run a box with its reason's letter")
    func boxes() {
        let svg = reading(.colourful)
        #expect(svg.elements("rect", "lane").count == 2)
        let drawn = svg.elements("title").map(\.text).filter { $0.contains(" exit ") && $0.contains("after") }
        #expect(drawn.count == 9)
        // One in the drawing for each exit, one in the legend for each reason.
        #expect(svg.elements("text", "letter").count { $0.text == "I" } == 3 + 1)
        #expect(svg.elements("text", "letter").count { $0.text == "M" } == 1 + 1)
    }

    @Test("Every exit reason has a letter of its own, x86-rdmsr R and x86-wrmsr U")
    func everyReason() {
        let reasons = [
            "io", "mmio", "hlt", "debug", "intr", "shutdown", "internal-error", "fail-entry", "irq-window", "hypercall",
            "exception", "system-event", "x86-rdmsr", "x86-wrmsr", "set-tpr", "tpr-access", "nmi", "watchdog",
            "ioapic-eoi", "hyperv", "dirty-ring-full", "ap-reset-hold", "x86-bus-lock", "xen", "notify", "memory-fault",
            "tdx", "unknown",
        ]
        let letters = ReasonKey.keys(for: reasons).map(\.letter)
        #expect(!letters.contains("?"))
        #expect(Set(letters).count == reasons.count)
        #expect(letters[12] == "R" && letters[13] == "U")
        var run = MadeUpRun()
        run.exit("x86-rdmsr")
        run.exit("x86-wrmsr")
        let drawn = reading(run).elements("text", "letter").map(\.text)
        #expect(drawn.count { $0 == "R" } == 2 && drawn.count { $0 == "U" } == 2)
    }

    @Test("Different reasons have different letters, also those that nobody knows")
    func letters() {
        let keys = ReasonKey.keys(for: ["io", "mmio", "hlt", "debug", "intr", "unknown:77", "unknown:78", "shutdown"])
        #expect(Set(keys.map(\.letter)).count == keys.count)
    }

    @Test("The legend counts every exit")
    func legend() {
        let text = reading(.colourful).text
        for line in ["io ×3", "mmio ×1", "debug ×1", "unknown:77 ×1", "hlt ×1"] { #expect(text.contains(line)) }
    }

    @Test("A stretch in which nothing happened is drawn short and says how long it was")
    func pause() {
        let titles = reading(.colourful).elements("title").map(\.text)
        #expect(titles.contains { $0.hasPrefix("nothing happened for 7 s") })
        var steady = MadeUpRun()
        for _ in 0..<20 { steady.exit("io", after: 1_000_000_000) }
        #expect(!reading(steady).text.contains("drawn short"))
    }

    @Test("A million exits give a drawing of bounded size, with bars that add up and say what they are")
    func many() {
        var run = MadeUpRun(vcpus: 2)
        var chart = chart(run)
        run = MadeUpRun(vcpus: 2)
        var clock = run.clock
        for index in 0..<1_000_000 {
            clock += 9000
            chart.take(
                Event(
                    nanoseconds: clock, thread: 1,
                    .exit(Exit(vcpu: index % 2, reason: index % 10 == 0 ? "mmio" : "io", rip: 0x1000))))
        }
        #expect(chart.exits.count == RunChart.exactLimit)
        #expect(chart.counted.values.flatMap(\.values).reduce(0, +) == 1_000_000)
        let document = chart.svg
        #expect(document.utf8.count < 200_000)
        let svg = XMLReading(document)
        #expect(svg.failure == nil)
        let text = svg.text
        #expect(text.contains("Too many exits for a box each"))
        #expect(text.contains("Exits were counted in stretches of"))
        #expect(text.contains("io ×900,000"))
        let bars = svg.elements("title").compactMap { title in
            title.text.contains(" exits: ") ? Int(title.text.prefix { $0 != " " }.filter { $0 != "," }) : nil
        }
        #expect(bars.reduce(0, +) == 1_000_000)
        // Seven units a letter are more than the notes' letters take on the average.
        for note in svg.elements("text") where note.attributes["class"] == "note" {
            let begin = Double(note.attributes["x"] ?? "") ?? .infinity
            let room = note.text.hasSuffix(" exits") ? 132 : RunChart.width
            #expect(begin + 7 * Double(note.text.count) < room, "\(note.text)")
        }
    }

    @Test("The flowchart shows each arrow's count, and a question mark where nobody looked")
    func flow() {
        let watched = reading(.colourful).elements("text").map(\.text)
        #expect(watched.contains("×9"))
        #expect(watched.contains("no  ×5"))
        #expect(!watched.contains("?"))
        var unwatched = MadeUpRun()
        unwatched.write("abc")
        let texts = reading(unwatched).elements("text").map(\.text)
        #expect(texts.contains("×3"))
        #expect(texts.contains("yes  ×3"))
        #expect(texts.count { $0 == "?" } == 2)
        #expect(texts.contains { $0.contains("was not observed") })
    }

    @Test("The last of several machines is drawn, and it says so")
    func machines() {
        var run = MadeUpRun()
        run.write("abc")
        for event in MadeUpRun(guest: "second.S").events { run.add(event.body) }
        run.exit("hlt")
        let svg = reading(run)
        #expect(svg.text.contains("2 machines were built"))
        #expect(svg.text.contains("second.S"))
        #expect(!svg.text.contains("io ×"))
    }

    @Test("It names nothing outside itself")
    func selfContained() {
        let document = chart(.colourful).svg.replacing("http://www.w3.org/2000/svg", with: "")
        for word in ["http", "href", "url(", "@import", "<image", "<script"] { #expect(!document.contains(word)) }
    }
}
