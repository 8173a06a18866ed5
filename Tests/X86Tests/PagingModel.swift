import X86

/// The paging rules a second time, as the manual's figures: one letter for each bit of an entry, highest bit first.
///
/// `a` frame or table address, `h` bits 39:32 of a 4 MiB page's frame, `r` reserved, `i` ignored, `x` NX, `S` PS,
/// `G` global, `T` PAT, `D`, `A`, `c` PCD, `t` PWT, `U`, `W`, `P`. Digits repeat the letter before them.
/// Source: Intel SDM volume 3, "Formats of CR3 and Paging-Structure Entries" for each paging mode.
struct PagingModel {
    enum Result: Equatable {
        case page(UInt64, size: UInt64)
        case fault(level: Int, String, code: UInt32)
    }

    /// Which figure describes an entry: by mode, level, and whether PS makes it map a page.
    static let figures: [String: [UInt8]] = [
        "long 5 table": "x i11 a40 i4 r1 i1 A c t U W P",
        "long 4 table": "x i11 a40 i4 r1 i1 A c t U W P",
        "long 3 table": "x i11 a40 i4 S i1 A c t U W P",
        "long 3 page": "x i11 a22 r17 T i3 G S D A c t U W P",
        "long 2 table": "x i11 a40 i4 S i1 A c t U W P",
        "long 2 page": "x i11 a31 r8 T i3 G S D A c t U W P",
        "long 1 page": "x i11 a40 i3 G T D A c t U W P",
        "pae 3 table": "r12 a40 i3 r4 c t r2 P",
        "pae 2 table": "x r11 a40 i4 S i1 A c t U W P",
        "pae 2 page": "x r11 a31 r8 T i3 G S D A c t U W P",
        "pae 1 page": "x r11 a40 i3 G T D A c t U W P",
        "32 2 table": "a20 i4 S i1 A c t U W P",
        "32 2 page": "a10 r1 h8 T i3 G S D A c t U W P",
        "32 1 page": "a20 i3 G T D A c t U W P",
    ].mapValues(expand)

    /// Highest and lowest bit of the address that index each level, topmost first.
    static let indices: [String: [(level: Int, high: Int, low: Int)]] = [
        "32": [(2, 31, 22), (1, 21, 12)],
        "pae": [(3, 31, 30), (2, 29, 21), (1, 20, 12)],
        "long 4": [(4, 47, 39), (3, 38, 30), (2, 29, 21), (1, 20, 12)],
        "long 5": [(5, 56, 48), (4, 47, 39), (3, 38, 30), (2, 29, 21), (1, 20, 12)],
    ]

    let family: String
    let fiveLevels: Bool
    var root: UInt64
    var writeProtect = false, noExecute = false, pageSizeExtension = false
    var smep = false, smap = false, alignmentCheck = false
    var gigabytePages = true, amd = false, pse36 = true
    var addressBits = 52

    /// The entries met, topmost first, whatever the result.
    private(set) var met: [(level: Int, at: UInt64, raw: UInt64)] = []

    /// The figures of this family: at twice the level that of an entry that points to a table, behind it a page's.
    private let figures: [[UInt8]]

    init(_ mode: PagingMode, root: UInt64) {
        let family = mode == .thirtyTwoBit ? "32" : mode == .pae ? "pae" : "long"
        self.family = family
        fiveLevels = mode == .fiveLevel
        self.root = root
        figures = (0...5).flatMap { level in
            ["table", "page"].map { Self.figures["\(family) \(level) \($0)"] ?? [] }
        }
    }

    /// The bits of an entry under each letter of its figure, in place.
    struct Letters {
        private var words = [UInt64](repeating: 0, count: 128)

        subscript(letter: Unicode.Scalar) -> UInt64 {
            get { words[Int(letter.value)] }
            set { words[Int(letter.value)] = newValue }
        }
    }

    /// The levels that an address goes through, topmost first.
    var plan: [(level: Int, high: Int, low: Int)] {
        Self.indices[family == "long" ? (fiveLevels ? "long 5" : "long 4") : family]!
    }

    /// Whether the manual has a figure for an entry of this level with PS set.
    static func canHavePS(_ family: String, _ level: Int) -> Bool {
        level > 1 && figures["\(family) \(level) page"] != nil
    }

    mutating func translate(_ address: UInt64, _ kind: String, user: Bool, _ memory: [UInt64: UInt64]) -> Result {
        met = []
        let plan = plan
        var code: UInt32 = (kind == "write" ? 2 : 0) + (user ? 4 : 0)
        if kind == "execute", smep || (noExecute && family != "32") { code += 16 }
        if family == "long" {
            let sign = address >> UInt64(plan[0].high)
            if sign != 0 && sign != UInt64.max >> UInt64(plan[0].high) {
                return .fault(level: plan[0].level, "non-canonical", code: 0)
            }
        }
        var table = root
        var decoded: [(level: Int, bits: Letters)] = []
        for (level, high, low) in plan {
            let index = (address >> UInt64(low)) % (1 << UInt64(high - low + 1))
            let at = table + index * (family == "32" ? 4 : 8)
            let raw = memory[at] ?? 0
            met.append((level, at, raw))
            if raw % 2 == 0 { return .fault(level: level, "not-present", code: code) }
            let isPage = level == 1 || isLarge(raw, level)
            guard let entry = read(raw, level, isPage) else {
                return .fault(level: level, "reserved", code: code + 8 + 1)
            }
            decoded.append((level, entry))
            if isPage {
                if let culprit = refusal(kind, user, decoded) {
                    return .fault(level: culprit, "protection", code: code + 1)
                }
                let size = UInt64(1) << UInt64(low)
                return .page(entry["a"] + entry["h"] + address % size, size: size)
            }
            table = entry["a"]
        }
        return .fault(level: 0, "no leaf", code: 0)
    }

    private func isLarge(_ raw: UInt64, _ level: Int) -> Bool {
        guard raw / 128 % 2 == 1 else { return false }
        return switch (family, level) {
        case ("32", 2): pageSizeExtension
        case ("pae", 2), ("long", 2): true
        case ("long", 3): gigabytePages
        default: false
        }
    }

    /// The entry by its figure; nil when a bit that must be zero is not.
    private func read(_ raw: UInt64, _ level: Int, _ isPage: Bool) -> Letters? {
        let figure = figures[2 * level + (isPage ? 1 : 0)]
        var fields = Letters()
        var rest = raw
        while rest != 0 {
            let bit = rest.trailingZeroBitCount
            rest -= 1 << UInt64(bit)
            let letter = Unicode.Scalar(figure[figure.count - 1 - bit])
            var value = UInt64(1) << UInt64(bit)
            switch letter {
            // Set by a processor that marks PDPTEs as accessed, long after they were checked and loaded.
            case "r" where family == "pae" && level == 3 && bit == 5: break
            case "r": return nil
            case "x" where !noExecute: return nil
            case "a" where bit >= addressBits: return nil
            case "h" where bit + 19 >= (pse36 ? addressBits : 32): return nil
            case "h": value = 1 << UInt64(bit + 19)
            case "S" where family == "long" && level == 3 && !gigabytePages: return nil
            case "i" where bit == 8 && amd && family == "long" && level >= 4: return nil
            default: break
            }
            fields[letter] += value
        }
        if family == "pae" && level == 3 { (fields["U"], fields["W"]) = (4, 2) }
        return fields
    }

    /// The level that refuses, by the list in "Determination of Access Rights"; nil when the access is allowed.
    private func refusal(_ kind: String, _ user: Bool, _ entries: [(level: Int, bits: Letters)]) -> Int? {
        let isUserPage = entries.allSatisfy { $0.bits["U"] != 0 }
        let isWritable = entries.allSatisfy { $0.bits["W"] != 0 }
        let isExecutable = entries.allSatisfy { $0.bits["x"] == 0 }
        let allowed =
            switch (user, kind, isUserPage) {
            case (false, "read", false): true
            case (false, "read", true): !smap || alignmentCheck
            case (false, "write", false): !writeProtect || isWritable
            case (false, "write", true): (!writeProtect || isWritable) && (!smap || alignmentCheck)
            case (false, _, false): isExecutable
            case (false, _, true): isExecutable && !smep
            case (true, _, false): false
            case (true, "read", true): true
            case (true, "write", true): isWritable
            case (true, _, true): isExecutable
            }
        if allowed { return nil }
        let alone = entries.filter { entry in
            (user && entry.bits["U"] == 0)
                || (kind == "write" && (user || writeProtect) && entry.bits["W"] == 0)
                || (kind == "execute" && entry.bits["x"] != 0)
        }
        return alone.map(\.level).max() ?? entries.map(\.level).min()
    }

    private static func expand(_ figure: String) -> [UInt8] {
        let letters = figure.split(separator: " ").flatMap { word in
            [UInt8](repeating: word.utf8.first!, count: Int(word.dropFirst()) ?? 1)
        }
        precondition(letters.count == 64 || letters.count == 32, "a figure has one letter for each bit: \(figure)")
        return letters
    }
}
