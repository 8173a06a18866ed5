internal import KVM
internal import Timeline

extension IoctlGuide {
    /// What the catalog documents of a request on this kind of descriptor; nil where it has nothing to say.
    init?(request: UInt, kind: DescriptorKind) {
        let entry = IoctlCatalog.entry(for: request)
        let isAnswered = entry.map { $0.kinds.contains(kind) } ?? false
        let functions = isAnswered ? entry?.road(on: kind) ?? [] : IoctlCatalog.roadOfUnanswered(request, on: kind)
        guard entry != nil || !functions.isEmpty else { return nil }
        let code = entry?.code ?? RequestCode(rawValue: request)
        self.init(
            request: UInt32(truncatingIfNeeded: request), name: IoctlCatalog.name(of: request), kind: IoctlClass(kind),
            summary: isAnswered ? entry?.summary ?? "" : "This kind of descriptor does not know the request.",
            direction: code.direction.macro, type: code.type, number: code.number, size: code.size,
            argumentType: entry?.argument ?? "",
            road: functions.map { RoadStep(function: $0.name, file: $0.file) },
            qemu: isAnswered ? entry?.qemu.map { RoadStep(function: $0.name, file: $0.file) } : nil)
    }
}
