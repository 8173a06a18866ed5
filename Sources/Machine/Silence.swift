internal import KVM

/// Hears everything and keeps nothing.
final class Silence: MachineObserver {
    func willCall(_ call: IoctlCall) {}
    func didCall(_ record: IoctlRecord) {}
    func didRun(_ record: RunRecord) {}
    func didExit(_ record: ExitRecord) {}
    func threadDidChange(isStart: Bool, thread: Int32, name: String, vcpu: Int?) {}
    func didStop(_ stop: VCPUStop) {}
}
