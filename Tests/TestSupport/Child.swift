internal import Foundation
public import Glibc

/// A program that a test starts.
///
/// Not by Foundation's Process, which takes a tool for running as long as anything holds a descriptor that it inherited,
/// and tmux leaves a server behind that does.
public struct Child {
    public let id: pid_t

    public struct Failure: Error, CustomStringConvertible {
        public var description: String
    }

    /// What becomes of a descriptor in the child.
    public enum Redirection {
        /// Nothing is read from it, and what is written is gone.
        case nothing
        /// A file that is made, or emptied.
        case file(String)
        /// One of ours.
        case descriptor(Int32)
    }

    /// - Parameters:
    ///   - environment: put over our own.
    ///   - leadsGroup: whether it begins a process group, so that its helpers can be ended with it.
    public init(
        _ tool: String, _ arguments: [String], environment: [String: String] = [:],
        descriptors: [Int32: Redirection] = [0: .nothing, 1: .nothing, 2: .nothing], leadsGroup: Bool = false
    ) throws(Failure) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // By way of high numbers: one of ours may have a number that is still to be redirected.
        for case (let descriptor, .descriptor(let ours)) in descriptors {
            posix_spawn_file_actions_adddup2(&actions, ours, 100 + descriptor)
        }
        for (descriptor, redirection) in descriptors {
            switch redirection {
            case .nothing: posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
            case .file(let path):
                posix_spawn_file_actions_addopen(&actions, descriptor, path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            case .descriptor:
                posix_spawn_file_actions_adddup2(&actions, 100 + descriptor, descriptor)
                posix_spawn_file_actions_addclose(&actions, 100 + descriptor)
            }
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A test runs on a thread that takes no signals. A tmux server that inherits this cannot be ended, and lives on
        // with all that runs in it.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK) | (leadsGroup ? Int16(POSIX_SPAWN_SETPGROUP) : 0))
        func strings(_ list: [String]) -> [UnsafeMutablePointer<CChar>?] { list.map { strdup($0) } + [nil] }
        let words = strings([tool] + arguments)
        let variables = strings(
            ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0.key)=\($0.value)" })
        defer { for pointer in words + variables { free(pointer) } }
        var child: pid_t = 0
        let code = posix_spawn(&child, tool, &actions, &attributes, words, variables)
        guard code == 0 else { throw Failure(description: "\(tool): \(String(cString: strerror(code)))") }
        id = child
    }

    /// Waits until it has ended, and says how: its exit status, or 128 and the number of the signal.
    @discardableResult
    public func wait() throws(Failure) -> Int32 {
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0 {
            guard errno == EINTR else { throw Failure(description: "waitpid: \(String(cString: strerror(errno)))") }
        }
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + (status & 0x7F)
    }
}
