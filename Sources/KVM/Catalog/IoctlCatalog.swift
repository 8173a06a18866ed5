/// What is known of KVM's ioctls.
public enum IoctlCatalog {
    /// The request's name, or its number in hex.
    public static func name(of request: UInt) -> String {
        "0x" + String(request, radix: 16)
    }
}
