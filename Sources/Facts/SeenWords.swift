public import Timeline

extension World {
    /// Names that this run has counted, whether a list of ours has them or not.
    public var seenWords: Set<String> {
        var words = Set(kernelCounts.keys).union(ioctlCounts.keys)
        for vcpu in vcpus { words.formUnion(vcpu.statistics.keys) }
        for vcpu in vcpus { words.formUnion(vcpu.exitCounts.keys) }
        return words
    }
}
