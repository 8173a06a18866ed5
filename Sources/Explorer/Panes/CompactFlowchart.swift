import Screen
import Timeline

/// The flowchart down to 40 columns and 10 rows: the two questions become the arrows that answer them with yes.
struct CompactFlowchart {
    static func fits(_ width: Int, _ height: Int) -> Bool { width >= 40 && height >= 10 }

    private static let userWidth = 11
    private static let kernelWidth = 9
    private static let guestWidth = 10

    private let facts: FlowchartFacts
    private let height: Int
    private let width: Int
    private let left: Int
    private let user: Int
    private let kernel: Int
    private let guest: Int

    init(_ facts: FlowchartFacts, width: Int, height: Int) {
        self.facts = facts
        self.height = height
        self.width = min(width, 66)
        left = (width - self.width) / 2
        let gaps = self.width - Self.userWidth - Self.kernelWidth - Self.guestWidth
        user = left
        kernel = left + Self.userWidth + (gaps + 1) / 2
        guest = left + self.width - Self.guestWidth
    }

    func draw(on canvas: inout Canvas) {
        var pen = FlowchartPen(facts: facts, canvas: canvas)
        pen.canvas.put("VMM (user)", x: user, y: 0, Style.userMode.bold)
        pen.canvas.put("KVM", x: kernel, y: 0, Style.kernelMode.bold)
        pen.canvas.put("Guest", x: guest, y: 0, Style.guestMode.bold)
        let (userEnd, kernelEnd) = (user + Self.userWidth, kernel + Self.kernelWidth)
        pen.arrow(.run, [Point(userEnd, 2), Point(kernel - 1, 2)])
        pen.arrow(.enter, [Point(kernelEnd, 2), Point(guest - 1, 2)])
        pen.arrow(.exit, [Point(guest - 1, 5), Point(kernelEnd, 5)])
        pen.wayOut([Point(kernel - 1, 5), Point(userEnd, 5)])
        pen.arrow(.signalYes, [Point(kernel - 1, 6), Point(userEnd, 6)])
        let userBox = Rect(x: user, y: 1, width: Self.userWidth, height: 3)
        let kernelBox = Rect(x: kernel, y: 1, width: Self.kernelWidth, height: 3)
        box(&pen, [.issueRun], userBox, ["1 KVM_RUN"], .userMode)
        box(
            &pen, [.handleIO], Rect(x: user, y: 4, width: Self.userWidth, height: 4),
            ["2 Handle", "  " + facts.handled], .userMode)
        box(&pen, [.enterGuest], kernelBox, ["Enter"], .kernelMode)
        box(
            &pen, [.handleExit, .isIO, .isSignalPending],
            Rect(x: kernel, y: 4, width: Self.kernelWidth, height: 4), ["I/O?", "Signal?"], .kernelMode)
        box(
            &pen, [.guest], Rect(x: guest, y: 1, width: Self.guestWidth, height: 7), ["", "Execute", "natively"],
            .guestMode)
        loops(&pen)
        pen.label(.run, x: userEnd, y: 1, width: kernel - userEnd)
        pen.label(.enter, x: kernelEnd, y: 1, width: guest - kernelEnd)
        pen.label(.exit, x: kernelEnd, y: 4, width: guest - kernelEnd)
        pen.label(.ioYes, x: userEnd, y: 4, width: kernel - userEnd, withOthers: true)
        pen.label(.signalYes, x: userEnd, y: 7, width: kernel - userEnd)
        band(&pen.canvas)
        canvas = pen.canvas
        legend(&canvas)
    }

    /// A box whose vCPUs stand in its upper edge, so that it needs no row for them.
    private func box(
        _ pen: inout FlowchartPen, _ nodes: [FlowNode], _ rect: Rect, _ names: [String], _ style: Style
    ) {
        let badges = nodes.map { facts.badges(at: $0, width: rect.width - 2) }.filter { !$0.isEmpty }.joined()
        pen.canvas.box(rect, badges.isEmpty ? .single : .heavy, badges.isEmpty ? style : .lit)
        for (row, name) in names.enumerated() {
            pen.canvas.put(
                name, x: rect.x + 1, y: rect.y + 1 + row, badges.isEmpty ? .normal : Style.lit.bold,
                width: rect.width - 2)
        }
        pen.canvas.put(badges, x: rect.x + 1, y: rect.y, Style.lit.bold, width: rect.width - 2)
    }

    /// The two arrows that go up have no row of their own: they stand in the lower edge of the box they lead to.
    private func loops(_ pen: inout FlowchartPen) {
        let again = facts.last == .again ? Style.accent : .normal
        pen.canvas.put("▲", x: user + 2, y: 3, again)
        pen.label(.again, x: user + 3, y: 3, width: 7, .left)
        pen.canvas.put("▲", x: kernel + 2, y: 3, .dim)
        pen.label(.signalNo, x: kernel + 3, y: 3, width: 5, .left)
    }

    /// The vCPUs that are somewhere between Enter and Handle.
    private func band(_ canvas: inout Canvas) {
        let badges = facts.badges(at: .insideRun, width: 8)
        guard !badges.isEmpty else { return }
        let text = Line("in KVM_RUN ", .lit) + Line(badges, Style.lit.bold)
        canvas.put(text, x: left + width - max(text.width, guest + Self.guestWidth - kernel), y: 0)
    }

    private func legend(_ canvas: inout Canvas) {
        var lines = [facts.vcpus.isEmpty ? Line("no vCPU yet", .dim) : facts.story(of: facts.focus)]
        if facts.passage == nil {
            lines.append(Line("out: ", .dim) + facts.reasonLine)
        } else if let story = lines.popLast() {
            lines += story.wrapped(to: width, rows: 3)
        }
        let free = height - 8 - lines.count
        if free < 1, facts.passage == nil, let reasons = lines.popLast() {
            // No row is left for it: as much of it as fits goes behind what came out.
            lines.append(reasons + Line(" · ", .dim) + facts.unobserved)
        }
        let note = free < 1 ? [] : facts.unobserved.wrapped(to: width, rows: free)
        lines += facts.vcpus.count > 1 ? facts.others(rows: height - 10 - note.count) : []
        lines += note
        for (row, line) in lines.enumerated() where 8 + row < height {
            canvas.put(line, x: left, y: 8 + row, width: width)
        }
    }
}
