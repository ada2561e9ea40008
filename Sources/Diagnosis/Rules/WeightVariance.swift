import Glibc
import NetworkGraph
import NumberText
import SampleStatistics
import SignalPropagation

/// Finds weights with another variance than their declared law has.
public struct WeightVariance: Rule {
  public static let name = "weight-variance"
  public static let summary = "The variance of a layer's weights is not the one that their scheme declares."
  public static let explanation = """
    The sample variance of each weight tensor is held against the declared law's, with the standard error that follows from \
    the number of independent draws and the law's kurtosis, at a false-alarm rate of 0.001 divided by the number of tensors \
    (Bonferroni). Orthogonal weights have almost no sampling error. Where the two differ, known mistakes are tried: a wrong \
    fan, a receptive field or groups that were forgotten, a gain that is missing, not squared or applied twice, a \
    truncation that was not corrected, a variance used as standard deviation or the reverse, a uniform bound used as \
    standard deviation, another scheme. The one that explains most layers within their sampling error is named.
    """
  public static let remedy = """
    Correct what the message names in the code that fills the weights, or declare the scheme that they follow.
    """
  public static let severities: [(severity: Finding.Severity, condition: String)] = [
    (.warning, "a known mistake explains the variance, or it changes signals by more than a factor of 1.25 in total"),
    (.note, "otherwise"),
  ]

  /// The probability of a finding in a run whose weights follow their law.
  public static let falseAlarmRate = 1e-3

  public init() {}

  public static func size(of finding: Finding) -> Double { log(finding.figure("ratio") ?? 1).magnitude }

  /// How the cause begins where no known mistake gives the factor, which follows.
  static let unexplained = "unexplained factor"

  fileprivate struct Deviation {
    var tensor: WeightTensor
    var expected: Double
    /// The ratios of the sample variance to the true one that chance explains.
    var chance: ClosedRange<Double>
    var causes: [(cause: VarianceCause, misfit: Double)]

    var ratio: Double { tensor.summary.variance / expected }
  }

  public func findings(in run: InitializerRun, _ context: RuleContext) -> [Finding] {
    let judged = WeightTensor.all(in: run, context).filter { $0.summary.expectedVariance != nil }
    guard !judged.isEmpty else { return [] }
    let rate = Self.falseAlarmRate / Double(judged.count)
    var left = judged.compactMap { deviation($0, rate: rate, context) }
    var findings: [Finding] = []
    // The mistake that explains most layers comes first; among equals the closest, then the likeliest.
    while let best = bestCause(left) {
      let (explained, rest) = (left.filter { $0.explains(best) }, left.filter { !$0.explains(best) })
      let others = Set(explained[0].causes.map(\.cause.key)).subtracting([best])
        .filter { key in explained.allSatisfy { $0.explains(key) } }
      findings.append(finding(explained, cause: best, others: others.sorted(), run, context, judged.count))
      left = rest
    }
    if !left.isEmpty { findings.append(finding(left, cause: nil, others: [], run, context, judged.count)) }
    return findings
  }

  private func deviation(_ tensor: WeightTensor, rate: Double, _ context: RuleContext) -> Deviation? {
    guard let expected = tensor.summary.expectedVariance else { return nil }
    let measured = tensor.summary.variance
    if expected == 0 {
      // Float rounds a constant once.
      let size = max(abs(tensor.summary.min), abs(tensor.summary.max)) * 0x1p-22
      return measured > size * size ? Deviation(tensor: tensor, expected: 0, chance: 1...1, causes: []) : nil
    }
    let chance = SamplingError.varianceRatio(tensor, twoSided: rate)
    guard !chance.contains(measured / expected) else { return nil }
    // A mistake in drawing leaves the entries independent, so the sampling error is at most that of a normal.
    var drawn = tensor
    drawn.law = .normal(mean: 0, std: 1)
    let scatter = SamplingError.varianceRatio(drawn, twoSided: rate)
    let causes = VarianceCause.candidates(for: tensor, context)
      .filter { scatter.contains(measured / $0.variance) }
      .map { ($0, abs(log(measured / $0.variance))) }
    return Deviation(tensor: tensor, expected: expected, chance: chance, causes: causes)
  }

  private func bestCause(_ deviations: [Deviation]) -> String? {
    var scores: [(key: String, layers: Int, misfit: Double)] = []
    for deviation in deviations {
      for (cause, misfit) in deviation.causes {
        if let index = scores.firstIndex(where: { $0.key == cause.key }) {
          scores[index].layers += 1
          scores[index].misfit += misfit
        } else {
          scores.append((cause.key, 1, misfit))
        }
      }
    }
    guard let most = scores.map(\.layers).max() else { return nil }
    let leaders = scores.filter { $0.layers == most }
    guard let closest = leaders.map(\.misfit).min() else { return nil }
    // Mistakes that give the same variance differ only by rounding.
    return leaders.first { $0.misfit <= closest + 1e-6 }?.key
  }

  private func finding(
    _ group: [Deviation], cause key: String?, others: [String], _ run: InitializerRun, _ context: RuleContext, _ count: Int
  ) -> Finding {
    let worst = group.max { abs(log($0.ratio)) < abs(log($1.ratio)) } ?? group[0]
    let tensors = group.map(\.tensor)
    let (cause, sentence) = explanation(group, worst: worst, key: key)
    let total = group.reduce(0) { $0 + ($1.ratio > 0 && $1.ratio.isFinite ? abs(log($1.ratio)) : .infinity) }
    var evidence: [String: Finding.Evidence] = [
      "cause": .text(cause), "layer": .text(worst.tensor.layer.name),
      "tensor": .text(worst.tensor.tensor.path(in: worst.tensor.layer.name)), "ratio": .number(worst.ratio),
      "measuredVariance": .number(worst.tensor.summary.variance), "expectedVariance": .number(worst.expected),
      "ratioLow": .number(worst.chance.lowerBound), "ratioHigh": .number(worst.chance.upperBound),
      "draws": .number(worst.tensor.draws), "tensors": .number(Double(count)),
      "falseAlarmRate": .number(Self.falseAlarmRate),
    ]
    if !others.isEmpty { evidence["alsoFits"] = .text(others.joined(separator: ", ")) }
    return Finding(
      rule: Self.name, severity: key != nil || total > log(1.25) ? .warning : .note, layers: tensors.layerIndices,
      evidence: evidence, message: "\(Self.head(worst, tensors, worst.tensor.initializer(context))) \(sentence)")
  }

  private func explanation(_ group: [Deviation], worst: Deviation, key: String?) -> (key: String, sentence: String) {
    if let key, let cause = worst.causes.first(where: { $0.cause.key == key })?.cause { return (key, cause.sentence) }
    let summary = worst.tensor.summary
    if summary.variance == 0 {
      return summary.mean == 0
        ? ("zeros", "They are all 0: the layer was not initialized, or its weights were not loaded.")
        : ("constant", "They are all \(shortNumber(summary.mean, digits: 4)): units cannot become different.")
    }
    if worst.expected == 0 { return ("not constant", "They are declared to be one constant, but vary.") }
    if let outliers = summary.outliers, outliers > 0, Double(outliers) < 0.01 * worst.tensor.draws {
      return ("outliers", "A few weights far outside the law's range cause it: see weight-outliers.")
    }
    let factor = "\(Self.unexplained) \(shortNumber(worst.ratio, digits: 4))"
    return (factor, "No known mistake gives this factor.")
  }

  // MARK: Messages

  private static func head(_ worst: Deviation, _ tensors: [WeightTensor], _ initializer: Initializer) -> String {
    let subject = LayerText.of(tensors)
    guard worst.expected > 0 else {
      return "\(subject) have variance \(shortNumber(worst.tensor.summary.variance, digits: 4)) where \(initializer) has 0."
    }
    let place = tensors.count > 1 ? " (in \(worst.tensor.title))" : ""
    return """
      \(subject) have \(shortNumber(worst.ratio, digits: 4)) times the variance of \(initializer)\(place), where chance \
      allows \(shortNumber(worst.chance.lowerBound, digits: 4)) to \(shortNumber(worst.chance.upperBound, digits: 4)).
      """
  }
}

extension WeightVariance.Deviation {
  fileprivate func explains(_ key: String) -> Bool { causes.contains { $0.cause.key == key } }
}
