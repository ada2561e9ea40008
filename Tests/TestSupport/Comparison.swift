import Testing

/// Expects two long arrays to agree, and says in one line how they do not: how many places, the first, and the worst.
///
/// `#expect(a == b)` prints both arrays and their difference, which takes the test library minutes for 10^5 values; a loop
/// of expectations records an issue for each value.
///
/// - Parameters:
///   - tolerance: The largest difference that is agreement. 0, the default, asks for equal values; two NaNs are equal.
///   - what: What is compared, for the message.
public func expectEqual<Values: Collection, Others: Collection>(
  _ values: Values, _ expected: Others, tolerance: Double = 0, _ what: @autoclosure () -> String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) where Values.Element: BinaryFloatingPoint, Others.Element: BinaryFloatingPoint {
  let difference = ArrayDifference(values.lazy.map { Double($0) }, expected.lazy.map { Double($0) }, tolerance: tolerance)
  record(difference, what(), sourceLocation)
}

/// The same for whole numbers.
public func expectEqual<Values: Collection, Others: Collection>(
  _ values: Values, _ expected: Others, _ what: @autoclosure () -> String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) where Values.Element: BinaryInteger, Others.Element: BinaryInteger {
  let difference = ArrayDifference(values.lazy.map { Double($0) }, expected.lazy.map { Double($0) }, tolerance: 0)
  record(difference, what(), sourceLocation)
}

private func record(_ difference: ArrayDifference?, _ what: String, _ location: SourceLocation) {
  guard let difference else { return }
  Issue.record("\(what.isEmpty ? "" : "\(what): ")\(difference)", sourceLocation: location)
}

/// Where two arrays differ.
public struct ArrayDifference: Equatable, CustomStringConvertible {
  public struct Place: Equatable {
    public var index: Int
    public var value: Double
    public var expected: Double
  }
  /// Lengths.
  public var count: Int
  public var expectedCount: Int
  /// Places that differ, of those that both have.
  public var differing = 0
  public var first: Place?
  public var worst: Place?

  /// Nil where they agree.
  public init?(_ values: some Sequence<Double>, _ expected: some Sequence<Double>, tolerance: Double) {
    (count, expectedCount) = (0, 0)
    var largest = -1.0
    var left = values.makeIterator(), right = expected.makeIterator()
    while true {
      let (a, b) = (left.next(), right.next())
      if a != nil { count += 1 }
      if b != nil { expectedCount += 1 }
      guard a != nil || b != nil else { break }
      guard let a, let b else { continue }
      // Infinities of one sign, and numbers that are none, are equal.
      if a == b || a.isNaN && b.isNaN || abs(a - b) <= tolerance { continue }
      differing += 1
      let place = Place(index: count - 1, value: a, expected: b), distance = abs(a - b).isNaN ? Double.infinity : abs(a - b)
      if first == nil { first = place }
      if distance > largest { (worst, largest) = (place, distance) }
    }
    if differing == 0, count == expectedCount { return nil }
  }

  public var description: String {
    func text(_ place: Place) -> String { "\(place.value) for \(place.expected) at \(place.index)" }
    var parts: [String] = []
    if count != expectedCount { parts.append("\(count) values for \(expectedCount)") }
    if let first, let worst {
      parts.append("\(differing) of \(Swift.min(count, expectedCount)) differ, first \(text(first))")
      if worst != first { parts.append("worst \(text(worst))") }
    }
    return parts.joined(separator: "; ")
  }
}
