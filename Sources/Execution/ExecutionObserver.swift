import NetworkGraph

/// Is shown the values of a run as they are made.
public protocol ExecutionObserver: AnyObject {
  /// A value that was asked for has been computed.
  ///
  /// - Parameters:
  ///   - value: Which one.
  ///   - tensor: Its elements, valid during the call.
  /// - Throws: What stops the run.
  func computed(_ value: ValueID, _ tensor: Tensor) throws

  /// The whole gradient with respect to a value that was asked for, or to a parameter, has been computed.
  ///
  /// - Parameters:
  ///   - value: Which one.
  ///   - gradient: The gradient, valid during the call.
  /// - Throws: What stops the run.
  func gradient(of value: ValueID, _ gradient: Tensor) throws

  /// A recurrent node that was asked for has been computed.
  ///
  /// - Parameters:
  ///   - node: Its place in the graph.
  ///   - gates: Pre-activations of its gates, samples x steps x all gates of a step, valid during the call.
  ///   - states: Mean squares of its states by step, in the order in which it goes through them.
  /// - Throws: What stops the run.
  func computed(gatesOf node: Int, _ gates: Tensor, states: [Double]) throws

  /// The same for the gradients with respect to the gates, and with respect to the states through all later steps.
  ///
  /// - Parameters:
  ///   - node: Its place in the graph.
  ///   - gates: The gradient with respect to the gates' pre-activations, valid during the call.
  ///   - states: Mean squares by step, to be multiplied by the square of the gates' scale.
  /// - Throws: What stops the run.
  func gradient(ofGatesOf node: Int, _ gates: Tensor, states: [Double]) throws
}

extension ExecutionObserver {
  public func computed(gatesOf node: Int, _ gates: Tensor, states: [Double]) throws {}
  public func gradient(ofGatesOf node: Int, _ gates: Tensor, states: [Double]) throws {}
}

/// Whether signals may leave Float's range.
public enum ScalePolicy: Sendable {
  /// Every tensor carries an exponent: for audits, which follow signals wherever they go.
  case carried
  /// Plain Float arithmetic, as training has it.
  case plain
}
