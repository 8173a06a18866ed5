import CTraceFS

/// The formats of the events that are traced, by the number at the start of a record.
///
/// Reads the format files once, through libtraceevent, and keeps nothing of that library's.
struct TraceFormats {
    /// By id; formats of unknown ids are added as they come.
    private(set) var byID: [KernelFormat?] = []
    /// Offset of the thread's number in every record.
    private(set) var threadOffset = 4
    /// Bytes of one read of a processor's raw buffer.
    private(set) var pageSize = 4096
    /// Those whose file is not there or was not understood.
    private(set) var missing: [KernelTracepoint] = []

    init(_ events: [KernelTracepoint], below directory: String, files: any HostFiles) {
        guard let tep = tep_alloc() else {
            missing = events
            return
        }
        defer { tep_free(tep) }
        tep_set_loglevel(TEP_LOG_NONE)
        if var header = try? Self.characters(files, directory + "/events/header_page"),
            tep_parse_header_page(tep, &header, UInt(header.count), Int32(MemoryLayout<Int>.size)) == 0
        {
            let size = Int(tep_get_sub_buffer_size(tep))
            if (4096...(1 << 20)).contains(size) { pageSize = size }
        }
        for event in events {
            guard let text = try? Self.characters(files, "\(directory)/\(event.directory)/format"),
                let format = parse(text, event, tep)
            else {
                missing.append(event)
                continue
            }
            add(format)
        }
    }

    private static func characters(_ files: any HostFiles, _ path: String) throws(FileRefusal) -> [CChar] {
        let text = try files.bytes(path, at: 0, count: 1 << 20)
        return text.map { CChar(bitPattern: $0) }
    }

    private mutating func parse(_ text: [CChar], _ name: KernelTracepoint, _ tep: OpaquePointer) -> KernelFormat? {
        let text = Self.withoutEmptyTables(text)
        // An event whose print format the library does not understand still has its fields, so its status says little.
        _ = tep_parse_event(tep, text, UInt(text.count), name.system)
        guard let event = tep_find_event_by_name(tep, name.system, name.name) else { return nil }
        var common = event.pointee.format.common_fields
        while let field = common {
            if field.pointee.size == 4, let name = field.pointee.name, String(cString: name) == "common_pid" {
                threadOffset = Int(field.pointee.offset)
            }
            common = field.pointee.next
        }
        return KernelFormat(event)
    }

    /// libtraceevent gives up on `__print_symbolic(x, { })`, which kvm_inj_exception has; it gets a table of no name.
    static func withoutEmptyTables(_ text: [CChar]) -> [CChar] {
        let empty = Array(", { })".utf8.map { CChar(bitPattern: $0) })
        let nameless = Array(", { -1, \"\" })".utf8.map { CChar(bitPattern: $0) })
        var result: [CChar] = []
        result.reserveCapacity(text.count)
        var rest = text[...]
        while let character = rest.first {
            if character == empty[0], rest.starts(with: empty) {
                result += nameless
                rest = rest.dropFirst(empty.count)
            } else {
                result.append(character)
                rest = rest.dropFirst()
            }
        }
        return result
    }

    private mutating func add(_ format: KernelFormat) {
        // A record holds its event's number in 16 bits.
        guard (0...0xFFFF).contains(format.id) else { return }
        if format.id >= byID.count { byID += Array(repeating: nil, count: format.id + 1 - byID.count) }
        byID[format.id] = format
    }

    /// The format of an event number; one without fields where no file told of it.
    mutating func format(_ id: UInt16) -> KernelFormat {
        if Int(id) < byID.count, let format = byID[Int(id)] { return format }
        let unknown = KernelFormat(unknown: Int(id))
        add(unknown)
        return unknown
    }
}
