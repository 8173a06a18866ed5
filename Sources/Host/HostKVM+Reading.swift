public import Timeline

extension HostKVM {
    /// The KVM of this machine, from /sys/module and /proc/cpuinfo; opens no device.
    public static func read(files: any HostFiles = RootedFiles()) -> HostKVM {
        let survey = HostSurvey(files: files, device: "/dev/kvm")
        let (_, kind) = survey.kindOfKVM()
        let (_, paging) = survey.translation(kind)
        let (_, isGuest) = survey.hostIsGuest()
        return HostKVM(
            module: kind?.moduleName, paging: paging.map { $0 == .shadow ? .shadow : .twoDimensional }, isGuest: isGuest
        )
    }
}

extension HostReport.Kind {
    /// The kernel module's name.
    public var moduleName: String {
        switch self {
        case .intel: "kvm_intel"
        case .amd: "kvm_amd"
        case .pvm: "kvm_pvm"
        case .other(let name): name
        }
    }
}
