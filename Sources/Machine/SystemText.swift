internal import KVM

/// The C library's words for an errno.
func systemMessage(_ code: Int32) -> String { Errno(rawValue: code).message }

func hexadecimal(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }
