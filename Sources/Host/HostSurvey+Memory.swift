import Glibc

/// Memory: how much, in which pages, and what may be known of them.
extension HostSurvey {
    /// Looks up a page of our own that is certainly there: zeros for its frame mean that the kernel hides it.
    func pagemap() -> HostReport.Item {
        let source = "/proc/self/pagemap"
        do throws(FileRefusal) {
            let entry = try ownPage()
            return switch entry.state {
            case .present(frame: .some): item(.pagemap, .yes, "readable with frame numbers", source: source)
            case .present(frame: nil):
                item(
                    .pagemap, .limited, "frame numbers hidden: needs CAP_SYS_ADMIN", source: source,
                    remedy: "run as root (sudo)")
            case .swapped, .absent:
                item(.pagemap, .unknown, "says that a page in use is not there", source: source)
            }
        } catch {
            return item(.pagemap, .no, error.description, source: source, remedy: remedy(for: error))
        }
    }

    func kpageflags() -> HostReport.Item {
        let source = "/proc/kpageflags"
        do throws(FileRefusal) {
            _ = try files.bytes(source, at: 0, count: 8)
            return item(.kpageflags, .yes, "readable", source: source)
        } catch {
            return item(.kpageflags, .no, error.description, source: source, remedy: remedy(for: error))
        }
    }

    private func remedy(for refusal: FileRefusal) -> String {
        refusal.errno == ENOENT ? "needs a kernel with CONFIG_PROC_PAGE_MONITOR" : "run as root (sudo)"
    }

    private func ownPage() throws(FileRefusal) -> PageMapEntry {
        var local: UInt64 = 1
        let address = withUnsafeMutablePointer(to: &local) { UInt64(UInt(bitPattern: $0)) }
        let bytes = try files.bytes("/proc/self/pagemap", at: address / PageMap.pageSize &* 8, count: 8)
        return PageMapEntry(raw: bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) })
    }

    func transparentHugePages() -> HostReport.Item {
        let source = "/sys/kernel/mm/transparent_hugepage/enabled"
        guard let line = files.line(source), let open = line.firstIndex(of: "["), let close = line.firstIndex(of: "]"),
            open < close
        else {
            return item(
                .transparentHugePages, .no, "not in this kernel", source: source,
                remedy: "needs a kernel with CONFIG_TRANSPARENT_HUGEPAGE")
        }
        let choice = line[line.index(after: open)..<close]
        switch choice {
        case "always": return item(.transparentHugePages, .yes, "always", source: source)
        case "madvise": return item(.transparentHugePages, .yes, "madvise: for memory that asks", source: source)
        default:
            return item(
                .transparentHugePages, .no, String(choice), source: source,
                remedy: "echo madvise | sudo tee \(source)")
        }
    }

    func hugePages() -> HostReport.Item {
        let source = "/sys/kernel/mm/hugepages"
        let sizes = ((try? files.names(in: source)) ?? []).compactMap {
            name -> (size: UInt64, free: UInt64, all: UInt64)? in
            guard name.hasPrefix("hugepages-"), name.hasSuffix("kB"), let size = UInt64(name.dropFirst(10).dropLast(2))
            else { return nil }
            func number(_ file: String) -> UInt64 {
                files.line("\(source)/\(name)/\(file)").flatMap { UInt64($0) } ?? 0
            }
            return (size, number("free_hugepages"), number("nr_hugepages"))
        }.sorted { $0.size < $1.size }
        guard !sizes.isEmpty else {
            return item(
                .hugePages, .no, "not in this kernel", source: source, remedy: "needs a kernel with CONFIG_HUGETLBFS")
        }
        let value = sizes.map { "\($0.free) of \($0.all) of \(sizeText(kilobytes: $0.size)) free" }.joined(
            separator: ", ")
        guard sizes.contains(where: { $0.free > 0 }) else {
            return item(.hugePages, .no, value, source: source, remedy: "sudo sysctl vm.nr_hugepages=64")
        }
        return item(.hugePages, .yes, value, source: source)
    }

    func memory() -> HostReport.Item {
        let source = "/proc/meminfo"
        let text = (try? files.text(source)) ?? ""
        guard let available = field("MemAvailable:", of: text).flatMap({ UInt64($0) }) else {
            return item(.memory, .unknown, "not told", source: source)
        }
        let total = field("MemTotal:", of: text).flatMap { UInt64($0) }
        let value = sizeText(kilobytes: available) + (total.map { " of \(sizeText(kilobytes: $0))" } ?? "")
        // A guest has 16 MiB unless told otherwise; beside it lie its recording and the program.
        guard available >= 256 * 1024 else {
            return item(.memory, .limited, value, source: source, remedy: "close other programs, or give guests less")
        }
        return item(.memory, .yes, value, source: source)
    }

    /// Guest memory is not locked; the limit matters for tracing through perf and for pinned devices.
    func lockedMemory() -> HostReport.Item {
        let source = "/proc/self/limits"
        let limit = field("Max locked memory", of: (try? files.text(source)) ?? "")
        if limit == "unlimited" { return item(.lockedMemory, .yes, "unlimited", source: source) }
        guard let bytes = limit.flatMap({ UInt64($0) }) else {
            return item(.lockedMemory, .unknown, "not told", source: source)
        }
        let value = "at most \(sizeText(kilobytes: bytes / 1024))"
        guard bytes >= 1 << 20 else {
            return item(
                .lockedMemory, .limited, value, source: source, remedy: "ulimit -l 8192 (as root where refused)")
        }
        return item(.lockedMemory, .yes, value, source: source)
    }
}

/// `23.5 GiB`: one decimal, rounded down, in the largest unit that leaves a whole part.
func sizeText(kilobytes: UInt64) -> String {
    var (unit, divisor): (String, UInt64) = ("KiB", 1)
    for (name, size) in [("MiB", UInt64(1) << 10), ("GiB", 1 << 20), ("TiB", 1 << 30)] where kilobytes >= size {
        (unit, divisor) = (name, size)
    }
    let tenths = (kilobytes % divisor).multipliedReportingOverflow(by: 10).partialValue / divisor
    return tenths == 0 ? "\(kilobytes / divisor) \(unit)" : "\(kilobytes / divisor).\(tenths) \(unit)"
}
