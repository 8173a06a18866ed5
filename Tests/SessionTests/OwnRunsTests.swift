import Machine
import Testing

@testable import Session

/// What fired on a vCPU's thread, as far as it counts here.
private struct Fired {
    var name = "kvm_userspace_exit"
    /// -EINTR.
    var errno: Int64 = -4
    var vcpu = 0
    var moment: UInt64
}

@Suite("The KVM_RUNs of keyframes") struct OwnRunsTests {
    /// One of vCPU 0 from 100 to 200, and one of vCPU 1 from 150 to 250.
    private func taken(_ all: [Fired], forgetting: Bool = false) -> (taken: [Bool], count: Int) {
        var runs = OwnRuns()
        runs.note([FinishedAccess(vcpu: 0, moments: 100...200), FinishedAccess(vcpu: 1, moments: 150...250)])
        if forgetting { runs.forget() }
        let taken = all.map {
            runs.took($0.name, errno: UInt64(bitPattern: $0.errno), vcpu: $0.vcpu, at: $0.moment)
        }
        return (taken, runs.count)
    }

    @Test("each takes the one return that it made")
    func returns() {
        let all = [Fired(moment: 100), Fired(moment: 150), Fired(vcpu: 1, moment: 250), Fired(vcpu: 1, moment: 250)]
        #expect(taken(all) == ([true, false, true, false], 2))
    }

    @Test(
        "whatever else fired is the guest's",
        arguments: [
            Fired(moment: 99), Fired(vcpu: 2, moment: 150), Fired(errno: 0, moment: 150),
            Fired(name: "kvm_pio", moment: 150), Fired(moment: 201),
        ])
    private func others(fired: Fired) {
        // A return that comes behind it is taken all the same, unless its time is over.
        #expect(taken([fired, Fired(moment: 200)]) == ([false, fired.moment <= 200], fired.moment <= 200 ? 1 : 0))
    }

    @Test("what is over, or of a machine that is gone, is not awaited any more")
    func over() {
        #expect(taken([Fired(name: "kvm_entry", moment: 300), Fired(vcpu: 1, moment: 200)]) == ([false, false], 0))
        #expect(taken([Fired(moment: 150)], forgetting: true) == ([false], 0))
    }
}
