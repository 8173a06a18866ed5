// swift-tools-version: 6.1
import PackageDescription

/// A module imports what it uses, and shows its callers no more than it says in `public import`.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let collections = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
/// SQLite's own functions, for what is done for each event.
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

/// `make` tells it. It changes with each commit, so it is handed to one small target that is soon compiled anew.
let commit = (Context.environment["KVMSCOPE_COMMIT"] ?? "")
    .filter { "0123456789abcdefghijklmnopqrstuvwxyz+".contains($0) }

/// The dependencies of a target are the borders of the design: what is not listed cannot be imported.
func module(_ name: String, _ dependencies: [Target.Dependency] = [], goldens: [String] = []) -> [Target] {
    [
        .target(name: name, dependencies: dependencies, swiftSettings: strict),
        .testTarget(
            name: name + "Tests", dependencies: [.target(name: name), "TestSupport"] + dependencies, exclude: goldens,
            swiftSettings: strict),
    ]
}

let package = Package(
    name: "kvmscope",
    products: [
        .executable(name: "kvmscope", targets: ["kvmscope"]),
        .library(name: "Machine", targets: ["KVM", "Machine"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.1.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        .target(name: "CKVM"),
        .target(name: "CBuild", cSettings: [.define("KVMSCOPE_COMMIT", to: "\"\(commit)\"")]),
        .systemLibrary(name: "CCurses", providers: [.apt(["libncurses-dev"])]),
        .systemLibrary(name: "CCapstone", providers: [.apt(["libcapstone-dev"])]),
        .systemLibrary(name: "CCmark", providers: [.apt(["libcmark-dev"])]),
        .systemLibrary(
            name: "CTraceFS", pkgConfig: "libtracefs", providers: [.apt(["libtracefs-dev", "libtraceevent-dev"])]),
        .executableTarget(
            name: "kvmscope",
            dependencies: [
                "CBuild", "CKVM", "KVM", "Machine", "Host", "Timeline", "Recording", "Command", "Facts", "Session",
                "Lesson", "Explorer", "Export", "Screen", "Terminal", "X86", argumentParser,
            ],
            swiftSettings: strict),
        // What several test targets need: whether guests run here, small guests, programs that are started, numbers that
        // come again.
        .target(
            name: "TestSupport", dependencies: ["KVM", "Machine"], path: "Tests/TestSupport", swiftSettings: strict),
        // Runs the built program, so it depends on it without importing it.
        .testTarget(
            name: "JourneyTests",
            dependencies: [
                "Command", "Explorer", "Facts", "Lesson", "Machine", "Recording", "Screen", "Session", "Timeline",
                "TestSupport", "KVM",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ProgramTests", dependencies: ["kvmscope", "Recording", "Timeline", "TestSupport"],
            swiftSettings: strict),
    ]
        + module("X86", ["CCapstone"])
        + module("Timeline", [collections, histogram])
        + module("Recording", ["Timeline", collections, grdb, sqlite])
        + module("Command")
        + module("Screen")
        + module("KVM", ["CKVM"])
        + module("Machine", ["KVM"])
        + module("Host", ["Timeline", "CTraceFS"])
        + module("Facts", ["Command", "Timeline", "X86"])
        + module("Session", ["Machine", "KVM", "Host", "Timeline", "Command", "Facts", "X86"])
        + module("Lesson", ["Command", "Facts", "Timeline", "X86", "CCmark", yams])
        + module("Explorer", ["Lesson", "Command", "Facts", "Timeline", "X86", "Screen"], goldens: ["Golden"])
        + module("Export", ["Timeline", "Screen", "Command", "Explorer"])
        + module("Terminal", ["Screen", "CCurses"]),
    swiftLanguageModes: [.v6]
)
