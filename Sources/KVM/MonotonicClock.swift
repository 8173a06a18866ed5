private import CKVM

/// The clock of the ioctl door: CLOCK_MONOTONIC, which the kernel's tracepoints can be told to use too.
public enum MonotonicClock {
    public static var nanoseconds: UInt64 { ckvm_now() }
}
