internal import CTraceFS
import Glibc
import Synchronization

/// Owns one directory below tracefs' `instances`: buffers and switches of our own, removed with the owner.
///
/// Linux, Documentation/trace/ftrace.rst, Instances.
struct TraceInstance: ~Copyable {
    let name: String
    /// Its path, without a slash at the end.
    let directory: String
    private let number: Int
    /// libtracefs' handle; this owner alone frees it.
    private let instance: OpaquePointer

    /// Makes `kvmscope-<pid>`; a further one of this process gets a number after it.
    init() throws(KernelTraceFailure) {
        // The library would otherwise write to standard error, into the middle of the screen.
        tracefs_set_loglevel(TEP_LOG_NONE)
        tep_set_loglevel(TEP_LOG_NONE)
        let number = Self.takeNumber()
        let name = Self.name(process: getpid(), number: number)
        guard let instance = tracefs_instance_create(name) else {
            let refusal = FileRefusal(call: "make", path: "instances/" + name, errno: errno)
            Self.giveBack(number)
            throw KernelTraceFailure(.instance, refusal.description, remedy: "run as root (sudo)")
        }
        let path = tracefs_instance_get_dir(instance)
        defer { if let path { tracefs_put_tracing_file(path) } }
        self.number = number
        self.name = name
        self.instance = instance
        directory = path.map { String(cString: $0) } ?? ""
    }

    /// Every descriptor below the directory must be closed by now, or the kernel answers EBUSY.
    deinit {
        tracefs_instance_destroy(instance)
        tracefs_instance_free(instance)
        Self.giveBack(number)
    }

    /// Replaces what a file holds.
    func write(_ file: String, _ text: String) throws(KernelTraceFailure) { try put(text, into: file, O_TRUNC) }

    /// Adds to what a file holds.
    func append(_ file: String, _ text: String) throws(KernelTraceFailure) { try put(text, into: file, O_APPEND) }

    /// Not by the library, whose descriptor a program that another thread starts at this moment would inherit: the
    /// kernel removes no instance of which anybody has a file open.
    private func put(_ text: String, into file: String, _ flags: Int32) throws(KernelTraceFailure) {
        do throws(FileRefusal) {
            let opened = try OpenFile(directory + "/" + file, flags: O_WRONLY | flags)
            let bytes = Array(text.utf8)
            let count = unbroken { Glibc.write(opened.fd, bytes, bytes.count) }
            guard count == bytes.count else {
                throw FileRefusal(call: "write", path: directory + "/" + file, errno: errno)
            }
        } catch {
            throw KernelTraceFailure(.setting, error.description, remedy: "run as root (sudo)")
        }
    }

    func has(_ file: String) -> Bool { tracefs_file_exists(instance, file) }
}

extension TraceInstance {
    static let prefix = "kvmscope-"

    static func name(process: pid_t, number: Int) -> String {
        prefix + String(process) + (number == 0 ? "" : "-\(number)")
    }

    /// Process and number of an instance of this program; nil for anybody else's.
    static func maker(of name: String) -> (process: pid_t, number: Int)? {
        guard name.hasPrefix(prefix) else { return nil }
        let parts = name.dropFirst(prefix.count).split(separator: "-", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let process = pid_t(parts[0]), process > 0 else { return nil }
        guard parts.count == 2 else { return (process, 0) }
        guard let number = Int(parts[1]), number > 0 else { return nil }
        return (process, number)
    }

    /// Removes what processes left that ended without their deinit, and says which.
    ///
    /// Process numbers must be those of the initial namespace, or the living would look dead.
    static func removeStale(below mount: String, files: any HostFiles = RootedFiles()) -> [String] {
        let instances = mount + "/instances"
        let names = (try? files.names(in: instances)) ?? []
        return names.filter { name in
            guard let (process, number) = maker(of: name) else { return false }
            let isLive = process == getpid() ? isTaken(number) : kill(process, 0) == 0 || errno == EPERM
            return !isLive && rmdir(instances + "/" + name) == 0
        }
    }

    /// The numbers of this process's instances; a name of ours with another number is an earlier process's.
    private static let numbers = Mutex<Set<Int>>([])

    private static func takeNumber() -> Int {
        numbers.withLock { taken in
            var number = 0
            while !taken.insert(number).inserted { number += 1 }
            return number
        }
    }

    private static func giveBack(_ number: Int) { numbers.withLock { _ = $0.remove(number) } }
    private static func isTaken(_ number: Int) -> Bool { numbers.withLock { $0.contains(number) } }
}
