import NetworkGraph

/// An operator's place in the catalogue: its ONNX name and how it is made from a node's attributes.
public struct OperatorEntry: Sendable {
  /// ONNX's name.
  public let name: String
  /// Makes the operator of a node.
  public let make: @Sendable (OperatorAttributes) throws(SpecificationError) -> any OperatorKernel

  /// Makes an entry.
  ///
  /// - Parameters:
  ///   - name: ONNX's name for the operator.
  ///   - make: Reads the node's attributes.
  public init(
    _ name: String, make: @escaping @Sendable (OperatorAttributes) throws(SpecificationError) -> any OperatorKernel
  ) {
    self.name = name
    self.make = make
  }
}

/// The attributes of a node, as the version of the operator set that its file names has them.
public struct OperatorAttributes: Sendable {
  public enum Value: Sendable {
    case integer(Int)
    case float(Double)
    case text(String)
    case integers([Int])
    case floats([Double])
    case texts([String])
    case tensor(TensorConstant)
    /// A value of another kind, such as a graph: no operator here takes one.
    case other(String)
  }

  /// The version of the operator set that the node follows.
  public var version: Int
  public var values: [String: Value]
  /// The number of results that the node names.
  public var outputCount: Int
  /// Which inputs the node gives.
  public var givesInput: [Bool]

  /// Makes attributes.
  ///
  /// - Parameters:
  ///   - version: The version of the operator set.
  ///   - values: The attributes by name.
  ///   - outputCount: The number of results that the node names.
  ///   - givesInput: Which inputs the node gives.
  public init(version: Int, values: [String: Value] = [:], outputCount: Int = 1, givesInput: [Bool] = []) {
    self.version = version
    self.values = values
    self.outputCount = outputCount
    self.givesInput = givesInput
  }

  /// An integer attribute.
  ///
  /// - Parameters:
  ///   - name: Its name.
  ///   - standard: The value where it is missing.
  /// - Throws: `SpecificationError` for an attribute of another kind.
  public func integer(_ name: String, _ standard: Int) throws(SpecificationError) -> Int {
    switch values[name] {
    case nil: return standard
    case .integer(let value): return value
    default: throw mistyped(name, "an integer")
    }
  }

  /// A list of integers; nil where it is missing.
  ///
  /// - Parameter name: Its name.
  /// - Throws: `SpecificationError` for an attribute of another kind.
  public func integers(_ name: String) throws(SpecificationError) -> [Int]? {
    switch values[name] {
    case nil: return nil
    case .integers(let value): return value
    default: throw mistyped(name, "a list of integers")
    }
  }

  /// A float attribute.
  ///
  /// - Parameters:
  ///   - name: Its name.
  ///   - standard: The value where it is missing.
  /// - Throws: `SpecificationError` for an attribute of another kind.
  public func float(_ name: String, _ standard: Double) throws(SpecificationError) -> Double {
    switch values[name] {
    case nil: return standard
    case .float(let value): return value
    default: throw mistyped(name, "a float")
    }
  }

  /// A list of floats; nil where it is missing.
  ///
  /// - Parameter name: Its name.
  /// - Throws: `SpecificationError` for an attribute of another kind.
  public func floats(_ name: String) throws(SpecificationError) -> [Double]? {
    switch values[name] {
    case nil: return nil
    case .floats(let value): return value
    default: throw mistyped(name, "a list of floats")
    }
  }

  /// A text attribute.
  ///
  /// - Parameters:
  ///   - name: Its name.
  ///   - standard: The value where it is missing.
  /// - Throws: `SpecificationError` for an attribute of another kind.
  public func text(_ name: String, _ standard: String) throws(SpecificationError) -> String {
    switch values[name] {
    case nil: return standard
    case .text(let value): return value
    default: throw mistyped(name, "a string")
    }
  }

  /// A list of texts; nil where it is missing.
  ///
  /// - Parameter name: Its name.
  /// - Throws: `SpecificationError` for an attribute of another kind.
  public func texts(_ name: String) throws(SpecificationError) -> [String]? {
    switch values[name] {
    case nil: return nil
    case .texts(let value): return value
    default: throw mistyped(name, "a list of strings")
    }
  }

  /// A tensor; nil where it is missing.
  ///
  /// - Parameter name: Its name.
  /// - Throws: `SpecificationError` for an attribute of another kind.
  public func tensor(_ name: String) throws(SpecificationError) -> TensorConstant? {
    switch values[name] {
    case nil: return nil
    case .tensor(let value): return value
    default: throw mistyped(name, "a tensor")
    }
  }

  private func mistyped(_ name: String, _ kind: String) -> SpecificationError {
    SpecificationError("the attribute '\(name)' must be \(kind)", hint: "Export the model again; the file may be damaged")
  }
}
