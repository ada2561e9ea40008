import NetworkGraph

extension [ValueFacts?] {
  /// An input that must be there.
  ///
  /// - Parameters:
  ///   - place: Its place.
  ///   - kind: The operator's name, for the error.
  /// - Throws: `SpecificationError` where it is left out.
  func required(_ place: Int, of kind: String) throws(SpecificationError) -> ValueFacts {
    guard indices.contains(place), let facts = self[place] else {
      throw SpecificationError(
        "\(kind) needs input \(place + 1), which the node leaves out",
        hint: "Export the model again; the file may be damaged")
    }
    return facts
  }

  /// An optional input.
  ///
  /// - Parameter place: Its place.
  func optional(_ place: Int) -> ValueFacts? { indices.contains(place) ? self[place] : nil }

  /// The first two inputs, which must have one element type.
  ///
  /// - Parameter kind: The operator's name, for the error.
  /// - Throws: `SpecificationError` where one is left out or types differ.
  func pair(of kind: String) throws(SpecificationError) -> (ValueFacts, ValueFacts) {
    let (a, b) = (try required(0, of: kind), try required(1, of: kind))
    guard a.type.element == b.type.element else {
      throw SpecificationError(
        "\(kind) takes two tensors of one type, got \(a.type.element.rawValue) and \(b.type.element.rawValue)",
        hint: "Export the model again; the file may be damaged")
    }
    return (a, b)
  }

  /// An input that must be float32.
  ///
  /// - Parameters:
  ///   - place: Its place.
  ///   - kind: The operator's name, for the error.
  /// - Throws: `SpecificationError` where it is left out or of another type.
  func float(_ place: Int, of kind: String) throws(SpecificationError) -> ValueFacts {
    let facts = try required(place, of: kind)
    guard facts.type.element == .float32 else {
      throw SpecificationError(
        "\(kind) takes floats as input \(place + 1), got \(facts.type.element.rawValue)",
        hint: "Export the model again; the file may be damaged")
    }
    return facts
  }

  /// Integers that must be known before anything runs, such as axes and shapes; nil where the input is left out.
  ///
  /// - Parameters:
  ///   - place: The input's place.
  ///   - kind: The operator's name, for the error.
  /// - Throws: `SpecificationError` where they depend on data.
  func integers(_ place: Int, of kind: String) throws(SpecificationError) -> [Int]? {
    guard let facts = optional(place) else { return nil }
    guard let values = facts.constant?.integers else {
      throw SpecificationError(
        "input \(place + 1) of \(kind) depends on the data, and shapes must be known beforehand",
        hint: "Export the model with fixed shapes")
    }
    return values
  }
}

extension ForwardCall {
  /// An input that is there; `results` has checked it.
  ///
  /// - Parameter place: Its place.
  func input(_ place: Int) -> TensorView {
    guard let view = inputs[place] else { preconditionFailure("input \(place) is left out") }
    return view
  }

  /// An optional input.
  ///
  /// - Parameter place: Its place.
  func optional(_ place: Int) -> TensorView? { inputs.indices.contains(place) ? inputs[place] : nil }

  var pair: (TensorView, TensorView) { (input(0), input(1)) }
}

extension BackwardCall {
  /// An input that is there.
  ///
  /// - Parameter place: Its place.
  func input(_ place: Int) -> TensorView {
    guard let view = inputs[place] else { preconditionFailure("input \(place) is left out") }
    return view
  }

  /// An optional input.
  ///
  /// - Parameter place: Its place.
  func optional(_ place: Int) -> TensorView? { inputs.indices.contains(place) ? inputs[place] : nil }

  /// Where an input's gradient goes; nil where not wanted.
  ///
  /// - Parameter place: The input's place.
  func target(_ place: Int) -> UnsafeMutablePointer<Float>? {
    inputGradients.indices.contains(place) ? inputGradients[place] : nil
  }
}
