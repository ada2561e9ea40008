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
}

/// Whether signals may leave Float's range.
public enum ScalePolicy: Sendable {
  /// Every tensor carries an exponent: for audits, which follow signals wherever they go.
  case carried
  /// Plain Float arithmetic, as training has it.
  case plain
}
