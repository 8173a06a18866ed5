internal import Timeline

/// The flowchart of entering and leaving the guest, with how often each of its arrows was taken.
struct FlowDrawing {
    let world: World

    private typealias Point = (Double, Double)
    private static let left = RunChart.margin
    private static let width = RunChart.width - 2 * RunChart.margin
    private static let columnWidth = 320.0
    private static let step = (width - columnWidth) / 2
    /// vCPUs that are counted by themselves under the chart.
    private static let rowLimit = 16

    private var user: Double { Self.left + Self.columnWidth / 2 }
    private var kernel: Double { user + Self.step }
    private var guest: Double { kernel + Self.step }
    private let box = 220.0

    /// Of all vCPUs together.
    private func count(_ arrow: FlowArrow) -> UInt64 { world.vcpus.reduce(0) { $0 &+ $1.arrows[arrow] } }

    private var seesGuestMode: Bool { world.vcpus.contains { $0.seesGuestMode } }

    private func isKnown(_ arrow: FlowArrow) -> Bool {
        switch arrow {
        case .enter, .exit, .ioNo, .signalNo: seesGuestMode
        case .run, .ioYes, .otherYes, .signalYes, .again: true
        }
    }

    private func label(_ arrow: FlowArrow) -> String { isKnown(arrow) ? "×" + Markup.grouped(count(arrow)) : "?" }

    func draw(_ pen: inout SVGPen, from top: Double) -> Double {
        pen.write("Enter and exit", x: Self.left, y: top + 18, "h2")
        let y = top + 34
        for (x, name, mode, style) in [
            (user, "VMM", "user mode", "user"), (kernel, "KVM", "kernel mode", "kernel"),
            (guest, "Guest", "guest mode", "guest"),
        ] {
            pen.rect(x: x - Self.columnWidth / 2, y: y, width: Self.columnWidth, height: 484, style, radius: 8)
            pen.write("\(name) (\(mode))", x: x, y: y + 28, "bold", anchor: "middle")
        }
        arrows(&pen, y)
        nodes(&pen, y)
        labels(&pen, y)
        return notes(&pen, y + 484 + 26)
    }

    private func arrows(_ pen: inout SVGPen, _ y: Double) {
        let half = box / 2
        arrow(
            .signalNo,
            [
                (kernel, y + 436), (kernel, y + 462), (kernel - 140, y + 462), (kernel - 140, y + 94),
                (kernel - half, y + 94),
            ], &pen)
        arrow(.run, [(user + half, y + 76), (kernel - half, y + 76)], &pen)
        arrow(.enter, [(kernel + half, y + 84), (guest - half, y + 84)], &pen)
        arrow(.exit, [(guest - half, y + 190), (kernel + half, y + 190)], &pen)
        pen.line([(kernel, y + 218), (kernel, y + 256)], "arrow")
        arrow(.ioYes, [(kernel - 122, y + 292), (user + half, y + 292)], &pen)
        arrow(.ioNo, [(kernel, y + 328), (kernel, y + 364)], &pen)
        arrow(.signalYes, [(kernel - 122, y + 400), (user, y + 400), (user, y + 322)], &pen)
        arrow(.again, [(user, y + 262), (user, y + 116)], &pen)
    }

    private func arrow(_ arrow: FlowArrow, _ points: [Point], _ pen: inout SVGPen) {
        let known = isKnown(arrow)
        // Where lines cross, the later one passes over the earlier.
        pen.line(points, known ? "arrow" : "unseen")
        guard let tip = points.last, let before = points.dropLast().last else { return }
        let (dx, dy) = (tip.0 - before.0, tip.1 - before.1)
        let length = max((dx * dx + dy * dy).squareRoot(), 1)
        let (ux, uy) = (dx / length, dy / length)
        let base = (tip.0 - ux * 11, tip.1 - uy * 11)
        pen.polygon(
            [tip, (base.0 - uy * 5.5, base.1 + ux * 5.5), (base.0 + uy * 5.5, base.1 - ux * 5.5)],
            known ? "head" : "pale")
    }

    private func nodes(_ pen: inout SVGPen, _ y: Double) {
        func node(_ x: Double, _ top: Double, _ height: Double, _ lines: [String]) {
            pen.rect(x: x - box / 2, y: y + top, width: box, height: height, "node", radius: 6)
            let first = y + top + height / 2 + 5 - Double(lines.count - 1) * 10
            for (row, text) in lines.enumerated() {
                pen.write(text, x: x, y: first + Double(row) * 20, anchor: "middle")
            }
        }
        func question(_ top: Double, _ text: String) {
            let middle = y + top + 36
            pen.polygon(
                [(kernel - 122, middle), (kernel, middle - 36), (kernel + 122, middle), (kernel, middle + 36)], "node")
            pen.write(text, x: kernel, y: middle + 5, anchor: "middle")
        }
        node(user, 48, 68, ["1  ioctl(KVM_RUN)"])
        node(user, 262, 60, ["2  Handle I/O"])
        node(kernel, 48, 68, ["Enter guest mode"])
        node(kernel, 158, 60, ["Handle exit"])
        node(guest, 48, 170, ["Execute natively", "in guest mode"])
        question(256, "I/O for user space?")
        question(364, "Signal pending?")
    }

    private func labels(_ pen: inout SVGPen, _ y: Double) {
        func count(_ arrow: FlowArrow, _ x: Double, _ top: Double, _ word: String = "", anchor: String = "middle") {
            pen.write(
                word.isEmpty ? label(arrow) : "\(word)  \(label(arrow))", x: x, y: y + top, "halo bold", anchor: anchor)
        }
        count(.run, (user + kernel) / 2, 67)
        count(.enter, (kernel + guest) / 2, 75)
        count(.exit, (kernel + guest) / 2, 181)
        count(.ioYes, (user + kernel) / 2 - 6, 283, "yes")
        if self.count(.otherYes) > 0 { count(.otherYes, (user + kernel) / 2 - 6, 312, "other") }
        count(.ioNo, kernel + 12, 350, "no", anchor: "start")
        count(.signalYes, (user + kernel) / 2 - 6, 391, "yes")
        count(.signalNo, kernel + 12, 462, "no", anchor: "start")
        count(.again, user + 12, 200, anchor: "start")
        let emulated = world.kernelCounts["kvm_emulate_insn"] ?? 0
        if emulated > 0 {
            pen.write(
                "emulated \(Markup.of(emulated, "instruction"))", x: kernel, y: y + 142, "halo small", anchor: "middle")
        }
    }

    /// Each vCPU's own numbers where there are several, and what was not observed.
    private func notes(_ pen: inout SVGPen, _ top: Double) -> Double {
        var y = top
        if world.vcpus.count > 1 {
            for vcpu in world.vcpus.prefix(Self.rowLimit) {
                let counts = FlowArrow.allCases.filter(isKnown).map {
                    "\(Self.name($0)) \(Markup.grouped(vcpu.arrows[$0]))"
                }
                pen.write("vCPU \(vcpu.index)", x: Self.left, y: y, "bold")
                pen.write(counts.joined(separator: " · "), x: Self.left + 76, y: y, "dim")
                y += 20
            }
            if world.vcpus.count > Self.rowLimit {
                pen.write(
                    "and \(Markup.of(world.vcpus.count - Self.rowLimit, "vCPU")) more, counted above",
                    x: Self.left + 76,
                    y: y, "note")
                y += 20
            }
        }
        if !seesGuestMode {
            let why =
                world.kernelCounts.isEmpty
                ? world.sight.map(\.reason).flatMap { $0.isEmpty ? nil : $0 }
                    ?? "no tracepoint of the kernel was recorded"
                : "kvm_entry and kvm_exit did not fire, though other tracepoints did"
            pen.write(
                "?  What KVM does inside KVM_RUN was not observed: \(why).", x: Self.left, y: y, "note")
            y += 20
        }
        return y
    }

    private static func name(_ arrow: FlowArrow) -> String {
        switch arrow {
        case .run: "KVM_RUN"
        case .enter: "entered"
        case .exit: "left"
        case .ioYes: "to user space with I/O"
        case .otherYes: "to user space for another reason"
        case .ioNo: "handled by KVM"
        case .signalYes: "signal"
        case .signalNo: "no signal"
        case .again: "again"
        }
    }
}
