import Command
import Screen
import Timeline

/// One call in full: its request code taken apart, its argument, the road it takes, and what came back.
enum IoctlDetail {
    static func lines(_ context: PaneContext, _ shown: ShownCall?, width: Int, height: Int) -> [Line] {
        guard let shown else { return [] }
        let parts = parts(context, shown, width: width, height: height)
        return Array((parts.head + parts.cut(from: context.view.detail) + parts.road).prefix(max(0, height)))
    }

    /// The largest `PaneState.detail` that shows anything new: 0 where the argument is seen whole.
    static func lastDetail(_ context: PaneContext, _ shown: ShownCall?, width: Int, height: Int) -> Int {
        shown.map { parts(context, $0, width: width, height: height).lastDetail } ?? 0
    }

    /// What stands above the argument, the argument and what stands below it, and the rows that the argument has.
    private struct Parts {
        var head: [Line]
        var argument: [Line]
        var road: [Line]
        var room: Int

        var lastDetail: Int { argument.count <= room ? 0 : max(0, argument.count - max(1, room - 1)) }

        /// The argument from a line on, with a row that says what is left out.
        func cut(from detail: Int) -> [Line] {
            guard argument.count > room else { return argument }
            guard room > 1 else { return Array(argument.prefix(max(0, room))) }
            let first = min(max(0, detail), lastDetail)
            let kept = argument[first...].prefix(room - 1)
            let below = argument.count - first - kept.count
            let key = CommandTable.keys(for: .move(below > 0 ? .right : .left)).first.map { "\($0)" } ?? ""
            let left = below > 0 ? "… \(below) more lines of argument; \(key)" : "… \(first) lines above; \(key)"
            return kept + [Line(left + (below > 0 ? " goes on" : " goes back"), .dim)]
        }
    }

    private static func parts(_ context: PaneContext, _ shown: ShownCall, width: Int, height: Int) -> Parts {
        let call = shown.call
        let guide = context.world.guide(for: call)
        var head = title(call, context)
        if let guide, !guide.summary.isEmpty { head += Line(guide.summary).wrapped(to: width) }
        if call.kind != .call { head += entry("request", request(call, guide), width) }
        head += entry(shown.isWaiting ? "now" : "result", outcome(shown), width)
        let fields = call.fields.flatMap { field(call, $0, width: width) }
        let argument = call.fields.isEmpty ? noFields(call, guide, width) : fields
        let isTall = height >= head.count + argument.count + (guide?.road.count ?? 0) + userRoad.count + 1
        var road = self.road(call, guide, isTall: isTall, width: width)
        if let traced = shown.isWaiting ? nil : context.world.roads[call.name] {
            let kept = min(argument.count, 3)
            road += self.traced(traced, rows: max(4, height - head.count - road.count - kept), width)
        }
        return Parts(head: head, argument: argument, road: road, room: height - head.count - road.count)
    }

    private static let nameWidth = 8

    private static func entry(_ name: String, _ text: Line, _ width: Int) -> [Line] {
        PaneText.entry(name, text, nameWidth: nameWidth, width: width)
    }

    private static func title(_ call: IoctlCall, _ context: PaneContext) -> [Line] {
        var line = Line(call.name, .title)
        if call.fd >= 0 {
            line.append(" on fd \(call.fd)")
            if let target = context.world.descriptors.first(where: { $0.fd == call.fd })?.target {
                line.append(" \(target)", .dim)
            }
        }
        if call.observing { line.append("  made by kvmscope only to look", .dim) }
        return [line]
    }

    /// The parts of the number, by the kernel's `_IOC` layout: direction 31:30, size 29:16, type 15:8, number 7:0.
    private static func request(_ call: IoctlCall, _ guide: IoctlGuide?) -> Line {
        let code = call.request
        let parts = call.requestParts
        var line = Line(Figure.hex(UInt64(code)), .address)
        line.append(" = direction \(parts.direction)")
        line.append(" · type \(Figure.hex(UInt64(parts.type)))")
        line.append(" · number \(Figure.hex(UInt64(parts.number)))")
        line.append(" · size \(parts.size)")
        if let type = guide?.argumentType, !type.isEmpty { line.append(" (\(type))", .dim) }
        return line
    }

    private static func outcome(_ shown: ShownCall) -> Line {
        let call = shown.call
        if shown.isWaiting { return Line("waits at the gate: not made yet", .warning) }
        guard call.errno != 0 else {
            return Line(EventText.result(call), .good) + Line(" after \(Figure.duration(call.duration))", .dim)
        }
        var line = Line("-1", .bad)
        line.append(", errno \(call.errno)", .bad)
        if !call.errnoName.isEmpty { line.append(" \(call.errnoName)", .bad) }
        if let meaning = Errno.meaning(call.errnoName) { line.append(" (\(meaning))") }
        return line + Line(" after \(Figure.duration(call.duration))", .dim)
    }

    private static func field(_ call: IoctlCall, _ field: IoctlField, width: Int) -> [Line] {
        let widest = min(22, call.fields.map { Text.width($0.name) }.max() ?? 0)
        var value = Line(field.value, .code)
        if !field.note.isEmpty { value.append("  " + field.note, .dim) }
        return PaneText.entry("  " + field.name, value, nameWidth: widest + 2, width: width)
    }

    private static func noFields(_ call: IoctlCall, _ guide: IoctlGuide?, _ width: Int) -> [Line] {
        if call.kind == .call { return [] }
        if call.argument == 0 { return entry("argument", Line(guide?.size == 0 ? "none" : "0", .dim), width) }
        var line = Line(Figure.hex(call.argument), .code)
        line.append(guide == nil ? "  not decoded: the catalog does not know this request" : "  not decoded", .dim)
        return entry("argument", line, width)
    }

    /// Where every call of ours begins, before the kernel: the one door, and the C library's function.
    private static let userRoad = [
        RoadStep(function: "IoctlDoor", file: "Sources/KVM/IoctlDoor.swift"),
        RoadStep(function: "ioctl()", file: "libc"),
    ]

    private static func isKernel(_ step: RoadStep) -> Bool {
        ["virt/", "arch/", "drivers/", "fs/"].contains { step.file.hasPrefix($0) }
    }

    private static func road(_ call: IoctlCall, _ guide: IoctlGuide?, isTall: Bool, width: Int) -> [Line] {
        guard let guide, let first = guide.road.first else {
            if call.kind == .call { return [] }
            return entry("road", Line("not documented for this request", .dim), width)
        }
        let steps = (isKernel(first) ? userRoad : []) + guide.road
        var lines: [Line] = []
        if isTall {
            let widest = min(width / 2, (steps.map { Text.width($0.function) }.max() ?? 0) + 2)
            for (index, step) in steps.enumerated() {
                var line = Line(index == 0 ? "" : "→ ", .dim)
                line.append(step.function, style(step))
                line = line.padded(to: max(0, widest)) + Line(" " + step.file, .dim)
                lines += entry(index == 0 ? "road" : "", line.truncated(to: max(0, width - nameWidth - 1)), width)
            }
        } else {
            var line = Line()
            for (index, step) in steps.enumerated() {
                if index > 0 { line.append(" → ", .dim) }
                line.append(step.function, style(step))
            }
            lines = entry("road", line, width)
        }
        if let qemu = guide.qemu {
            lines += entry("in QEMU", Line(qemu.function, .userMode) + Line(" " + qemu.file, .dim), width)
        }
        return lines
    }

    /// The functions that were seen, a level further in for each call.
    private static func traced(_ road: TracedRoad, rows: Int, _ width: Int) -> [Line] {
        let shown =
            road.steps.count + (road.omitted > 0 ? 1 : 0) <= rows
            ? road.steps[...] : road.steps.prefix(max(1, rows - 1))
        var lines = shown.enumerated().flatMap { index, step in
            var line = Line(String(repeating: "  ", count: step.depth))
            line.append(step.function, step.depth == 0 ? Style.kernelMode.bold : .kernelMode)
            line.append("  " + (step.duration.map(Figure.duration) ?? "did not return"), .dim)
            return entry(index == 0 ? "traced" : "", line.truncated(to: max(0, width - nameWidth - 1)), width)
        }
        let rest = road.omitted + road.steps.count - shown.count
        if rest > 0 { lines += entry("", Line("… \(rest) more calls, deeper or later", .dim), width) }
        return lines
    }

    private static func style(_ step: RoadStep) -> Style { isKernel(step) ? .kernelMode : .userMode }
}

/// What the errors mean that KVM answers with; errno(3).
enum Errno {
    static func meaning(_ name: String) -> String? {
        switch name {
        case "EPERM": "operation not permitted"
        case "ENOENT": "no such file or entry"
        case "EINTR": "interrupted by a signal"
        case "EIO": "input/output error"
        case "ENXIO": "no such device or address"
        case "E2BIG": "list too long"
        case "EBADF": "bad file descriptor"
        case "EAGAIN": "try again"
        case "ENOMEM": "out of memory"
        case "EACCES": "permission denied"
        case "EFAULT": "bad address"
        case "EBUSY": "in use"
        case "EEXIST": "exists already"
        case "ENODEV": "no such device"
        case "EINVAL": "invalid argument"
        case "EMFILE": "too many open files"
        case "ENOTTY": "this descriptor does not know the request"
        case "ENOSPC": "no space left"
        case "ENOSYS": "not implemented"
        case "EOPNOTSUPP", "ENOTSUP": "not supported"
        default: nil
        }
    }
}
