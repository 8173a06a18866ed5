import Screen
import Timeline

import enum Command.Pane

/// Host, VMM process and guest, and what goes between them, with this run's own processes, threads and descriptors.
///
/// The map is drawn where there is room; `lines` is the same content as linear text.
enum MapPane: PaneView {
    static let pane = Pane.map

    static func source(_ context: PaneContext) -> String { "procfs · ioctl door" }

    static func draw(_ context: PaneContext, on canvas: inout Canvas) {
        if MapDrawing.fits(canvas.width, canvas.height) {
            MapDrawing(MapFacts(context), width: canvas.width, height: canvas.height).draw(on: &canvas)
        } else {
            let lines = lines(context, width: canvas.width, height: canvas.height)
            canvas.put(PaneText.scrolled(lines, by: context.view.scroll, height: canvas.height))
        }
    }

    static func scroll(_ context: PaneContext, width: Int, height: Int) -> Scroll {
        let total =
            MapDrawing.fits(width, height) ? height : lines(context, width: width, height: height).count
        return Scroll(offset: context.view.scroll, visible: height, total: total)
    }

    static func lines(_ context: PaneContext, width: Int, height: Int) -> [Line] {
        let facts = MapFacts(context)
        var lines = [Line("Host", .heading)]
        lines.append(Line("  " + facts.processTitle + " (user mode)", .userMode))
        lines += facts.threads.map { Line("    ") + $0 }
        lines += facts.descriptors.map { Line("    ") + $0 }
        lines.append(Line("    \(facts.guestTitle) (guest mode)", .guestMode))
        lines += facts.guest.map { Line("      ") + $0 }
        lines.append(Line("  Host kernel: Linux (kernel mode)", .kernelMode))
        lines.append(Line("    " + facts.kvmTitle, .kernelMode))
        lines += facts.kvm.map { Line("      ") + $0 }
        lines.append(Line("Between them", .heading))
        lines.append(Line("  process <-> kernel  context switch ") + facts.switches)
        lines.append(Line("  VMM → KVM           ioctl() ") + facts.ioctls)
        lines.append(Line("  KVM <-> guest       VM enter, VM exit ") + Line("? not visible from user space", .dim))
        lines.append(Line("  KVM → VMM           exit to user space ×\(facts.exits)"))
        return lines.map { $0.truncated(to: max(1, width)) }
    }
}

/// What the map says, before it is drawn.
struct MapFacts {
    let processTitle: String
    let guestTitle: String
    let kvmTitle: String
    private(set) var threads: [Line] = []
    private(set) var descriptors: [Line] = []
    private(set) var guest: [Line] = []
    private(set) var kvm: [Line] = []
    let switches: Line
    let ioctls: Line
    let runs: Line
    let exits: String

    init(_ context: PaneContext) {
        let world = context.world
        let recent = Recent(context)
        let main = world.threads.first { $0.role == .main }
        processTitle = "VMM process: kvmscope" + (main.map { ", pid \($0.id)" } ?? "")
        guestTitle = "Guest" + (world.start.map { " " + PaneText.fileName($0.guest) } ?? "")
        kvmTitle = "KVM" + (context.environment.kvm.map { ": \($0)" } ?? "")
        exits = Figure.count(world.exitCount)
        ioctls = Line("×\(Figure.count(world.ioctlCount))")
        runs = Line("KVM_RUN ×\(Figure.count(world.ioctlCounts["KVM_RUN"] ?? 0))")
        let known = world.threads.filter { $0.state != "?" }
        let count = known.reduce(UInt64(0)) { $0 &+ $1.voluntarySwitches &+ $1.involuntarySwitches }
        switches = known.isEmpty ? Line("? not read yet", .dim) : Line("×\(Figure.count(count))")

        threads = world.threads.filter { $0.role != .other }.map { thread in
            var line = Line(recent.startedThreads.contains(thread.id) ? PaneText.mark : " ", .changed)
            line.append(Self.role(thread.role).padded(to: 8), .userMode)
            line.append("\(thread.id)")
            if thread.state != "?" { line.append("  \(thread.state) on CPU \(thread.lastCPU)", .dim) }
            return line
        }
        let others = world.threads.count { $0.role == .other }
        if others > 0 { threads.append(Line(" \(Figure.of(others, "other thread"))", .dim)) }
        if world.threads.isEmpty { threads = [Line(" threads not read yet", .dim)] }

        for descriptor in world.descriptors where descriptor.kind.isKVMs {
            var line = Line(recent.openedDescriptors.contains(descriptor.fd) ? PaneText.mark : " ", .changed)
            line.append("fd \(descriptor.fd)".padded(to: 8))
            line.append(DescriptorsPane.kind(descriptor.kind).padded(to: 8), .kernelMode)
            line.append(descriptor.target, .dim)
            descriptors.append(line)
        }
        if descriptors.isEmpty { descriptors = [Line(" no KVM descriptor", .dim)] }

        let size = world.memory.slots.reduce(UInt64(0)) { $0 &+ $1.size }
        guest = [
            size == 0
                ? Line("no memory yet", .dim)
                : Line("\(Figure.bytes(size)) in \(Figure.of(world.memory.slots.count, "slot"))")
        ]
        for vcpu in world.vcpus {
            var line = Line("[\(vcpu.index)] ", vcpu.isRunning ? .lit : .guestMode)
            if vcpu.isRunning {
                line.append("runs")
            } else if let registers = vcpu.registers {
                line.append("RIP \(Figure.hex(registers.general.rip))")
            } else {
                line.append("not run yet", .dim)
            }
            guest.append(line)
        }

        let vm = world.descriptors.first { $0.kind == .vm }
        let fds = world.vcpus.compactMap(\.fd)
        if let vm {
            var line = Line("VM fd \(vm.fd)")
            if !fds.isEmpty {
                line.append(" · vCPU \(fds.count == 1 ? "fd" : "fds") " + fds.map { "\($0)" }.joined(separator: " "))
            }
            kvm = [line]
        } else {
            kvm = [Line("no VM yet", .dim)]
        }
        kvm.append(Line("exits to user space ×\(exits)"))
    }

    private static func role(_ role: HostThread.Role) -> String {
        switch role {
        case .main: "main"
        case .vcpu(let index): "vCPU \(index)"
        case .builder: "builder"
        case .other: "other"
        }
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
