import Screen
import Timeline

import enum Command.Pane

/// The instructions around RIP with their source, the registers, and the vCPU's record as a VMM keeps it.
enum CodePane: PaneView {
    static let pane = Pane.code
    static let isWindow = true

    static func source(_ context: PaneContext) -> String {
        guard let reading = reading(context) else { return "guest memory" }
        return "guest memory · \(reading.source.rawValue)"
    }

    static func scroll(_ context: PaneContext, width: Int, height: Int) -> Scroll {
        Scroll(offset: 0, visible: height, total: height)
    }

    static func lines(_ context: PaneContext, width: Int, height: Int) -> [Line] {
        guard context.world.vcpus.indices.contains(context.vcpu) else {
            return PaneText.unknown(
                "No vCPU yet", why: "KVM_CREATE_VCPU has not been called up to here", remedy: "build the machine",
                width: width, height: height)
        }
        if width >= 96, height >= 8 {
            let right = min(62, max(50, width * 2 / 5))
            let left = width - right - 3
            let registers = RegisterText.lines(context, width: right)
            var record = VCPURecord.lines(context, width: right)
            if registers.count + 1 + record.count > height { record = VCPURecord.brief(context, width: right) }
            let shown = registers.prefix(max(0, height - record.count - 1)) + [Line()] + record
            return PaneText.beside(
                CodeText.lines(context, width: left, height: height), Array(shown), leftWidth: left, width: width,
                height: height)
        }
        // One below the other; what has no room goes from the bottom.
        let registers = RegisterText.lines(context, width: width)
        var record = VCPURecord.lines(context, width: width)
        let least = max(6, min(height, PaneText.unlimited) * 2 / 5)
        if height < least + registers.count + 1 + record.count { record = VCPURecord.brief(context, width: width) }
        var below: [Line] = []
        if height < 16 {
            // One row for what the step changed, rather than a few rows of registers.
            below = height >= 6 ? [RegisterText.changes(context).truncated(to: width)] : []
        } else if height >= least + record.count + 4 {
            below = [PaneText.rule("vCPU \(context.vcpu)", width: width)]
            below += registers.prefix(height - least - record.count - 1) + record
        }
        let code = height >= PaneText.unlimited ? 24 : height - below.count
        return PaneText.filled(CodeText.lines(context, width: width, height: code), height: code) + below
    }

    static func reading(_ context: PaneContext) -> RegisterReading? {
        guard context.world.vcpus.indices.contains(context.vcpu) else { return nil }
        return context.world.vcpus[context.vcpu].registers
    }
}
