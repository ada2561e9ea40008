/// How a model from a file is taken.
public struct ImportOptions: Sendable {
  /// Where batch normalization takes its moments from.
  public enum BatchNormalization: String, Sendable, CaseIterable {
    /// From the batch, as in training.
    case batch
    /// The running moments that the file has.
    case file
  }

  /// Extents for symbolic dimensions, by name.
  public var dimensions: [String: Int] = [:]
  /// The number of samples, where the first dimension of the inputs is symbolic; nil for the default.
  public var batch: Int?
  public var batchNormalization = BatchNormalization.batch
  /// The shapes of arrays that are given for inputs, by the input's name: they decide symbolic dimensions.
  public var givenShapes: [String: [Int]] = [:]

  public init() {}
}

/// The error that a model cannot be taken: every reason at once, with the remedy.
public struct ImportError: Error, Sendable, CustomStringConvertible {
  public var path: String
  public var message: String
  public var hint: String?

  package init(path: String, _ message: String, hint: String? = nil) {
    self.path = path
    self.message = message
    self.hint = hint
  }

  public var description: String { "\(path): \(message)" + (hint.map { ". \($0)" } ?? "") }
}
