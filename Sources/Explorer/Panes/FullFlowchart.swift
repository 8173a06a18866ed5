import Screen
import Timeline

/// The flowchart as DESIGN's blackboard has it, from 66 columns and 22 rows up.
///
/// Every place follows from the width alone, so that stepping moves nothing but marks.
struct FullFlowchart {
    static func fits(_ width: Int, _ height: Int) -> Bool { width >= 66 && height >= 22 }

    private static let userWidth = 18
    private static let kernelWidth = 18
    private static let guestWidth = 18

    private let facts: FlowchartFacts
    private let height: Int
    private let left: Int
    private let width: Int
    private let user: Int
    private let kernel: Int
    private let guest: Int
    /// The column in which the inner loop goes up.
    private let loop: Int

    init(_ facts: FlowchartFacts, width: Int, height: Int) {
        self.facts = facts
        self.height = height
        self.width = min(width, 104)
        left = (width - self.width) / 2
        let gaps = self.width - Self.userWidth - Self.kernelWidth - Self.guestWidth
        user = left
        kernel = left + Self.userWidth + gaps * 7 / 12
        guest = left + self.width - Self.guestWidth
        loop = kernel - 2
    }

    func draw(on canvas: inout Canvas) {
        var pen = FlowchartPen(facts: facts, canvas: canvas)
        titles(&pen.canvas)
        let userEnd = user + Self.userWidth
        let kernelEnd = kernel + Self.kernelWidth
        let userMiddle = user + Self.userWidth / 2
        let kernelMiddle = kernel + Self.kernelWidth / 2

        pen.arrow(.run, [Point(userEnd, 3), Point(kernel - 1, 3)])
        pen.arrow(.enter, [Point(kernelEnd, 3), Point(guest - 1, 3)])
        pen.arrow(.exit, [Point(guest - 1, 9), Point(kernelEnd, 9)])
        // The inner loop goes first, so that the arrows to the left are drawn over it.
        pen.arrow(.ioNo, [Point(kernelMiddle, 14), Point(kernelMiddle, 13)], head: .none)
        pen.arrow(
            .signalNo,
            [Point(kernelMiddle, 16), Point(kernelMiddle, 17), Point(loop, 17), Point(loop, 4), Point(kernel - 1, 4)])
        pen.arrow(.ioYes, [Point(kernel - 1, 12), Point(userEnd, 12)])
        pen.arrow(.signalYes, [Point(kernel - 1, 16), Point(userMiddle, 16), Point(userMiddle, 15)])
        pen.arrow(.again, [Point(userMiddle, 10), Point(userMiddle, 6)])

        pen.box(.issueRun, Rect(x: user, y: 2, width: Self.userWidth, height: 4), ["1 ioctl(KVM_RUN)"], .userMode)
        pen.box(.handleIO, Rect(x: user, y: 11, width: Self.userWidth, height: 4), ["2 Handle I/O"], .userMode)
        pen.box(
            .enterGuest, Rect(x: kernel, y: 2, width: Self.kernelWidth, height: 4), ["Enter guest mode"], .kernelMode)
        pen.box(.handleExit, Rect(x: kernel, y: 7, width: Self.kernelWidth, height: 4), ["Handle exit"], .kernelMode)
        pen.box(
            .guest, Rect(x: guest, y: 2, width: Self.guestWidth, height: 9), ["Execute natively", "in guest mode"],
            .guestMode)
        let question = Rect(x: kernel, y: 12, width: Self.kernelWidth, height: 2)
        pen.question(.isIO, question, "I/O?", "for user space?", .kernelMode)
        pen.question(.isSignalPending, question.moved(x: 0, y: 3), "Signal pending?", "", .kernelMode)
        pen.canvas.put("│", x: kernelMiddle, y: 11, .dim)
        pen.canvas.put("┆", x: kernelMiddle, y: 14, .dim)

        labels(&pen, userEnd: userEnd, kernelEnd: kernelEnd, kernelMiddle: kernelMiddle, userMiddle: userMiddle)
        band(&pen.canvas)
        legend(&pen.canvas)
        canvas = pen.canvas
    }

    private func titles(_ canvas: inout Canvas) {
        for (x, name, mode, style) in [
            (user, "VMM", "(user mode)", Style.userMode), (kernel, "KVM", "(kernel mode)", .kernelMode),
            (guest, "Guest", "(guest mode)", .guestMode),
        ] {
            canvas.put(Line(name, style.bold) + Line(" " + mode, style), x: x, y: 0, width: 18, .center)
        }
    }

    private func labels(
        _ pen: inout FlowchartPen, userEnd: Int, kernelEnd: Int, kernelMiddle: Int, userMiddle: Int
    ) {
        let room = loop - userEnd
        pen.label(.run, x: userEnd, y: 2, width: kernel - userEnd)
        pen.label(.enter, x: kernelEnd, y: 2, width: guest - kernelEnd)
        pen.label(.exit, x: kernelEnd, y: 8, width: guest - kernelEnd)
        pen.label(.again, x: userMiddle + 2, y: 8, width: 8, .left)
        pen.canvas.put("yes", x: userEnd + (room > 6 ? 2 : 1), y: 12, .dim)
        pen.label(.ioYes, x: userEnd, y: 11, width: room)
        pen.canvas.put("no", x: kernelMiddle + 2, y: 14, .dim)
        pen.label(.ioNo, x: kernelMiddle + 5, y: 14, width: 2)
        pen.canvas.put("yes", x: userEnd + (room > 6 ? 2 : 1), y: 16, .dim)
        pen.label(.signalYes, x: userEnd, y: 15, width: room)
        pen.canvas.put("no", x: kernelMiddle + 2, y: 17, .dim)
        pen.label(.signalNo, x: kernelMiddle + 5, y: 17, width: 2)
    }

    /// The stretch of the chart that one call of KVM_RUN spans, with the vCPUs that are somewhere in it.
    private func band(_ canvas: inout Canvas) {
        let rect = Rect(x: kernel, y: 1, width: guest + Self.guestWidth - kernel, height: 1)
        let badges = facts.badges(at: .insideRun, width: 14)
        let style: Style = badges.isEmpty ? .dim : .lit
        canvas.horizontalLine(x: rect.x, y: 1, width: rect.width, style)
        canvas.put("╭", x: rect.x, y: 1, style)
        canvas.put("╮", x: rect.endX - 1, y: 1, style)
        var text = Line(" inside KVM_RUN ", style)
        if !badges.isEmpty { text.append(badges + " ", Style.lit.bold) }
        canvas.put(text, x: rect.x + 2, y: 1, width: rect.width - 4)
    }

    /// Counts by reason, the focused vCPU, the others, and what is not observed: always in these rows.
    private func legend(_ canvas: inout Canvas) {
        let whose = Line(facts.whose, .dim)
        let reasons = Line("out to user space: ", .dim) + facts.reasonLine
        canvas.put(reasons, x: left, y: 18, width: max(0, width - whose.width - 2))
        canvas.put(whose, x: left + width - whose.width, y: 18)
        canvas.put(facts.story(of: facts.focus), x: left, y: 19, width: width)
        let others = facts.vcpus.map(\.index).filter { $0 != facts.focus }
        // One other vCPU has its own row; of more, the row below says how many where there is no room for them.
        let note = facts.unobserved.wrapped(to: width)
        let roomForOthers = max(1, height - 20 - note.count)
        let shown = others.count <= roomForOthers ? others : Array(others.prefix(roomForOthers - 1))
        for (row, index) in shown.enumerated() { canvas.put(facts.story(of: index), x: left, y: 20 + row, width: width) }
        if shown.count < others.count {
            let rest = others.dropFirst(shown.count)
            let inside = rest.count { facts.places[$0] == .node(.insideRun) }
            canvas.put(
                Line("and \(rest.count) more, \(inside) of them inside KVM_RUN", .dim), x: left, y: 20 + shown.count,
                width: width)
        }
        // At the bottom, but not far below the chart.
        let top = min(max(21, height - note.count), 21 + max(0, others.count - 1))
        for (row, line) in note.enumerated() where top + row < height { canvas.put(line, x: left, y: top + row, width: width) }
    }
}
