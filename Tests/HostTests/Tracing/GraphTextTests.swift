import Testing
import Timeline

@testable import Host

@Suite("the text of the function_graph tracer") struct GraphTextTests {
    /// As Linux 6.12 prints it, with another thread between.
    private static let text = """
        # tracer: function_graph
        #
        #     TIME        CPU  TASK/PID         DURATION                  FUNCTION CALLS
        #      |          |     |    |           |   |                     |   |   |   |
           15.870001 |   0)  CPU 0/K-131  |               |  kvm_vm_ioctl() {
           15.870002 |   0)  CPU 0/K-131  |   0.400 us    |    kvm_vm_stats();
           15.870003 |   0)  CPU 0/K-131  |   2.100 us    |  }
         ------------------------------------------
         0)  CPU 0/K-131   =>   CPU 1/K-132
         ------------------------------------------
           15.870100 |   0)  CPU 0/K-131  |               |  kvm_vcpu_ioctl() {
           15.870101 |   0)  CPU 1/K-132  |               |  kvm_vcpu_ioctl() {
           15.870102 |   0)  CPU 0/K-131  |               |    kvm_arch_vcpu_ioctl_run() {
           15.870103 |   0)  CPU 0/K-131  |   0.731 us    |      svm_vcpu_run [kvm_amd]();
           15.870104 |   0)  CPU 1/K-132  |   9.000 us    |  }
           15.870150 |   0)  CPU 0/K-131  | ! 123.456 us  |    }
           15.870151 |   0)  CPU 0/K-131  |               |    vcpu_put() {
           15.870160 |   0)  CPU 0/K-131  | # 1200.5 us   |  }
           15.870200 |   0)  CPU 0/K-131  |               |  kvm_vcpu_ioctl() {
        """

    private func road(_ begin: UInt64, _ end: UInt64, depth: Int = 9, thread: Int32 = 131) -> TracedRoad? {
        RoadTrace.road(GraphText(Self.text), of: "KVM_RUN", 0, thread, begin, end, depth)
    }

    @Test("a call's road is its handler on its thread, and all that this called, with their times")
    func calls() throws {
        let road = try #require(self.road(15_870_100_400, 15_870_160_900))
        #expect(
            road.steps.map(\.function) == ["kvm_vcpu_ioctl", "kvm_arch_vcpu_ioctl_run", "svm_vcpu_run", "vcpu_put"])
        #expect(road.steps.map(\.depth) == [0, 1, 2, 1])
        #expect(road.steps.map(\.duration) == [1_200_500, 123_456, 731, nil])
        #expect(road.omitted == 0)
    }

    @Test("what lies deeper than asked is counted and not kept")
    func depth() throws {
        let road = try #require(self.road(15_870_100_400, 15_870_160_900, depth: 1))
        #expect(road.steps.map(\.function) == ["kvm_vcpu_ioctl", "kvm_arch_vcpu_ioctl_run", "vcpu_put"])
        #expect(road.omitted == 1)
    }

    @Test("another call, another thread and another moment have roads of their own, or none")
    func others() {
        #expect(road(15_870_000_900, 15_870_003_900)?.steps.map(\.function) == ["kvm_vm_ioctl", "kvm_vm_stats"])
        #expect(road(15_870_101_000, 15_870_104_900, thread: 132)?.steps.first?.duration == 9_000)
        #expect(road(15_870_050_000, 15_870_060_000) == nil)
        #expect(road(15_870_100_400, 15_870_160_900, thread: 7) == nil)
    }

    @Test("any text at all is read without harm")
    func anything() {
        var random = SystemRandomNumberGenerator()
        let characters = Array("|})({; 0.19us-ab\n")
        for _ in 0..<2000 {
            let text = String(
                (0..<Int.random(in: 0..<120, using: &random)).map { _ in characters.randomElement() ?? " " })
            _ = GraphText(text).road(from: ["a"], thread: 1, between: 0, and: .max)
        }
    }
}
