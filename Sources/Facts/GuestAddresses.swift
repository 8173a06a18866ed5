public import Timeline
internal import X86

extension World {
    /// Where a guest virtual address lies in guest physical memory, by the vCPU's paging registers and tables at the cursor.
    ///
    /// The address itself where paging is off, or nothing is known of the vCPU yet; nil where the walk ends in a fault.
    public func physicalAddress(of address: UInt64, on vcpu: Int) -> UInt64? {
        guard let walk = walk(address, on: vcpu) else { return address }
        return walk.physicalAddress?.rawValue
    }

    /// Why a guest virtual address has no guest physical one; nil where it has.
    func obstacle(to address: UInt64, on vcpu: Int) -> String? {
        let name = "guest virtual address 0x\(hexadecimal(address))"
        switch walk(address, on: vcpu)?.outcome {
        case nil, .translated: return nil
        case .fault: return "\(name) is not mapped by the guest's page tables"
        case .memoryMissing(let level, let place):
            let gap = memory.gap(in: place.rawValue, count: 8) ?? .noSlot
            return "where \(name) leads is not known: the entry of level \(level) would lie at \(place), \(gap.place)"
        }
    }

    /// Nil where nothing is known of the vCPU's paging yet.
    private func walk(_ address: UInt64, on vcpu: Int) -> PageWalk? {
        guard vcpus.indices.contains(vcpu), let system = vcpus[vcpu].registers?.system else { return nil }
        let registers = PagingRegisters(system, rflags: 0, processor: processor)
        return PageWalk.walk(
            address: GuestVirtualAddress(address), registers: registers, access: MemoryAccess(.read),
            memory: { address, size in memory.word(at: address, size: size) })
    }

    /// The guest physical ranges of `count` bytes from a guest virtual address, page by page; shorter where a walk faults.
    public func physicalRanges(of address: UInt64, count: Int, on vcpu: Int) -> [(address: UInt64, count: Int)] {
        var ranges: [(address: UInt64, count: Int)] = []
        var done = 0
        while done < count {
            let linear = address &+ UInt64(done)
            guard let physical = physicalAddress(of: linear, on: vcpu) else { break }
            let part = min(count - done, MemoryPage.size - Int(linear & UInt64(MemoryPage.size - 1)))
            ranges.append((physical, part))
            done += part
        }
        return ranges
    }
}
