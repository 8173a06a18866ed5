import Screen
import Timeline

/// The flowchart as one draws it on a blackboard, from 66 columns and 16 rows up; from 22 rows up with more air.
///
/// Every place follows from the size alone, so that stepping moves nothing but marks.
struct FullFlowchart {
    static func fits(_ width: Int, _ height: Int) -> Bool { width >= 66 && height >= 16 }

    /// On which rows everything stands.
    private struct Rows {
        let run = 3
        let enterBottom = 5
        let handleTop: Int
        let handleHeight: Int
        let exit: Int
        let question: Int
        let questionHeight: Int
        let no: Int
        let signal: Int
        /// Where the arrow from "Signal pending?" leaves.
        let signalYes: Int
        let loopBottom: Int
        let userTop: Int
        let userHeight: Int
        let legend: Int

        static let airy = Rows(
            handleTop: 7, handleHeight: 4, exit: 9, question: 12, questionHeight: 2, no: 14, signal: 15, signalYes: 16,
            loopBottom: 17, userTop: 11, userHeight: 4, legend: 18)
        static let tight = Rows(
            handleTop: 6, handleHeight: 3, exit: 7, question: 9, questionHeight: 1, no: 10, signal: 11, signalYes: 11,
            loopBottom: 12, userTop: 8, userHeight: 3, legend: 13)
    }

    private static let box = 18

    private let facts: FlowchartFacts
    private let rows: Rows
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
        rows = height >= 22 ? .airy : .tight
        self.width = min(width, 104)
        left = (width - self.width) / 2
        user = left
        kernel = left + Self.box + (self.width - 3 * Self.box) * 7 / 12
        guest = left + self.width - Self.box
        loop = kernel - 2
    }

    private var userEnd: Int { user + Self.box }
    private var kernelEnd: Int { kernel + Self.box }
    private var userMiddle: Int { user + Self.box / 2 }
    private var kernelMiddle: Int { kernel + Self.box / 2 }
    private var userBottom: Int { rows.userTop + rows.userHeight }

    func draw(on canvas: inout Canvas) {
        var pen = FlowchartPen(facts: facts, canvas: canvas)
        titles(&pen.canvas)
        arrows(&pen)
        nodes(&pen)
        labels(&pen)
        band(&pen.canvas)
        legend(&pen.canvas)
        canvas = pen.canvas
    }

    private func titles(_ canvas: inout Canvas) {
        for (x, name, mode, style) in [
            (user, "VMM", "(user mode)", Style.userMode), (kernel, "KVM", "(kernel mode)", .kernelMode),
            (guest, "Guest", "(guest mode)", .guestMode),
        ] {
            canvas.put(Line(name, style.bold) + Line(" " + mode, style), x: x, y: 0, width: Self.box, .center)
        }
    }

    private func arrows(_ pen: inout FlowchartPen) {
        pen.arrow(.run, [Point(userEnd, rows.run), Point(kernel - 1, rows.run)])
        pen.arrow(.enter, [Point(kernelEnd, rows.run), Point(guest - 1, rows.run)])
        pen.arrow(.exit, [Point(guest - 1, rows.exit), Point(kernelEnd, rows.exit)])
        // The inner loop goes first, so that the arrows to the left are drawn over it.
        pen.arrow(
            .signalNo,
            [
                Point(kernelMiddle, rows.loopBottom - 1), Point(kernelMiddle, rows.loopBottom),
                Point(loop, rows.loopBottom), Point(loop, rows.run + 1), Point(kernel - 1, rows.run + 1),
            ])
        pen.wayOut([Point(kernel - 1, rows.question), Point(userEnd, rows.question)])
        if rows.signalYes > userBottom {
            pen.arrow(
                .signalYes,
                [Point(kernel - 1, rows.signalYes), Point(userMiddle, rows.signalYes), Point(userMiddle, userBottom)])
        } else {
            pen.arrow(.signalYes, [Point(kernel - 1, rows.signalYes), Point(userMiddle, rows.signalYes)], head: .none)
            pen.canvas.put("▲", x: userMiddle, y: userBottom, facts.last == .signalYes ? .accent : .normal)
        }
        pen.arrow(.again, [Point(userMiddle, rows.userTop - 1), Point(userMiddle, rows.enterBottom + 1)])
    }

    private func nodes(_ pen: inout FlowchartPen) {
        func rect(_ x: Int, _ y: Int, _ height: Int) -> Rect { Rect(x: x, y: y, width: Self.box, height: height) }
        pen.box(.issueRun, rect(user, 2, 4), ["1 ioctl(KVM_RUN)"], .userMode)
        pen.box(.handleIO, rect(user, rows.userTop, rows.userHeight), ["2 Handle \(facts.handled)"], .userMode)
        pen.box(.enterGuest, rect(kernel, 2, 4), ["Enter guest mode"], .kernelMode)
        pen.box(.handleExit, rect(kernel, rows.handleTop, rows.handleHeight), ["Handle exit"], .kernelMode)
        let guestHeight = rows.handleTop + rows.handleHeight - 2
        pen.box(.guest, rect(guest, 2, guestHeight), ["Execute natively", "in guest mode"], .guestMode)
        pen.question(.isIO, rect(kernel, rows.question, rows.questionHeight), "I/O?", "for user space?", .kernelMode)
        pen.question(
            .isSignalPending, rect(kernel, rows.signal, rows.questionHeight), "Signal pending?", "", .kernelMode)
        if rows.handleTop + rows.handleHeight < rows.question {
            pen.canvas.put("│", x: kernelMiddle, y: rows.question - 1, .dim)
        }
        pen.canvas.put("┆", x: kernelMiddle, y: rows.no, .dim)
    }

    private func labels(_ pen: inout FlowchartPen) {
        let room = loop - userEnd
        pen.label(.run, x: userEnd, y: rows.run - 1, width: kernel - userEnd)
        pen.label(.enter, x: kernelEnd, y: rows.run - 1, width: guest - kernelEnd)
        pen.label(.exit, x: kernelEnd, y: rows.exit - 1, width: guest - kernelEnd)
        pen.label(.again, x: userMiddle + 2, y: (rows.enterBottom + rows.userTop) / 2, width: 8, .left)
        // Between the two boxes, or on the lower edge of the upper one where nothing lies between them.
        if let emulation = facts.emulation {
            pen.canvas.put(Line(emulation, .accent), x: kernel + 1, y: rows.handleTop - 1, width: Self.box - 2, .center)
        }
        let yes = userEnd + (room > 6 ? 2 : 1)
        pen.canvas.put("yes", x: yes, y: rows.question, .dim)
        // Below the arrow what came by it and was no I/O, where the next label leaves a row.
        let hasRow = rows.signalYes - 1 > rows.question + 1 && room > 6
        pen.label(.ioYes, x: userEnd, y: rows.question - 1, width: room, withOthers: !hasRow)
        if hasRow, case .known(let others) = facts.count(.otherYes), others > 0 {
            pen.label(.otherYes, x: userEnd, y: rows.question + 1, width: room, naming: "other ")
        }
        pen.canvas.put("yes", x: yes, y: rows.signalYes, .dim)
        pen.label(.signalYes, x: userEnd, y: rows.signalYes - 1, width: room)
        for (arrow, row) in [(FlowArrow.ioNo, rows.no), (.signalNo, rows.loopBottom)] {
            pen.canvas.put("no", x: kernelMiddle + 2, y: row, .dim)
            pen.label(arrow, x: kernelMiddle + 5, y: row, width: 6, .left)
        }
    }

    /// The stretch of the chart that one call of KVM_RUN spans, with the vCPUs that are somewhere in it.
    private func band(_ canvas: inout Canvas) {
        let rect = Rect(x: kernel, y: 1, width: guest + Self.box - kernel, height: 1)
        let badges = facts.badges(at: .insideRun, width: 14)
        let style: Style = badges.isEmpty ? .dim : .lit
        canvas.horizontalLine(x: rect.x, y: 1, width: rect.width, style)
        canvas.put("╭", x: rect.x, y: 1, style)
        canvas.put("╮", x: rect.endX - 1, y: 1, style)
        var text = Line(" inside KVM_RUN ", style)
        if !badges.isEmpty { text.append(badges + " ", Style.lit.bold) }
        canvas.put(text, x: rect.x + 2, y: 1, width: rect.width - 4)
    }

    /// Counts by reason, the focused vCPU, the others as far as there is room, and what is not observed.
    private func legend(_ canvas: inout Canvas) {
        let whose = Line(facts.whose, .dim)
        let reasons = Line("out to user space: ", .dim) + facts.reasonLine
        canvas.put(reasons, x: left, y: rows.legend, width: max(0, width - whose.width - 2))
        canvas.put(whose, x: left + width - whose.width, y: rows.legend)
        // In slow motion what fired is the thing to read.
        let whole = facts.story(of: facts.focus)
        let story = facts.passage == nil ? [whole] : Array(whole.wrapped(to: width).prefix(3))
        let room = max(1, height - rows.legend - 1 - story.count)
        let isAlone = facts.vcpus.count < 2
        // One row of the note is always there, and where it does not fit it ends in an ellipsis.
        let note = facts.unobserved.wrapped(to: width, rows: isAlone ? room : max(1, room - 1))
        let others = isAlone ? [] : facts.others(rows: room - note.count).prefix(max(0, room - note.count))
        for (row, line) in (story + others + note).enumerated() {
            canvas.put(line, x: left, y: rows.legend + 1 + row, width: width)
        }
    }
}
