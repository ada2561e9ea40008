import NumberText
import Spelling

/// The settings of one layer as text: what a network file says, before the layer's type reads it.
public struct LayerFields: Hashable, Sendable, Codable {
  public var values: [String: String]

  public init(_ values: [String: String] = [:]) {
    self.values = values
  }

  /// The whole number under `key`, within `range`.
  public func integer(_ key: String, in range: ClosedRange<Int>) throws(SpecificationError) -> Int? {
    guard let text = values[key] else { return nil }
    guard let value = Int(text) else {
      throw SpecificationError("\(key) must be a whole number in \(range.lowerBound)...\(range.upperBound), got '\(text)'")
    }
    guard range.contains(value) else {
      throw SpecificationError("\(key) must lie in \(range.lowerBound)...\(range.upperBound), got \(value)")
    }
    return value
  }

  /// The finite number under `key`, within `range`.
  public func number(_ key: String, in range: ClosedRange<Double>) throws(SpecificationError) -> Double? {
    guard let text = values[key] else { return nil }
    guard let value = Double(text), range.contains(value) else {
      throw SpecificationError(
        "\(key) must be a number in \(exactNumber(range.lowerBound))...\(exactNumber(range.upperBound)), got '\(text)'")
    }
    return value
  }

  /// The value under `key`, which must be one of `choices`.
  public func choice(_ key: String, among choices: [String]) throws(SpecificationError) -> String? {
    guard let text = values[key] else { return nil }
    guard choices.contains(text) else {
      throw SpecificationError(
        "\(key) must be \(choices.joined(separator: " or ")), got '\(text)'",
        hint: nearestName(to: text, among: choices).map { "Did you mean `\($0)`?" })
    }
    return text
  }

  /// The truth value under `key`.
  public func boolean(_ key: String) throws(SpecificationError) -> Bool? {
    switch values[key] {
    case nil: return nil
    case "true": return true
    case "false": return false
    case .some(let text): throw SpecificationError("\(key) must be true or false, got '\(text)'")
    }
  }

  /// The activation that `key` specifies.
  public func activation(_ key: String) throws(SpecificationError) -> Activation? {
    guard let text = values[key] else { return nil }
    return try Activation(parsing: text)
  }

  /// The initializer of a bias that `key` specifies.
  public func biasInitializer(_ key: String) throws(SpecificationError) -> Initializer? {
    guard let text = values[key] else { return nil }
    return try Initializer(parsingBias: text)
  }

  /// The initializer of weights that `key` specifies.
  public func initializer(_ key: String) throws(SpecificationError) -> Initializer? {
    guard let text = values[key] else { return nil }
    let initializer = try Initializer(parsing: text)
    guard !initializer.entry.isOfWholeNetwork else {
      throw SpecificationError(
        "\(initializer) looks at the whole network and cannot fill one layer's \(key)", hint: "Give it to --init instead")
    }
    return initializer
  }
}

/// A catalogue entry for one layer: how a network file writes it, and how to make it.
public struct LayerEntry: Sendable {
  public var kind: String
  public var summary: String
  /// The field that a bare value sets: `dense: 256` means `dense: {units: 256}`.
  public var shorthand: String?
  /// The fields that a network file may give, with their meaning.
  public var fields: [(name: String, meaning: String)]
  /// Which of the fields may be lists of numbers, `[3, 5]`.
  public var lists: [String]
  public var make: @Sendable (LayerFields) throws(SpecificationError) -> any Layer

  public init(
    kind: String, summary: String, shorthand: String?, fields: [(name: String, meaning: String)], lists: [String] = [],
    make: @escaping @Sendable (LayerFields) throws(SpecificationError) -> any Layer
  ) {
    self.kind = kind
    self.summary = summary
    self.shorthand = shorthand
    self.fields = fields
    self.lists = lists
    self.make = make
  }

  /// Makes the layer that these fields describe.
  ///
  /// - Throws: `SpecificationError` for a field that the layer does not have (with the nearest one) or a bad value.
  public func layer(from fields: LayerFields) throws(SpecificationError) -> any Layer {
    let known = self.fields.map(\.name)
    for name in fields.values.keys.sorted() where !known.contains(name) {
      throw SpecificationError(
        "a layer of kind \(kind) has no field `\(name)`",
        hint: nearestName(to: name, among: known).map { "Did you mean `\($0)`?" }
          ?? (known.isEmpty ? "It has none" : "It has \(known.joined(separator: ", "))"))
    }
    return try make(fields)
  }
}

/// All layers that a network file can name.
public enum LayerCatalogue {
  public static let entries: [LayerEntry] = [
    .dense, .conv2d, .conv1d, .maxPool, .averagePool, .globalAveragePool, .flatten, .batchNorm, .layerNorm, .dropout, .add,
    .concatenate, .activation, .embedding, .simpleRNN, .lstm, .gru, .lastStep, .reverse, .selfAttention, .softmax,
  ]

  /// Finds the entry of that kind; nil where there is none.
  public static func entry(_ kind: String) -> LayerEntry? { entries.first { $0.kind == kind } }
}
