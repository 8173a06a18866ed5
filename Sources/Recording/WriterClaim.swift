internal import Glibc

/// What keeps a second recorder from a file: flock(2), which SQLite does not use, and which ends with the program.
///
/// Released only when the process has no connection to the file any more: closing a descriptor of a file gives up the
/// locks by which SQLite guards it.
final class WriterClaim {
    /// Why somebody else's file is refused.
    static let taken = "it is being recorded by another kvmscope; choose another name"

    private var file: Int32
    private var facts = stat()

    /// Nil where another program has the claim.
    init?(_ path: String) {
        file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0, fstat(file, &facts) == 0 else {
            // Without a file system that locks, or permission to read, there is no claim to be had, and none to be met.
            return
        }
        if flock(file, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
            close(file)
            return nil
        }
    }

    deinit { release() }

    func release() {
        if file >= 0 { close(file) }
        file = -1
    }

    /// Whether the path still leads to the file: another recorder may have put its own there.
    func isStillAt(_ path: String) -> Bool {
        var now = stat()
        return file < 0 || stat(path, &now) == 0 && now.st_dev == facts.st_dev && now.st_ino == facts.st_ino
    }

    /// Gives a new file the owner and the mode of this one, as far as that is allowed.
    func lendMode(to new: Int32) {
        guard file >= 0 else { return }
        _ = fchown(new, facts.st_uid, facts.st_gid)
        // The mode last, since a new owner takes bits away. Its owner must be able to write it.
        _ = fchmod(new, facts.st_mode & 0o777 | 0o600)
    }
}
