private import CKVM

/// The calling thread as the kernel knows it.
public enum ThisThread {
    /// The kernel's number, as `ps -L` and /proc/self/task show it.
    public static var id: Int32 { ckvm_thread_id() }

    /// Names the thread; the kernel keeps at most 15 bytes.
    public static func setName(_ name: String) { ckvm_set_thread_name(name) }
}
