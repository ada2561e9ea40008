/// The arrays that a user gives for a graph: its inputs, the gradient of its outputs from which the backward pass starts,
/// and the classes of the samples.
public struct GraphArrays: Sendable {
  /// By the name of the graph's input.
  public var inputs: [String: TensorConstant] = [:]
  /// The gradient from which the backward pass starts.
  public var cotangent: [Float]?
  /// A class for each row of the output.
  public var labels: [Int]?

  public init() {}
}
