import Screen
import Timeline

/// The flowchart down to 40 columns and 10 rows: the two questions become the arrows that answer them with yes.
struct CompactFlowchart {
    static func fits(_ width: Int, _ height: Int) -> Bool { width >= 40 && height >= 10 }

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
        let gaps = self.width - 30
        user = left
        kernel = left + 10 + gaps / 2
        guest = left + self.width - 10
    }

    func draw(on canvas: inout Canvas) {
        var pen = FlowchartPen(facts: facts, canvas: canvas)
        let boxes = 10
        for (x, name, style) in [
            (user, "VMM (user)", Style.userMode), (kernel, "KVM kernel", .kernelMode), (guest, "Guest mode", .guestMode),
        ] {
            pen.canvas.put(name, x: x, y: 0, style.bold, width: boxes)
        }
        let (userEnd, kernelEnd) = (user + boxes, kernel + boxes)
        pen.arrow(.run, [Point(userEnd, 2), Point(kernel - 1, 2)])
        pen.arrow(.enter, [Point(kernelEnd, 2), Point(guest - 1, 2)])
        pen.arrow(.exit, [Point(guest - 1, 5), Point(kernelEnd, 5)])
        pen.arrow(.ioYes, [Point(kernel - 1, 5), Point(userEnd, 5)])
        pen.arrow(.signalYes, [Point(kernel - 1, 6), Point(userEnd, 6)])
        box(&pen, .issueRun, x: user, y: 1, height: 3, "1 KVM_RUN", .userMode)
        box(&pen, .handleIO, x: user, y: 4, height: 4, "2 Handle", .userMode)
        box(&pen, .enterGuest, x: kernel, y: 1, height: 3, "Enter", .kernelMode)
        box(&pen, .handleExit, x: kernel, y: 4, height: 4, "Handle", .kernelMode)
        box(&pen, .guest, x: guest, y: 1, height: 7, "Execute", .guestMode)
        pen.canvas.put("I/O", x: user + 1, y: 6, .dim)
        pen.canvas.put("exit", x: kernel + 1, y: 6, .dim)
        pen.canvas.put("natively", x: guest + 1, y: 4, .dim)
        pen.label(.run, x: userEnd, y: 1, width: kernel - userEnd)
        pen.label(.enter, x: kernelEnd, y: 1, width: guest - kernelEnd)
        pen.label(.exit, x: kernelEnd, y: 4, width: guest - kernelEnd)
        pen.label(.ioYes, x: userEnd, y: 4, width: kernel - userEnd)
        pen.label(.signalYes, x: userEnd, y: 7, width: kernel - userEnd)
        canvas = pen.canvas
        legend(&canvas)
    }

    /// A box whose vCPUs stand in its lower edge, so that it needs no row for them.
    private func box(
        _ pen: inout FlowchartPen, _ node: FlowNode, x: Int, y: Int, height: Int, _ name: String, _ style: Style
    ) {
        let badges = facts.badges(at: node, width: 8)
        let rect = Rect(x: x, y: y, width: 10, height: height)
        pen.canvas.box(rect, badges.isEmpty ? .single : .heavy, badges.isEmpty ? style : .lit)
        let middle = height > 4 ? y + height / 2 - 1 : y + 1
        pen.canvas.put(name, x: x + 1, y: middle, badges.isEmpty ? .normal : Style.lit.bold, width: 8)
        pen.canvas.put(badges, x: x + 1, y: rect.endY - 1, Style.lit.bold)
    }

    private func legend(_ canvas: inout Canvas) {
        let inside = facts.vcpus(at: .insideRun).filter { $0 != facts.focus }
        var lines = [facts.story(of: facts.focus)]
        if facts.vcpus.isEmpty { lines = [Line("no vCPU yet", .dim)] }
        lines.append(Line("out: ", .dim) + facts.reasonLine)
        lines += facts.vcpus.map(\.index).filter { $0 != facts.focus && !inside.contains($0) }.map(facts.story)
        lines += inside.map(facts.story)
        lines += facts.unobserved.wrapped(to: width)
        for (row, line) in lines.enumerated() where 8 + row < height {
            canvas.put(line, x: left, y: 8 + row, width: width)
        }
    }
}
