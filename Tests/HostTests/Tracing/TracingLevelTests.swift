import Glibc
import Testing

@testable import Host

@Suite struct TracingLevelTests {
    private func level(_ machine: PlayedMachine, statistics: Bool = true, initial: Bool = true) -> TracingLevel {
        TracingLevel.read(files: machine, hasStatistics: statistics, inInitialPIDNamespace: initial)
    }

    @Test func aMachineThatAllowsEverythingHasTracepoints() {
        #expect(level(.intel).kind == .tracepoints)
        #expect(level(.intel).remedy == nil)
        #expect(level(.intel, statistics: false).kind == .tracepoints)
    }

    @Test func withoutTracefsTheStatisticsRemainAndThenTheBoundary() {
        var machine = PlayedMachine.intel
        machine.files["/proc/mounts"] = "proc /proc proc rw 0 0\n"
        #expect(level(machine).kind == .statistics)
        #expect(level(machine).remedy == "sudo mount -t tracefs nodev /sys/kernel/tracing")
        #expect(level(machine, statistics: false).kind == .boundary)
        #expect(level(machine, statistics: false).reason.contains("no binary statistics"))
    }

    @Test func anOrdinaryUserIsToldToBecomeRoot() {
        #expect(level(.asOrdinaryUser).kind == .statistics)
        #expect(level(.asOrdinaryUser).reason.contains("EACCES"))
        #expect(level(.asOrdinaryUser).remedy == "run as root (sudo)")
    }

    @Test func eachThingThatIsMissingIsNamedByItsCause() {
        var noEvents = PlayedMachine.intel
        noEvents.files = noEvents.files.filter { !$0.key.contains("/events/kvm/") }
        var noInstances = PlayedMachine.intel
        noInstances.writable = []
        for (machine, cause) in [(noEvents, KernelTraceFailure.Cause.events), (noInstances, .instance)] {
            let items = HostSurvey(files: machine, device: "/dev/kvm").tracing()
            do throws(KernelTraceFailure) {
                _ = try TracingLevel.tracefs(items, inInitialPIDNamespace: true)
                Issue.record("nothing is missing")
            } catch {
                #expect(error.cause == cause)
                #expect(!error.remedy.isEmpty && !error.description.contains("\n"))
            }
        }
    }

    @Test func inAContainerTheThreadsAreNotFound() {
        #expect(level(.intel, initial: false).kind == .statistics)
        #expect(level(.intel, initial: false).remedy?.contains("--pid=host") == true)
    }

    @Test func functionGraphNeedsKVMsOwnFunctions() {
        var machine = PlayedMachine.intel
        #expect(FunctionGraph.probe(files: machine).traceable == ["kvm_vcpu_ioctl"])
        #expect(FunctionGraph.probe(files: machine).isAvailable)
        let others = (0..<30000).map { "some_function_\($0)" }.joined(separator: "\n")
        machine.files["/sys/kernel/tracing/available_filter_functions"] =
            others + "\nkvm_vm_ioctl [kvm]\n" + others + "\nkvm_dev_ioctl [kvm]"
        #expect(FunctionGraph.probe(files: machine).traceable == ["kvm_dev_ioctl", "kvm_vm_ioctl"])
        machine.files["/sys/kernel/tracing/available_filter_functions"] = "xkvm_vm_ioctl [kvm]\n"
        #expect(!FunctionGraph.probe(files: machine).isAvailable)
        #expect(FunctionGraph.probe(files: machine).item.state == .limited)
        machine.files["/sys/kernel/tracing/available_tracers"] = "nop\n"
        #expect(FunctionGraph.probe(files: machine).item.state == .no)
        #expect(FunctionGraph.probe(files: PlayedMachine.silent).item.state == .unknown)
    }

    @Test func aStaleInstanceIsKnownByItsName() {
        #expect(TraceInstance.maker(of: "kvmscope-123")?.process == 123)
        #expect(TraceInstance.maker(of: "kvmscope-123-4").map { [Int($0.process), $0.number] } == [123, 4])
        let foreign = ["kvmscope-", "kvmscope-x", "kvmscope-0", "kvmscope--5", "kvmscope-1-2-3", "kvmscope-1-0", "o-1"]
        for name in foreign {
            #expect(TraceInstance.maker(of: name) == nil, "\(name)")
        }
    }
}
