import NetworkGraph

/// Places along an axis, where negative ones count from its end.
enum Indices {
  /// A place that `check` has found to be within the axis.
  ///
  /// - Parameters:
  ///   - index: The place, in `-extent ..< extent`.
  ///   - extent: The axis's extent.
  @inline(__always)
  static func wrapped(_ index: Int64, _ extent: Int) -> Int { Int(index < 0 ? index &+ Int64(extent) : index) }

  /// Refuses places outside the axis.
  ///
  /// - Parameters:
  ///   - indices: An int64 tensor.
  ///   - extent: The axis's extent.
  ///   - kind: The operator's name, for the error.
  /// - Throws: `OperatorFailure` that names the first place outside.
  static func check(_ indices: TensorView, extent: Int, of kind: String) throws {
    for place in 0..<indices.count {
      let index = indices.integers[place]
      guard index >= -Int64(extent), index < Int64(extent) else { throw outside(index, place, extent, kind) }
    }
  }

  /// The error for a place outside an axis.
  ///
  /// - Parameters:
  ///   - index: The place.
  ///   - element: Which element of the indices it is.
  ///   - extent: The axis's extent.
  ///   - kind: The operator's name.
  static func outside(_ index: Int64, _ element: Int, _ extent: Int, _ kind: String) -> OperatorFailure {
    OperatorFailure(
      "\(kind) asks for row \(index) of a table of \(extent) rows, at element \(element) of its indices",
      hint: extent == 0
        ? "The table is empty"
        : "Indices must lie in \(-extent)..<\(extent); check that token ids are below the vocabulary's size")
  }
}

extension [ValueFacts?] {
  /// An input that must be int64.
  ///
  /// - Parameters:
  ///   - place: Its place.
  ///   - kind: The operator's name, for the error.
  /// - Throws: `SpecificationError` where it is left out or of another type.
  func indices(_ place: Int, of kind: String) throws(SpecificationError) -> ValueFacts {
    let facts = try required(place, of: kind)
    guard facts.type.element == .int64 else {
      throw SpecificationError(
        "\(kind) takes integers as input \(place + 1), got \(facts.type.element.rawValue)", hint: damagedFile)
    }
    return facts
  }
}
