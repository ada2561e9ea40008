/// Attributes by kind. Each is nil where the node does not have it, so that the operator's default counts.
extension ONNXNode {
  /// A whole number.
  ///
  /// - Parameter name: The attribute's name.
  /// - Throws: `ONNXAttributeMismatch` where the attribute is of another kind.
  public func int(_ name: String) throws(ONNXAttributeMismatch) -> Int? {
    switch attributes[name] {
    case nil: nil
    case .int(let value): value
    case let other?: throw mismatch(name, "a whole number", other)
    }
  }

  /// A number.
  ///
  /// - Parameter name: The attribute's name.
  /// - Throws: `ONNXAttributeMismatch` where the attribute is of another kind.
  public func float(_ name: String) throws(ONNXAttributeMismatch) -> Float? {
    switch attributes[name] {
    case nil: nil
    case .float(let value): value
    case let other?: throw mismatch(name, "a number", other)
    }
  }

  /// A text.
  ///
  /// - Parameter name: The attribute's name.
  /// - Throws: `ONNXAttributeMismatch` where the attribute is of another kind.
  public func string(_ name: String) throws(ONNXAttributeMismatch) -> String? {
    switch attributes[name] {
    case nil: nil
    case .string(let value): value
    case let other?: throw mismatch(name, "a text", other)
    }
  }

  /// A list of whole numbers.
  ///
  /// - Parameter name: The attribute's name.
  /// - Throws: `ONNXAttributeMismatch` where the attribute is of another kind.
  public func ints(_ name: String) throws(ONNXAttributeMismatch) -> [Int]? {
    switch attributes[name] {
    case nil: nil
    case .ints(let values): values
    case let other?: throw mismatch(name, "a list of whole numbers", other)
    }
  }

  /// A list of numbers.
  ///
  /// - Parameter name: The attribute's name.
  /// - Throws: `ONNXAttributeMismatch` where the attribute is of another kind.
  public func floats(_ name: String) throws(ONNXAttributeMismatch) -> [Float]? {
    switch attributes[name] {
    case nil: nil
    case .floats(let values): values
    case let other?: throw mismatch(name, "a list of numbers", other)
    }
  }

  /// A list of texts.
  ///
  /// - Parameter name: The attribute's name.
  /// - Throws: `ONNXAttributeMismatch` where the attribute is of another kind.
  public func strings(_ name: String) throws(ONNXAttributeMismatch) -> [String]? {
    switch attributes[name] {
    case nil: nil
    case .strings(let values): values
    case let other?: throw mismatch(name, "a list of texts", other)
    }
  }

  /// A tensor.
  ///
  /// - Parameter name: The attribute's name.
  /// - Throws: `ONNXAttributeMismatch` where the attribute is of another kind.
  public func tensor(_ name: String) throws(ONNXAttributeMismatch) -> ONNXTensor? {
    switch attributes[name] {
    case nil: nil
    case .tensor(let value): value
    case let other?: throw mismatch(name, "a tensor", other)
    }
  }

  /// A graph, such as the body of a loop.
  ///
  /// - Parameter name: The attribute's name.
  /// - Throws: `ONNXAttributeMismatch` where the attribute is of another kind.
  public func graph(_ name: String) throws(ONNXAttributeMismatch) -> ONNXGraph? {
    switch attributes[name] {
    case nil: nil
    case .graph(let value): value
    case let other?: throw mismatch(name, "a graph", other)
    }
  }

  private func mismatch(_ name: String, _ wanted: String, _ found: ONNXAttribute) -> ONNXAttributeMismatch {
    ONNXAttributeMismatch(attribute: name, wanted: wanted, found: found.kind)
  }
}
