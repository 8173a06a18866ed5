import Glibc

/// KVM itself: the device, the module behind it, and what that can do.
extension HostSurvey {
    func deviceNode() -> HostReport.Item {
        let status: FileStatus
        do throws(FileRefusal) {
            status = try files.status(device)
        } catch {
            if error.errno == ENOENT {
                return item(.device, .no, "\(device) does not exist", source: device, remedy: remedyForMissingKVM())
            }
            return item(
                .device, .no, error.description, source: device, remedy: "give the path of the KVM device itself")
        }
        guard status.isCharacterDevice, (status.major, status.minor) == (10, 232) else {
            let value =
                status.isCharacterDevice
                ? "\(device) is device \(status.major),\(status.minor), not KVM's 10,232"
                : "\(device) is no character device"
            return item(
                .device, .no, value, source: device, remedy: "give the path of the KVM device, usually /dev/kvm")
        }
        do throws(FileRefusal) {
            try files.tryOpening(device)
            return item(.device, .yes, "\(device) opens for reading and writing", source: device)
        } catch {
            let remedy =
                switch error.errno {
                case EACCES: remedyForDeniedDevice(status)
                case EPERM: "in a container, let the device in: --device \(device)"
                case ENXIO, ENODEV, ENOENT: remedyForMissingKVM()
                default: "see what the kernel says: sudo dmesg | grep -i kvm"
                }
            return item(.device, .no, error.description, source: device, remedy: remedy)
        }
    }

    private func remedyForDeniedDevice(_ status: FileStatus) -> String {
        guard status.group != 0, status.mode & 0o060 == 0o060 else {
            return "sudo setfacl -m u:$USER:rw \(device), or run as root"
        }
        return "sudo usermod -aG \(groupName(status.group)) $USER, then log in again"
    }

    private func groupName(_ id: UInt32) -> String {
        let groups = (try? files.text("/etc/group")) ?? ""
        for line in groups.split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            if fields.count >= 3, fields[2] == String(id) { return String(fields[0]) }
        }
        return String(id)
    }

    private func remedyForMissingKVM() -> String {
        // A path that was mistyped is likelier than a machine whose device has another name.
        if device != Self.usualDevice, files.exists(Self.usualDevice) {
            return "\(Self.usualDevice) is there: leave the other path out"
        }
        if files.exists("/sys/class/misc/kvm") {
            return "the kernel has KVM: let the device into the container (--device /dev/kvm), "
                + "or sudo mknod \(device) c 10 232"
        }
        if cpuFlags.contains("vmx") { return "sudo modprobe kvm_intel" }
        if cpuFlags.contains("svm") { return "sudo modprobe kvm_amd" }
        guard cpu["flags"] != nil else { return "needs a kernel with KVM, started where it may use it (Arm: EL2)" }
        if cpuFlags.contains("hypervisor") {
            return "this machine is a guest: switch on nested virtualization for it in the host"
        }
        return "switch on VT-x or SVM in the firmware's setup, then sudo modprobe kvm_intel or kvm_amd"
    }

    private static let usualDevice = "/dev/kvm"

    /// Modules that hardware is driven by; `kvm` alone is the common part.
    private var drivers: [String] { modules.filter { $0 != "kvm" } }

    func kindOfKVM() -> (HostReport.Item, HostReport.Kind?) {
        let source = "/sys/module"
        guard let driver = drivers.first else {
            if modules.isEmpty {
                return (item(.kind, .no, "no KVM module", source: source, remedy: remedyForMissingKVM()), nil)
            }
            return (
                item(.kind, .unknown, "kvm without a module for the processor", source: source), nil
            )
        }
        guard drivers.count == 1 else {
            return (item(.kind, .unknown, drivers.joined(separator: " or "), source: source), nil)
        }
        let kind: HostReport.Kind =
            switch driver {
            case "kvm_intel": .intel
            case "kvm_amd": .amd
            case "kvm_pvm": .pvm
            default: .other(driver)
            }
        let meaning =
            switch kind {
            case .intel: "kvm_intel (VT-x)"
            case .amd: "kvm_amd (AMD-V)"
            case .pvm: "kvm_pvm (without virtualization in hardware)"
            case .other(let name): name
            }
        return (item(.kind, .yes, meaning, source: "/sys/module/\(driver)"), kind)
    }

    func translation(_ kind: HostReport.Kind?) -> (HostReport.Item, HostReport.Paging?) {
        let parameter: (module: String, name: String, title: String)
        switch kind {
        case .intel: parameter = ("kvm_intel", "ept", "EPT")
        case .amd: parameter = ("kvm_amd", "npt", "NPT")
        case .pvm:
            return (item(.paging, .no, "shadow paging (kvm_pvm)", source: "/sys/module/kvm_pvm"), .shadow)
        case .other, nil:
            return (item(.paging, .unknown, "the module does not say", source: "/sys/module"), nil)
        }
        let source = "/sys/module/\(parameter.module)/parameters/\(parameter.name)"
        switch flag(source) {
        case true?:
            return (item(.paging, .yes, parameter.title, source: source), .twoDimensional)
        case false?:
            let remedy =
                "where the processor has it: sudo modprobe -r \(parameter.module) && "
                + "sudo modprobe \(parameter.module) \(parameter.name)=1"
            return (
                item(.paging, .no, "shadow paging (\(parameter.name)=0)", source: source, remedy: remedy), .shadow
            )
        case nil:
            return (item(.paging, .unknown, "cannot be read", source: source), nil)
        }
    }

    func nested(_ kind: HostReport.Kind?) -> HostReport.Item {
        guard let module = drivers.first, kind != nil else {
            return item(.nested, .unknown, "no module says", source: "/sys/module")
        }
        let source = "/sys/module/\(module)/parameters/nested"
        switch flag(source) {
        case true?: return item(.nested, .yes, "guests may use KVM themselves", source: source)
        case false?: return item(.nested, .no, "off: guests may not use KVM themselves", source: source)
        case nil: return item(.nested, .no, "\(module) has no such parameter", source: source)
        }
    }

    func virtualization() -> HostReport.Item {
        let source = "/proc/cpuinfo"
        if cpuFlags.contains("vmx") { return item(.virtualization, .yes, "VT-x (vmx)", source: source) }
        if cpuFlags.contains("svm") { return item(.virtualization, .yes, "AMD-V (svm)", source: source) }
        guard cpu["flags"] != nil else {
            return item(.virtualization, .unknown, "the CPU flags do not say", source: source)
        }
        if drivers.contains("kvm_pvm") {
            return item(.virtualization, .no, "neither vmx nor svm; kvm_pvm needs neither", source: source)
        }
        let remedy =
            cpuFlags.contains("hypervisor")
            ? "this machine is a guest: switch on nested virtualization for it in the host"
            : "switch on VT-x or SVM in the firmware's setup"
        return item(.virtualization, .no, "neither vmx nor svm", source: source, remedy: remedy)
    }

    /// A module parameter that is Y or N, or 1 or 0; nil where it is neither.
    private func flag(_ path: String) -> Bool? {
        switch files.line(path) {
        case "Y"?, "y"?, "1"?: true
        case "N"?, "n"?, "0"?: false
        default: nil
        }
    }
}
