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
                    remedy: asRoot)
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
        refusal.errno == ENOENT ? "needs a kernel with CONFIG_PROC_PAGE_MONITOR" : asRoot
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
            return item(.transparentHugePages, .no, "not in this kernel", source: source)
        }
        let choice = line[line.index(after: open)..<close]
        switch choice {
        case "always": return item(.transparentHugePages, .yes, "always", source: source)
        // Nothing is missing: a guest's memory is in small pages then, as most lessons show it.
        case "madvise":
            return item(
                .transparentHugePages, .no, "madvise: only for memory that asks, as guests' does not", source: source)
        default: return item(.transparentHugePages, .no, String(choice), source: source)
        }
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
