private import CKVM

/// The clock of the ioctl door: CLOCK_MONOTONIC, which the kernel's tracepoints can be told to use too.
public enum MonotonicClock {
    public static var nanoseconds: UInt64 { ckvm_now() }

    /// The same to some ten nanoseconds, from the processor's counter where the kernel takes the time from it too.
    ///
    /// For the thread that runs a vCPU, which reads it twice at each exit.
    static var counted: UInt64 { ckvm_now_counted() }
}
