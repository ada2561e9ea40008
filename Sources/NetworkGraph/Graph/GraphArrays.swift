/// Arrays that a user gives for a graph's inputs, its cotangent and its classes.
public struct GraphArrays: Sendable {
  /// By the name of the graph's input.
  public var inputs: [String: TensorConstant] = [:]
  /// The gradient from which the backward pass starts.
  public var cotangent: [Float]?
  /// A class for each row of the output.
  public var labels: [Int]?

  public init() {}
}
