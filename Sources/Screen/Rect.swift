/// A place in columns and rows from the upper left.
public struct Point: Hashable, Sendable {
    public let x: Int
    public let y: Int

    /// Coordinates beyond a billion are brought back to it, so that sums of them stay far from overflow.
    public init(_ x: Int, _ y: Int) {
        self.x = Rect.clamped(x)
        self.y = Rect.clamped(y)
    }
}

/// A block of cells; never of negative size, and with edges that can be added without overflow.
public struct Rect: Hashable, Sendable {
    public let x: Int
    public let y: Int
    public let width: Int
    public let height: Int

    /// A negative size becomes zero; numbers beyond a billion are brought back to it.
    public init(x: Int, y: Int, width: Int, height: Int) {
        self.x = Self.clamped(x)
        self.y = Self.clamped(y)
        self.width = max(0, Self.clamped(width))
        self.height = max(0, Self.clamped(height))
    }

    public init(width: Int, height: Int) { self.init(x: 0, y: 0, width: width, height: height) }

    /// One past the last column.
    public var endX: Int { x + width }
    /// One past the last row.
    public var endY: Int { y + height }
    public var isEmpty: Bool { width == 0 || height == 0 }

    public func contains(_ point: Point) -> Bool {
        point.x >= x && point.x < endX && point.y >= y && point.y < endY
    }

    /// What both have in common, empty if nothing.
    public func intersection(_ other: Rect) -> Rect {
        let left = max(x, other.x)
        let top = max(y, other.y)
        return Rect(x: left, y: top, width: min(endX, other.endX) - left, height: min(endY, other.endY) - top)
    }

    public func moved(x dx: Int, y dy: Int) -> Rect {
        Rect(x: x + Self.clamped(dx), y: y + Self.clamped(dy), width: width, height: height)
    }

    /// Smaller by so much on each side; larger if negative.
    public func inset(x dx: Int = 0, y dy: Int = 0) -> Rect {
        let dx = Self.clamped(dx)
        let dy = Self.clamped(dy)
        return Rect(x: x + dx, y: y + dy, width: width - 2 * dx, height: height - 2 * dy)
    }

    /// A block of this size in the middle, cut to fit.
    public func centered(width: Int, height: Int) -> Rect {
        let width = min(max(0, width), self.width)
        let height = min(max(0, height), self.height)
        return Rect(x: x + (self.width - width) / 2, y: y + (self.height - height) / 2, width: width, height: height)
    }

    static func clamped(_ value: Int) -> Int { min(max(value, -1_000_000_000), 1_000_000_000) }
}
