import Glibc
public import Timeline

/// The open descriptors of this process as /proc/self/fd shows them; no other process can be asked.
public enum DescriptorTable {
    /// All descriptors in ascending order, without the one that this reading itself needs.
    ///
    /// `openedBy` is nil: procfs does not know it. A descriptor that is closed during the reading may be missing.
    /// The result is empty only when /proc cannot be read.
    public static func read() -> [Descriptor] {
        var table: [Descriptor] = []
        table.reserveCapacity(32)
        guard let directory = NumberedDirectory("/proc/self/fd") else { return table }
        let own = directory.fd
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
            guard let start = buffer.baseAddress else { return }
            directory.forEachNumber { fd, name in
                guard fd != own else { return }
                var status = stat()
                guard fstat(fd, &status) == 0 else { return }
                let count = readlinkat(own, name, start, buffer.count)
                let target: String
                if count >= 0 {
                    target = String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
                } else if errno == ENOENT {
                    return
                } else {
                    let refusal = FileRefusal(call: "readlink", path: "/proc/self/fd/\(fd)", errno: errno)
                    target = "(\(refusal))"
                }
                table.append(descriptor(fd, target, status))
            }
        }
        return table
    }

    private static func descriptor(_ fd: Int32, _ target: String, _ status: stat) -> Descriptor {
        let format = UInt32(status.st_mode) & S_IFMT
        let isDevice = format == S_IFCHR || format == S_IFBLK
        let number = isDevice ? status.st_rdev : status.st_dev
        let (major, minor) = deviceNumbers(UInt64(number))
        return Descriptor(
            fd: fd, type: type(format: format, target: target), device: "\(major),\(minor)",
            inode: UInt64(status.st_ino), target: target,
            kind: kind(target: target, format: format, major: major, minor: minor))
    }

    /// The name that lsof gives the type of an inode.
    /// - Parameter format: `st_mode & S_IFMT`; 0 for an anonymous inode.
    static func type(format: UInt32, target: String) -> String {
        switch format {
        case S_IFCHR: "CHR"
        case S_IFBLK: "BLK"
        case S_IFREG: "REG"
        case S_IFDIR: "DIR"
        case S_IFIFO: "FIFO"
        case S_IFLNK: "LINK"
        case S_IFSOCK: "sock"
        case 0 where target.hasPrefix(anonymous): "a_inode"
        default: "unknown"
        }
    }

    /// Tells KVM's descriptors from the rest, and from each other.
    ///
    /// The kernel names them where it makes them (Linux, virt/kvm/kvm_main.c, `anon_inode_getfd` and
    /// `anon_inode_getfile`); a path cannot look like them, since a path begins with a slash. The number behind
    /// `kvm-vcpu:` is the argument of KVM_CREATE_VCPU.
    static func kind(target: String, format: UInt32, major: UInt32, minor: UInt32) -> Descriptor.Kind {
        if format == S_IFCHR {
            // Linux, include/linux/miscdevice.h: KVM_MINOR. A person may have given the node another path.
            return target == "/dev/kvm" || (major == 10 && minor == 232) ? .system : .other
        }
        guard target.hasPrefix(anonymous) else { return .other }
        let name = target.dropFirst(anonymous.count)
        guard name.hasPrefix("kvm-") else { return .other }
        switch name {
        case "kvm-vm": return .vm
        case "kvm-vm-stats": return .statistics
        default: break
        }
        if name.hasPrefix("kvm-vcpu-stats:") { return .statistics }
        if name.hasPrefix("kvm-vcpu:"), let index = Int(name.dropFirst(9)) { return .vcpu(index) }
        return .device(String(name))
    }

    private static let anonymous = "anon_inode:"
}

/// Major and minor number of a `dev_t`, as glibc packs them (makedev(3), whose macros Swift does not see).
func deviceNumbers(_ device: UInt64) -> (major: UInt32, minor: UInt32) {
    let major = device >> 8 & 0xFFF | device >> 32 & 0xFFFF_F000
    let minor = device & 0xFF | device >> 12 & 0xFFFF_FF00
    return (UInt32(truncatingIfNeeded: major), UInt32(truncatingIfNeeded: minor))
}
