internal import Host
internal import Machine
internal import Timeline

/// One vCPU's binary statistics: the open descriptor, its layout, and what it said last.
struct WatchedStatistics {
    let descriptor: VCPUStatistics
    let layout: KernelStatistics
    /// nil before the first reading.
    var last: KernelStatisticsReading?
}

// The middle way to see the kernel's half: counts at each stop, without order or time. Any user may read them.
extension Session {
    /// Opens the statistics of every vCPU; each costs an ioctl on its thread, so the vCPUs must stand.
    func openStatistics() {
        guard let machine, !isBusy || sink != nil else { return }
        for vcpu in 0..<configuration.vcpus where kernel.statistics[vcpu] == nil {
            do {
                let descriptor = try machine.openStatistics(of: vcpu)
                kernel.statistics[vcpu] = WatchedStatistics(
                    descriptor: descriptor, layout: try KernelStatistics(fd: descriptor.fd))
            } catch let error as MachineError {
                kernel.statisticsFailure = "KVM's statistics are not to be had: \(error)"
            } catch {
                kernel.statisticsFailure = "KVM's statistics cannot be read: \(error)"
            }
        }
        // The calls that opened them stand before what they showed.
        if sink == nil { absorbCalls() }
        readStatistics()
    }

    /// Reads all of them.
    func readStatistics() {
        for vcpu in kernel.statistics.keys.sorted() { readStatistics(of: vcpu) }
    }

    /// Appends what a vCPU's statistics say now that they did not say before.
    func readStatistics(of vcpu: Int) {
        guard kernel.isWanted, var watched = kernel.statistics[vcpu],
            let reading = try? watched.layout.reading(fd: watched.descriptor.fd)
        else { return }
        let counters: [StatisticsReading.Counter]
        if let last = watched.last {
            counters = reading.changes(since: last).map { change in
                .init(
                    name: change.counter.name, value: change.after.reduce(0, &+), difference: change.difference)
            }
        } else {
            counters = watched.layout.counters.indices.map { index in
                let value = reading.values(index).reduce(0, &+)
                return .init(
                    name: watched.layout.counters[index].name, value: value, difference: Int64(bitPattern: value))
            }
        }
        watched.last = reading
        kernel.statistics[vcpu] = watched
        if !counters.isEmpty { append(.statistics(StatisticsReading(vcpu: vcpu, counters: counters))) }
    }

    /// Closes the descriptors, which would keep the VM alive.
    func closeStatistics() {
        kernel.statistics = [:]
        kernel.statisticsFailure = nil
    }
}
