/// One value of a model's graph in one run, as means over replicas.
public struct ValueSummary: Sendable, Equatable {
  /// The value's name in the file.
  public var name: String
  /// The operator that makes it, such as `MatMul`; `input` for an input of the graph.
  public var operation: String
  public var mean: Double
  /// About the mean, divisor n - 1.
  public var variance: Double
  /// Mean of the squares.
  public var secondMoment: Double
  /// Mean square of the gradient with respect to the value; nil where no gradient reaches it.
  public var gradientSecondMoment: Double?

  /// Makes a summary.
  ///
  /// - Parameters:
  ///   - name: The value's name in the file.
  ///   - operation: The operator that makes it.
  ///   - mean: Its mean.
  ///   - variance: Its variance, divisor n - 1.
  ///   - secondMoment: The mean of its squares.
  ///   - gradientSecondMoment: The mean square of the gradient; nil where none reaches it.
  package init(
    name: String, operation: String, mean: Double, variance: Double, secondMoment: Double, gradientSecondMoment: Double?
  ) {
    self.name = name
    self.operation = operation
    self.mean = mean
    self.variance = variance
    self.secondMoment = secondMoment
    self.gradientSecondMoment = gradientSecondMoment
  }
}
