/// The shape of one sample of a signal, without the batch.
public enum Shape: Hashable, Sendable {
  case features(Int)
  case image(channels: Int, height: Int, width: Int)
  case sequence(steps: Int, features: Int)

  /// The extents in row-major order.
  public var dimensions: [Int] {
    switch self {
    case .features(let count): [count]
    case .image(let channels, let height, let width): [channels, height, width]
    case .sequence(let steps, let features): [steps, features]
    }
  }

  /// The number of values in one sample.
  public var count: Int { dimensions.reduce(1, *) }

  /// The largest extent that a shape may have; above it, products of extents could overflow.
  public static let largestExtent = 1 << 24

  /// Makes a shape from one (features), two (steps, features) or three (channels, height, width) extents.
  ///
  /// - Throws: `SpecificationError` where an extent is not positive or is absurdly large, or where there are more.
  public init(dimensions: [Int]) throws(SpecificationError) {
    guard (1...3).contains(dimensions.count) else {
      throw SpecificationError(
        "a shape has one, two or three extents, got \(dimensions.count)",
        hint: "Give features, [steps, features] or [channels, height, width]")
    }
    for extent in dimensions where extent < 1 || extent > Shape.largestExtent {
      throw SpecificationError(
        "a shape's extent must lie in 1...\(Shape.largestExtent), got \(extent)",
        hint: "Give sizes such as 784 or [1, 28, 28]")
    }
    // Three legal extents may exceed 64 bits together: stop multiplying once the product is too large.
    var count = 1
    for extent in dimensions where count <= Shape.largestExtent { count *= extent }
    guard count <= Shape.largestExtent else {
      let product = dimensions.map(String.init).joined(separator: " x ")
      throw SpecificationError(
        "a sample of \(product) values is too large", hint: "At most \(Shape.largestExtent) are allowed")
    }
    switch dimensions.count {
    case 1: self = .features(dimensions[0])
    case 2: self = .sequence(steps: dimensions[0], features: dimensions[1])
    default: self = .image(channels: dimensions[0], height: dimensions[1], width: dimensions[2])
    }
  }
}

extension Shape: CustomStringConvertible {
  public var description: String { dimensions.map(String.init).joined(separator: " x ") }
}

extension Shape: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    do {
      try self.init(dimensions: container.decode([Int].self))
    } catch let error as SpecificationError {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    try dimensions.encode(to: encoder)
  }
}
