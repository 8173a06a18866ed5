/// Every fact there is, by its name in the language.
///
/// `exit.…` speaks of the latest exit at or before the cursor, `ioctl.…` of the latest ioctl, whichever vCPU or thread
/// it came from. A fact `vcpu.x` may carry a number, `vcpu1.x`; without one it speaks of the vCPU that the panes show.
public enum FactID: String, CaseIterable, Hashable, Sendable {
    case exitReason = "exit.reason"
    case exitNumber = "exit.number"
    case exitCount = "exit.count"
    case exitVCPU = "exit.vcpu"
    case exitPort = "exit.port"
    case exitDirection = "exit.direction"
    case exitSize = "exit.size"
    case exitRepeat = "exit.repeat"
    case exitData = "exit.data"
    case exitAddress = "exit.address"
    case exitSuberror = "exit.suberror"
    case exitInterrupted = "exit.interrupted"

    case register = "reg.REG"
    case mem8, mem16, mem32, mem64

    case vcpuCount = "vcpu.count"
    case vcpuCurrent = "vcpu.current"
    case vcpuReason = "vcpu.reason"
    case vcpuExits = "vcpu.exits"
    case vcpuMode = "vcpu.mode"
    case vcpuCPL = "vcpu.cpl"
    case vcpuState = "vcpu.state"

    case fdCount = "fd.count"
    case fdLast = "fd.last"
    case threadCount = "thread.count"

    case ioctlCount = "ioctl.count"
    case ioctlLast = "ioctl.last"
    case ioctlClass = "ioctl.class"
    case ioctlResult = "ioctl.result"
    case ioctlErrno = "ioctl.errno"
    case ioctlRequest = "ioctl.request"
    case ioctlDirection = "ioctl.direction"
    case ioctlType = "ioctl.type"
    case ioctlNumber = "ioctl.number"
    case ioctlSize = "ioctl.size"
    case ioctlArgument = "ioctl.argument"
    case ioctlRoad = "ioctl.road"

    case console
    case consoleLength = "console.length"

    case flowNode = "flow.node"
    case flowCount = "flow.count"

    case machineState = "machine.state"
    case stopReason = "stop.reason"
    case endWhy = "end.why"
    case endCode = "end.code"

    case timelineCount = "timeline.count"
    case timelineCursor = "timeline.cursor"
    case timelineLive = "timeline.live"

    case branchCurrent = "branch.current"
    case branchCount = "branch.count"
    case branchDifference = "branch.difference"

    case walkResult = "walk.result"
    case walkAddress = "walk.address"
    case walkPaging = "walk.paging"
    case walkLevel = "walk.level"
    case walkPageSize = "walk.page-size"
    case walkGPA = "walk.gpa"
    case walkFault = "walk.fault"
    case walkErrorCode = "walk.error-code"
    case walkSlot = "walk.slot"
    case walkAgrees = "walk.agrees"
    case walkHVA = "walk.hva"
    case walkPage = "walk.page"
    case walkHPA = "walk.hpa"

    case kernelCount = "kernel.count"
    case kernelSight = "kernel.sight"
    case statisticsCount = "stats.count"
    case hostKVM = "host.kvm"
    case hostPaging = "host.paging"
    case hostIsGuest = "host.is-guest"

    static let vcpuPrefix = "vcpu."

    /// How many bytes `mem8` to `mem64` read; nil for other facts.
    public var memoryBytes: Int? {
        switch self {
        case .mem8: 1
        case .mem16: 2
        case .mem32: 4
        case .mem64: 8
        default: nil
        }
    }

    init?(memoryBytes: Int) {
        switch memoryBytes {
        case 1: self = .mem8
        case 2: self = .mem16
        case 4: self = .mem32
        case 8: self = .mem64
        default: return nil
        }
    }

    /// Whether a vCPU's number may stand in the name.
    public var takesVCPU: Bool {
        switch self {
        case .register, .vcpuReason, .vcpuExits, .vcpuMode, .vcpuCPL, .vcpuState: true
        default: false
        }
    }
}
