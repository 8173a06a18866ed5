internal import KVM
internal import Timeline

extension IoctlGuide {
    /// What the catalog documents of a request on this kind of descriptor; nil for a request that it does not know.
    init?(request: UInt, kind: DescriptorKind) {
        guard let entry = IoctlCatalog.entry(for: request) else { return nil }
        let road = entry.road(on: kind).map { RoadStep(function: $0.name, file: $0.file) }
        self.init(
            request: UInt32(truncatingIfNeeded: request), name: entry.name, kind: IoctlClass(kind),
            summary: entry.summary, direction: entry.code.direction.macro, type: entry.code.type,
            number: entry.code.number, size: entry.code.size, argumentType: entry.argument, road: road,
            qemu: entry.qemu.map { RoadStep(function: $0.name, file: $0.file) })
    }
}
