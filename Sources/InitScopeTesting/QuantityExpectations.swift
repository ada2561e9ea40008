import InitScope
import NumberText

// Expectations of one quantity each. All share their form: a bound is violated only where the interval of what was measured
// lies outside of it altogether; the false-alarm rate is that of the whole expectation, shared among its layers.

extension AuditedNetwork {
  /// Expects the variance over units and samples of every selected layer to lie in the range; judged by its logarithm, since
  /// it is heavy-tailed in depth.
  @discardableResult
  public func expectVariance(
    of tensor: GateTensor, in range: ClosedRange<Double>, layers: GateLayers = .hidden, falseAlarmRate: Double = 1e-4,
    fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) -> Bool {
    judge(
      GateBounds(
        falseAlarmRate: falseAlarmRate, bounds: [Self.bound(tensor, .variance, range, layers)], rules: Self.noRules,
        judgesVerdict: false),
      "variance of \(tensor.rawValue) in \(Self.text(range)), \(Self.text(layers))",
      at: SourcePlace(fileID: fileID, filePath: filePath, line: line, column: column))
  }

  /// Expects the second moment of every selected layer to lie in the range; judged by its logarithm.
  @discardableResult
  public func expectSecondMoment(
    of tensor: GateTensor, in range: ClosedRange<Double>, layers: GateLayers = .hidden, falseAlarmRate: Double = 1e-4,
    fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) -> Bool {
    judge(
      GateBounds(
        falseAlarmRate: falseAlarmRate, bounds: [Self.bound(tensor, .secondMoment, range, layers)], rules: Self.noRules,
        judgesVerdict: false),
      "second moment of \(tensor.rawValue) in \(Self.text(range)), \(Self.text(layers))",
      at: SourcePlace(fileID: fileID, filePath: filePath, line: line, column: column))
  }

  /// Expects the mean of every selected layer to lie in the range.
  @discardableResult
  public func expectMean(
    of tensor: GateTensor, in range: ClosedRange<Double>, layers: GateLayers = .hidden, falseAlarmRate: Double = 1e-4,
    fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) -> Bool {
    judge(
      GateBounds(
        falseAlarmRate: falseAlarmRate, bounds: [Self.bound(tensor, .mean, range, layers)], rules: Self.noRules,
        judgesVerdict: false),
      "mean of \(tensor.rawValue) in \(Self.text(range)), \(Self.text(layers))",
      at: SourcePlace(fileID: fileID, filePath: filePath, line: line, column: column))
  }

  /// Expects at most that fraction of units to be zero for every sample of the batch.
  @discardableResult
  public func expectNoDeadUnits(
    atMost fraction: Double = 0, layers: GateLayers = .hidden, falseAlarmRate: Double = 1e-4,
    fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) -> Bool {
    judge(
      GateBounds(
        falseAlarmRate: falseAlarmRate, bounds: [Self.bound(.activations, .deadFraction, 0...fraction, layers)],
        rules: Self.noRules, judgesVerdict: false),
      "dead units at most \(MessageNumber.given(fraction)), \(Self.text(layers))",
      at: SourcePlace(fileID: fileID, filePath: filePath, line: line, column: column))
  }

  /// Expects at most that fraction of units to be saturated: |f'| below 5% of its largest for 95% of the samples.
  @discardableResult
  public func expectNoSaturatedUnits(
    atMost fraction: Double = 0, layers: GateLayers = .hidden, falseAlarmRate: Double = 1e-4,
    fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) -> Bool {
    judge(
      GateBounds(
        falseAlarmRate: falseAlarmRate, bounds: [Self.bound(.activations, .saturatedFraction, 0...fraction, layers)],
        rules: Self.noRules, judgesVerdict: false),
      "saturated units at most \(MessageNumber.given(fraction)), \(Self.text(layers))",
      at: SourcePlace(fileID: fileID, filePath: filePath, line: line, column: column))
  }

  /// Expects the mean cosine between the samples' activations to lie in the range: near 1, inputs have become alike.
  @discardableResult
  public func expectCorrelation(
    in range: ClosedRange<Double>, layers: GateLayers = .hidden, falseAlarmRate: Double = 1e-4,
    fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) -> Bool {
    judge(
      GateBounds(
        falseAlarmRate: falseAlarmRate, bounds: [Self.bound(.activations, .cosineSimilarity, range, layers)],
        rules: Self.noRules, judgesVerdict: false),
      "cosine between samples of activations in \(Self.text(range)), \(Self.text(layers))",
      at: SourcePlace(fileID: fileID, filePath: filePath, line: line, column: column))
  }

  // MARK: Parts

  /// An expectation about a quantity applies no rule.
  static let noRules = [RuleThreshold(NamePattern("*"), nil)]

  static func bound(
    _ tensor: GateTensor, _ quantity: GateQuantity, _ range: ClosedRange<Double>, _ layers: GateLayers
  ) -> GateBound {
    GateBound(layers: layers, of: tensor, quantity, .range(low: range.lowerBound, high: range.upperBound))
  }

  static func text(_ range: ClosedRange<Double>) -> String {
    "\(MessageNumber.given(range.lowerBound)) to \(MessageNumber.given(range.upperBound))"
  }

  static func text(_ layers: GateLayers) -> String {
    switch layers {
    case .all: "all layers"
    case .hidden: "hidden layers"
    case .named(let pattern): pattern.isLiteral ? "layer \(pattern.text)" : "layers \(pattern.text)"
    }
  }
}
