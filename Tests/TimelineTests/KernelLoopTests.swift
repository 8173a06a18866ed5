import TestSupport
import Testing

@testable import Timeline

@Suite("the kernel's half of the flowchart") struct KernelLoopTests {
    private func fired(_ names: String..., vcpu: Int = 0) -> [Event] {
        names.map { MadeUp.event(.kernel(KernelEvent(vcpu: vcpu, name: $0, fields: []))) }
    }

    private func arrows(_ world: World, _ vcpu: Int = 0) -> [UInt64] {
        [FlowArrow.run, .enter, .exit, .ioNo, .signalNo, .ioYes].map { world.vcpus[vcpu].arrows[$0] }
    }

    @Test("an exit followed by an entry was handled by KVM; one followed by user space was not")
    func handled() {
        let first =
            [MadeUp.start(), MadeUp.resumed()]
            + fired("kvm_entry", "kvm_exit", "kvm_cpuid", "kvm_entry", "kvm_exit", "kvm_userspace_exit")
        var world = MadeUp.world(after: first + [MadeUp.run(), MadeUp.exit("io")])
        #expect(arrows(world) == [1, 2, 2, 1, 1, 1])
        #expect(world.vcpus[0].lastArrow == .ioYes && world.vcpus[0].node == .handleIO)
        for event in fired("kvm_entry") { world.apply(event) }
        #expect(arrows(world) == [1, 3, 2, 1, 1, 1])
        #expect(world.vcpus[0].lastArrow == .enter && world.vcpus[0].node == .guest)
    }

    @Test("without kvm_userspace_exit the return of KVM_RUN says that user space was needed")
    func returned() {
        let world = MadeUp.world(
            after: fired("kvm_entry", "kvm_exit") + [MadeUp.run(errno: "EINTR")] + fired("kvm_entry", "kvm_exit"))
        #expect(arrows(world) == [1, 2, 2, 0, 0, 0])
    }

    @Test("the call of KVM_RUN, told at its return, does not take the vCPU back to where it began")
    func returnOfTheCall() {
        let world = MadeUp.world(after: [MadeUp.resumed()] + fired("kvm_entry", "kvm_exit") + [MadeUp.run()])
        #expect(world.vcpus[0].lastArrow == .exit && world.vcpus[0].node == .handleExit)
        let unseen = MadeUp.world(after: [MadeUp.resumed()] + fired("kvm_emulate_insn", "kvm_pio") + [MadeUp.run()])
        #expect(unseen.vcpus[0].lastArrow == .run && unseen.vcpus[0].node == .insideRun)
        #expect(!unseen.vcpus[0].seesGuestMode && world.vcpus[0].seesGuestMode)
        let stopped = MadeUp.world(
            after: [MadeUp.resumed()] + fired("kvm_entry", "kvm_exit") + [MadeUp.run(), MadeUp.stopped(.pause)])
        #expect(stopped.vcpus[0].node == .issueRun)
    }

    @Test("tracepoints count for their own vCPU, and for the machine together")
    func perVCPU() {
        let world = MadeUp.world(after: fired("kvm_entry", "kvm_msr") + fired("kvm_msr", "kvm_exit", vcpu: 1))
        #expect(world.kernelCounts == ["kvm_entry": 1, "kvm_msr": 2, "kvm_exit": 1])
        #expect(world.vcpus[0].kernelCounts == ["kvm_entry": 1, "kvm_msr": 1])
        #expect(arrows(world, 1) == [0, 0, 1, 0, 0, 0])
    }

    @Test("what is only counted gives the same counts as the events themselves, wherever the cut is")
    func tallies() {
        var random = Seeded(seed: 7)
        let names = ["kvm_entry", "kvm_exit", "kvm_cpuid", "kvm_userspace_exit"]
        for _ in 0..<200 {
            let story = (0..<40).map { _ in names[random.below(names.count)] }
            let kept = random.below(40)
            let whole = MadeUp.world(after: story.flatMap { fired($0) })
            var cut = MadeUp.world(after: story.prefix(kept).flatMap { fired($0) })
            let loop = cut.vcpus.first?.kernelLoop ?? KernelLoop()
            var tally = KernelTally(vcpu: 0, loop: loop)
            for name in story.dropFirst(kept).dropLast(5) { tally.count(name) }
            cut.apply(MadeUp.event(.kernelTally(tally)))
            for event in story.dropFirst(kept).suffix(min(5, 40 - kept)) where kept < 40 {
                for event in fired(event) { cut.apply(event) }
            }
            #expect(arrows(cut) == arrows(whole))
            #expect(cut.kernelCounts == whole.kernelCounts)
        }
    }
}
