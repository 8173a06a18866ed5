internal import Glibc
internal import Machine
internal import Session

/// Memory of the process while a guest exits and exits, each exit recorded with its full state.
struct BenchMemory {
    /// More than twice what the timeline keeps, so that the second half shows whether memory still grows.
    var exits: Int

    func figures(on session: Session) throws(MachineError) -> [BenchFigure] {
        let slices = 20
        let before = Self.residentMegabytes()
        var middle = before
        for slice in 0..<slices {
            _ = try session.measure(.full, exits: max(exits / slices, 1))
            if slice == slices / 2 - 1 { middle = Self.residentMegabytes() }
        }
        let after = Self.residentMegabytes()
        let section = "Memory of the process (resident)"
        return [
            BenchFigure(section: section, name: "before", value: before, unit: "MB"),
            BenchFigure(section: section, name: "after \(exits / 2) recorded exits", value: middle, unit: "MB"),
            BenchFigure(
                section: section, name: "after \(exits) recorded exits", value: after, unit: "MB",
                growth: after / middle, goal: .growth(1.05)),
        ]
    }

    /// The second number of /proc/pid/statm, pages, in 10^6 bytes; proc(5).
    static func residentMegabytes(of process: String = "self") -> Double {
        guard let stream = fopen("/proc/\(process)/statm", "r") else { return .nan }
        defer { fclose(stream) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, Int32(line.count), stream) != nil else { return .nan }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let fields = text.split(separator: " ")
        guard fields.count > 1, let pages = Double(fields[1]) else { return .nan }
        return pages * Double(sysconf(Int32(_SC_PAGESIZE))) / 1e6
    }
}
