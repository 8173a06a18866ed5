internal import Glibc

/// Waits for files in folders to be saved, by inotify(7).
struct FolderWatch: ~Copyable {
    private let descriptor: Int32
    private var folders: [Int32: String] = [:]

    init(_ names: [String]) throws {
        descriptor = inotify_init1(Int32(IN_CLOEXEC))
        guard descriptor >= 0 else { throw Self.refusal("the folders cannot be watched") }
        for name in names {
            // Editors write a new file and give it the old one's name, or write into the old one.
            let events = UInt32(IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE)
            let watch = inotify_add_watch(descriptor, name, events)
            guard watch >= 0 else { throw Self.refusal("\(name) cannot be watched") }
            folders[watch] = name
        }
    }

    deinit { close(descriptor) }

    /// Calls for each folder in which something was saved, for as long as somebody reads what is printed.
    func follow(_ body: (String) throws -> Void) throws {
        while !StandardOutput.isClosed {
            var changed = try wait(milliseconds: -1)
            // A save is often several events; they come together.
            while true {
                let more = try wait(milliseconds: 100)
                if more.isEmpty { break }
                changed.formUnion(more)
            }
            for name in changed.sorted() { try body(name) }
        }
    }

    private func wait(milliseconds: Int32) throws -> Set<String> {
        var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let count = poll(&ready, 1, milliseconds)
        if count < 0, errno != EINTR { throw Self.refusal("waiting for files failed") }
        guard count > 0 else { return [] }
        var changed: Set<String> = []
        withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 8) { buffer in
            let filled = read(descriptor, buffer.baseAddress, buffer.count)
            var offset = 0
            while offset + MemoryLayout<inotify_event>.size <= filled {
                let event = buffer.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
                if let name = folders[event.wd] { changed.insert(name) }
                offset += MemoryLayout<inotify_event>.size + Int(event.len)
            }
        }
        return changed
    }

    private static func refusal(_ what: String) -> LessonRefusal {
        LessonRefusal(text: "\(what): \(String(cString: strerror(errno)))")
    }
}
