import NetworkGraph
import OperatorKernels
import TensorKernels

/// A layer that is computed by operators alone, the same that compute graphs from files.
public protocol LoweredLayer: Layer {
  /// The operators that compute the layer, without its activation, for a batch.
  ///
  /// - Parameter context: The shapes and the batch.
  /// - Throws: `OutOfMemory`, and `SpecificationError` where the shapes do not fit.
  func lowering(_ context: KernelContext) throws -> Lowering
}

/// The operators that compute a layer, in the order in which they run. The last one's first result is the layer's.
public struct Lowering {
  /// What an operator takes.
  public enum Operand {
    /// An input of the layer, in the shape in which the operator sees it.
    case input(Int, TensorShape)
    /// A parameter of the layer, likewise.
    case parameter(Int, TensorShape)
    case constant(TensorConstant)
    /// The first result of an earlier step, in a shape of as many elements; nil for its own.
    case step(Int, TensorShape?)
  }

  /// One operator.
  public struct Step {
    public var operation: any OperatorKernel
    /// nil for an optional input that is left out.
    public var operands: [Operand?]
  }

  public private(set) var steps: [Step] = []

  public init() {}

  /// Adds an operator.
  ///
  /// - Parameters:
  ///   - operation: The operator.
  ///   - operands: Its inputs; nil for an optional one that is left out.
  /// - Returns: Its first result.
  @discardableResult
  public mutating func add(_ operation: any OperatorKernel, _ operands: Operand?...) -> Operand {
    steps.append(Step(operation: operation, operands: operands))
    return .step(steps.count - 1, nil)
  }

  /// Adds an operator by ONNX's name, as its newest form has it.
  ///
  /// - Parameters:
  ///   - kind: ONNX's name.
  ///   - attributes: Its integer attributes.
  ///   - operands: Its inputs.
  /// - Returns: Its first result.
  @discardableResult
  public mutating func add(_ kind: String, attributes: [String: Int] = [:], of operands: [Operand?]) throws -> Operand {
    guard let entry = OperatorCatalogue[kind] else { preconditionFailure("there is no operator \(kind)") }
    let operation = try entry.make(OperatorAttributes(version: 23, values: attributes.mapValues { .integer($0) }))
    steps.append(Step(operation: operation, operands: operands))
    return .step(steps.count - 1, nil)
  }
}

extension Lowering.Operand {
  /// An input of the layer.
  static func signal(_ extents: [Int], of place: Int = 0) throws -> Self { .input(place, try TensorShape(extents)) }

  /// A parameter of the layer; nil where it has none there.
  static func tensor(_ place: Int, _ extents: [Int], where exists: Bool = true) throws -> Self? {
    exists ? .parameter(place, try TensorShape(extents)) : nil
  }

  /// The same elements in another shape.
  func viewed(as extents: [Int]) throws -> Self {
    let shape = try TensorShape(extents)
    return switch self {
    case .input(let place, _): .input(place, shape)
    case .parameter(let place, _): .parameter(place, shape)
    case .step(let step, _): .step(step, shape)
    case .constant: self
    }
  }

  /// A single integer.
  static func integer(_ value: Int) throws -> Self { .constant(TensorConstant(TensorShape(), .int64([Int64(value)]))) }

  /// A list of integers.
  static func integers(_ values: Int...) throws -> Self {
    .constant(TensorConstant(try TensorShape([values.count]), .int64(values.map { Int64($0) })))
  }
}
