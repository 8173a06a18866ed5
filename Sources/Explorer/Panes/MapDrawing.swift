import Screen

/// The map as a drawing: boxes in each other for what contains what, arrows for what goes between.
struct MapDrawing {
    static func fits(_ width: Int, _ height: Int) -> Bool { width >= 58 && height >= 17 }

    private let facts: MapFacts
    private let host: Rect
    /// Left out where there is no room: it only shows that the VMM is a process among others.
    private let other: Rect?
    private let process: Rect
    private let guest: Rect
    private let kernel: Rect
    private let kvm: Rect

    init(_ facts: MapFacts, width: Int, height: Int) {
        self.facts = facts
        let size = Rect(width: width, height: height).centered(width: min(width, 104), height: min(height, 26))
        host = Rect(x: size.x, y: 0, width: size.width, height: size.height)
        let hasOther = host.width >= 76
        let upper = host.height - 9
        other = hasOther ? Rect(x: host.x + 2, y: 1, width: 15, height: upper) : nil
        let left = host.x + (hasOther ? 19 : 2)
        process = Rect(x: left, y: 1, width: host.endX - 2 - left, height: upper)
        let guestWidth = min(32, max(24, process.width / 2))
        guest = Rect(x: process.endX - 2 - guestWidth, y: 2, width: guestWidth, height: upper - 2)
        kernel = Rect(x: host.x + 2, y: host.height - 5, width: host.width - 4, height: 4)
        let inner = process.x + 13
        kvm = Rect(x: inner, y: kernel.y, width: kernel.endX - inner, height: 4)
    }

    func draw(on canvas: inout Canvas) {
        frame(host, "Host", .dim, on: &canvas)
        if let other {
            frame(other, "Process", .dim, on: &canvas)
            canvas.put("any other", x: other.x + 2, y: other.y + 2, .dim)
            canvas.put("program", x: other.x + 2, y: other.y + 3, .dim)
        }
        frame(process, facts.processTitle + " (user mode)", .userMode, on: &canvas)
        content(
            processLines, Rect(x: process.x + 2, y: 2, width: guest.x - process.x - 3, height: process.height - 2),
            &canvas)
        frame(guest, facts.guestTitle + " (guest mode)", .guestMode, on: &canvas)
        content(facts.guest, guest.inset(x: 2, y: 1), &canvas)
        frame(
            kernel, hasRoom ? "Host kernel: Linux" : "Linux", .kernelMode, on: &canvas,
            titleWidth: kvm.x - kernel.x - 3)
        canvas.put("scheduler", x: kernel.x + 2, y: kernel.y + 1, .dim)
        canvas.put("page tables", x: kernel.x + 2, y: kernel.y + 2, .dim)
        canvas.path([Point(kvm.x, kvm.y), Point(kvm.x, kvm.endY - 1)], .kernelMode, head: .none)
        canvas.put(
            Line(" \(facts.kvmTitle) (kernel mode) ", Style.kernelMode.bold), x: kvm.x + 2, y: kvm.y,
            width: kvm.width - 4)
        content(facts.kvm, kvm.inset(x: 2, y: 1), &canvas)
        arrows(on: &canvas)
    }

    /// Whether titles can be long.
    private var hasRoom: Bool { kvm.x - kernel.x > 24 }

    private var processLines: [Line] { facts.threads + [Line()] + facts.descriptors }

    private func frame(_ rect: Rect, _ title: String, _ style: Style, on canvas: inout Canvas, titleWidth: Int? = nil) {
        canvas.box(rect, .single, style)
        canvas.put(Line(" \(title) ", style.bold), x: rect.x + 2, y: rect.y, width: titleWidth ?? rect.width - 4)
    }

    /// Lines in a box; where they do not fit, the last row says how many more there are.
    private func content(_ lines: [Line], _ rect: Rect, _ canvas: inout Canvas) {
        let fits = lines.count <= rect.height
        for (row, line) in lines.prefix(fits ? rect.height : max(0, rect.height - 1)).enumerated() {
            canvas.put(line, x: rect.x, y: rect.y + row, width: rect.width)
        }
        if !fits, rect.height > 0 {
            canvas.put(
                Line("… \(lines.count - rect.height + 1) more", .dim), x: rect.x, y: rect.endY - 1, width: rect.width)
        }
    }

    private func arrows(on canvas: inout Canvas) {
        let top = process.endY
        let bottom = kernel.y - 1
        func arrow(_ x: Int, from: Int, _ head: ArrowHead, _ style: Style, _ labels: [Line], room: Int) {
            canvas.path([Point(x, from), Point(x, bottom)], style, head: head, joining: false)
            for (row, label) in labels.enumerated() { canvas.put(label, x: x + 2, y: top + row, width: room) }
        }
        if let other {
            arrow(other.x + 3, from: top, .both, .dim, [Line("context", .dim), Line("switch", .dim)], room: 9)
        }
        arrow(process.x + 2, from: top, .both, .dim, [Line("context"), Line("switch"), facts.switches], room: 8)
        let call = kvm.x + 2
        let entry = guest.x + 5
        arrow(
            call, from: top, .end, .userMode, [Line("ioctl() ") + facts.ioctls, facts.runs, Line("system call", .dim)],
            room: entry - call - 3)
        arrow(
            entry, from: guest.endY, .both, .guestMode,
            [
                Line("VM enter ") + Line("?", .warning), Line("VM exit  ") + Line("?", .warning),
                Line("seen by KVM only", .dim),
            ],
            room: kvm.endX - entry - 2)
    }
}
