import Screen
import Timeline
import X86

/// The registers in columns, with a mark behind what changed since the reading before.
enum RegisterText {
    static func lines(_ context: PaneContext, width: Int) -> [Line] {
        guard let now = CodePane.reading(context) else { return [Line("registers not read yet", .warning)] }
        let before = RegisterBaseline.reading(context, vcpu: context.vcpu)
        let vcpu = context.world.vcpus[context.vcpu]
        let isOld = CodeText.isOld(context)
        var head = Line("registers ", .heading)
        head.append("of event \(vcpu.registersAt)", isOld ? .warning : .dim)
        if isOld { head.append(": the vCPU has run since", .warning) }
        var lines = [head] + general(now, before, width: width)
        lines += flags(now, before, width: width)
        guard let system = now.system else {
            return lines + [Line("? ", .warning) + Line("control and segment registers were not read", .dim)]
        }
        return lines + control(system, before?.system, width: width)
    }

    /// What the newest step changed, in one row; for places that have no room for all registers.
    static func changes(_ context: PaneContext) -> Line {
        guard let now = CodePane.reading(context) else { return Line("registers not read yet", .warning) }
        if CodeText.isOld(context) { return Line("registers: in the kernel, changed by now", .warning) }
        let before = RegisterBaseline.reading(context, vcpu: context.vcpu)
        let names = GeneralRegisters.names.filter { name in
            before.map { $0.general[name] != now.general[name] } ?? false
        }
        guard !names.isEmpty else {
            return Line(before == nil ? "registers: nothing before to compare with" : "no register changed", .dim)
        }
        var line = Line()
        for name in names {
            line.append(line.isEmpty ? "" : "  ")
            line.append(name + " ", .dim)
            line.append(Figure.hex(now.general[name] ?? 0), .changed)
            line.append(PaneText.mark, .changed)
        }
        return line
    }

    private static let nameWidth = 7

    private static func general(_ now: RegisterReading, _ before: RegisterReading?, width: Int) -> [Line] {
        let isLong = now.system.map { $0.mode == "long" } ?? true
        let digits = isLong ? 16 : 8
        let names = GeneralRegisters.names.filter { name in
            name != "rflags" && (isLong || !name.hasSuffix("8") && !name.hasSuffix("9") && !name.hasPrefix("r1"))
        }
        let cell = 4 + digits + 1
        let columns = max(1, min(4, (width + 2) / (cell + 2)))
        let rows = (names.count + columns - 1) / columns
        return (0..<rows).map { row in
            var line = Line()
            for column in 0..<columns {
                let index = column * rows + row
                guard index < names.count else { break }
                if column > 0 { line.append("  ") }
                let name = names[index]
                let value = now.general[name] ?? 0
                let changed = before.map { $0.general[name] != value } ?? false
                let shown = isLong ? name : "e" + name.dropFirst()
                line += Line(shown, .dim).padded(to: 4)
                line.append(Figure.digits(isLong ? value : value & 0xFFFF_FFFF, digits), changed ? .changed : .normal)
                line.append(changed ? PaneText.mark : " ", .changed)
            }
            return line.trimmed
        }
    }

    private static func flags(_ now: RegisterReading, _ before: RegisterReading?, width: Int) -> [Line] {
        let value = now.general.rflags
        let changed = before.map { $0.general.rflags != value } ?? false
        return entry("rflags", value, RFLAGS(rawValue: value).description, changed, width)
    }

    private static func control(_ now: SystemRegisters, _ before: SystemRegisters?, width: Int) -> [Line] {
        var mode = Line("\(now.mode) mode", .emphasis)
        mode.append(" · CPL \(now.privilegeLevel) · \(now.codeBits)-bit code")
        var lines = PaneText.entry("mode", mode, nameWidth: nameWidth, width: width)
        func add(_ name: String, _ path: KeyPath<SystemRegisters, UInt64>, _ meaning: String) {
            let changed = before.map { $0[keyPath: path] != now[keyPath: path] } ?? false
            lines += entry(name, now[keyPath: path], meaning, changed, width)
        }
        add("cr0", \.cr0, CR0(rawValue: now.cr0).description)
        add("cr2", \.cr2, "address of the last page fault")
        let paging = PagingMode(
            cr0: CR0(rawValue: now.cr0), cr4: CR4(rawValue: now.cr4), efer: EFER(rawValue: now.efer))
        add("cr3", \.cr3, paging.levels > 0 ? "topmost page table, \(paging) paging" : "not used: paging is off")
        add("cr4", \.cr4, CR4(rawValue: now.cr4).description)
        add("efer", \.efer, EFER(rawValue: now.efer).description)
        let first = segments(now, before, ["cs", "ss", "ds"])
        let second = segments(now, before, ["es", "fs", "gs"])
        let room = width - nameWidth - 1
        let rows = first.width + 2 + second.width <= room ? [first + Line("  ") + second] : [first, second]
        for (index, row) in rows.enumerated() {
            lines += PaneText.entry(index == 0 ? "segment" : "", row, nameWidth: nameWidth, width: width)
        }
        lines += PaneText.entry(
            "tables",
            Line("gdt \(Figure.hex(now.gdt.base)) limit \(Figure.hex(UInt64(now.gdt.limit)))  ")
                + Line("idt \(Figure.hex(now.idt.base)) limit \(Figure.hex(UInt64(now.idt.limit)))"),
            nameWidth: nameWidth, width: width)
        return lines
    }

    private static func segments(
        _ now: SystemRegisters, _ before: SystemRegisters?, _ names: [String]
    ) -> Line {
        var line = Line()
        for name in names {
            guard let segment = now.segment(named: name) else { continue }
            let changed = before?.segment(named: name).map { $0 != segment } ?? false
            line.append("\(line.isEmpty ? "" : "  ")\(name) \(Figure.digits(UInt64(segment.selector), 4))")
            if segment.base != 0 { line.append(" base \(Figure.hex(segment.base))", .dim) }
            if changed { line.append(PaneText.mark, .changed) }
        }
        return line
    }

    private static func entry(
        _ name: String, _ value: UInt64, _ meaning: String, _ changed: Bool, _ width: Int
    ) -> [Line] {
        var line = Line(Figure.hex(value), changed ? .changed : .normal)
        line.append(changed ? PaneText.mark : " ", .changed)
        line.append(" " + (meaning.isEmpty ? "no flag set" : meaning), .dim)
        return PaneText.entry(name, line.trimmed, nameWidth: nameWidth, width: width)
    }
}
