/// The size of a window along each axis: one or two positive whole numbers.
///
/// One number stands for every axis: `3` is 3 x 3 on an image and 3 on a sequence. Two are height and width.
public struct Extents: Hashable, Sendable {
  /// One value, or height and width.
  public let values: [Int]

  /// Makes extents from one value for all axes, or from height and width.
  ///
  /// - Precondition: One or two values.
  public init(_ values: [Int]) {
    precondition((1...2).contains(values.count), "a window has one or two extents, got \(values.count)")
    // 3 and [3, 3] are the same window; keep one spelling.
    self.values = Set(values).count == 1 ? [values[0]] : values
  }

  /// The size along each of `rank` axes; nil where there are more sizes than axes.
  public func along(_ rank: Int) -> [Int]? {
    if values.count == rank { return values }
    return values.count == 1 ? Array(repeating: values[0], count: rank) : nil
  }

  func lie(in range: ClosedRange<Int>) -> Bool { values.allSatisfy(range.contains) }
}

extension Extents: ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral {
  public init(integerLiteral value: Int) { self.init([value]) }
  public init(arrayLiteral values: Int...) { self.init(values) }
}

extension Extents: CustomStringConvertible {
  /// As a network file writes it: `3` or `[3, 5]`.
  public var description: String {
    values.count == 1 ? "\(values[0])" : "[" + values.map(String.init).joined(separator: ", ") + "]"
  }
}

extension LayerFields {
  /// The one or two whole numbers under `key`, `3` or `[3, 5]`, each within `range`.
  public func extents(_ key: String, in range: ClosedRange<Int>) throws(SpecificationError) -> Extents? {
    guard let text = values[key] else { return nil }
    let isList = text.hasPrefix("[") && text.hasSuffix("]") && text.count >= 2
    let parts = isList ? text.dropFirst().dropLast().split(separator: ",", omittingEmptySubsequences: false) : [text[...]]
    var numbers: [Int] = []
    for part in parts {
      guard let number = Int(part.drop { $0 == " " }) else {
        throw SpecificationError(
          "\(key) must be one or two whole numbers in \(range.lowerBound)...\(range.upperBound), got '\(text)'",
          hint: "Write \(key): 3, or \(key): [3, 5] for height and width")
      }
      guard range.contains(number) else {
        throw SpecificationError("\(key) must lie in \(range.lowerBound)...\(range.upperBound), got \(number)")
      }
      numbers.append(number)
    }
    guard numbers.count <= 2 else {
      throw SpecificationError(
        "\(key) has \(numbers.count) values", hint: "Write \(key): 3, or \(key): [3, 5] for height and width")
    }
    return Extents(numbers)
  }
}
