import Glibc

/// What the kernel lets us trace.
extension HostSurvey {
    /// tracefs, KVM's events in it, a trace instance and function_graph.
    func tracing() -> [HostReport.Item] {
        guard let mount = tracefsMount() else {
            return noTracing(
                "tracefs is not mounted", source: "/proc/mounts",
                remedy: "sudo mount -t tracefs nodev /sys/kernel/tracing" + (isRoot ? "" : ", then \(asRoot)"))
        }
        do throws(FileRefusal) {
            _ = try files.names(in: mount)
            _ = try files.bytes(mount + "/available_events", at: 0, count: 1)
        } catch {
            return noTracing(error.description, source: mount, remedy: asRoot)
        }
        let tracefs = item(.tracefs, .yes, "mounted and readable", source: mount)
        return [tracefs, kvmEvents(mount), traceInstance(mount), functionGraph(mount)]
    }

    /// Without tracefs nothing below it is known.
    private func noTracing(_ value: String, source: String, remedy: String) -> [HostReport.Item] {
        let below: [HostReport.Question] = [.kvmEvents, .traceInstance, .functionGraph]
        return [item(.tracefs, .no, value, source: source, remedy: remedy)]
            + below.map { item($0, .unknown, "needs tracefs", source: source, remedy: remedy) }
    }

    /// Where tracefs is mounted, the usual place first; a mount below debugfs does as well.
    private func tracefsMount() -> String? {
        let mounts = ((try? files.text("/proc/mounts")) ?? "").split(separator: "\n").compactMap { line -> String? in
            let fields = line.split(separator: " ")
            return fields.count >= 3 && fields[2] == "tracefs" ? String(fields[1]) : nil
        }
        return mounts.first { $0 == "/sys/kernel/tracing" } ?? mounts.first
    }

    private func kvmEvents(_ mount: String) -> HostReport.Item {
        let source = mount + "/events/kvm"
        do throws(FileRefusal) {
            let names = try files.names(in: source).filter { $0.hasPrefix("kvm_") || $0.hasPrefix("vcpu_") }
            let missing = ["kvm_entry", "kvm_exit", "kvm_userspace_exit"].filter { !names.contains($0) }
            guard missing.isEmpty else {
                return item(
                    .kvmEvents, .limited, "\(names.count) events, without \(missing.joined(separator: ", "))",
                    source: source)
            }
            return item(.kvmEvents, .yes, "\(names.count) events, kvm_entry and kvm_exit among them", source: source)
        } catch {
            let remedy = error.errno == ENOENT ? "load KVM's module first: see the KVM device" : asRoot
            return item(.kvmEvents, .no, error.description, source: source, remedy: remedy)
        }
    }

    private func traceInstance(_ mount: String) -> HostReport.Item {
        let source = mount + "/instances"
        guard files.exists(source) else {
            return item(
                .traceInstance, .no, "the kernel has no instances", source: source,
                remedy: "needs a kernel with CONFIG_TRACING")
        }
        guard files.canWrite(in: source) else {
            return item(.traceInstance, .no, "may not be made", source: source, remedy: asRoot)
        }
        return item(.traceInstance, .yes, "may be made", source: source)
    }

    private func functionGraph(_ mount: String) -> HostReport.Item {
        let source = mount + "/available_tracers"
        guard let tracers = files.line(source)?.split(separator: " ") else {
            return item(.functionGraph, .unknown, "cannot be read", source: source, remedy: asRoot)
        }
        guard tracers.contains("function_graph") else {
            return item(
                .functionGraph, .no, "has only: \(tracers.joined(separator: " "))", source: source,
                remedy: "needs a kernel with CONFIG_FUNCTION_GRAPH_TRACER, such as Debian's own")
        }
        let filter = mount + "/available_filter_functions"
        guard let first = try? files.bytes(filter, at: 0, count: 1), !first.isEmpty else {
            return item(.functionGraph, .limited, "there, but its functions cannot be listed", source: filter)
        }
        return item(.functionGraph, .yes, "available", source: source)
    }
}
