import InitScope
import NumberText

/// Expects values to be independent draws from a fully known distribution.
///
/// Three tests share the false-alarm rate: Kolmogorov's distance of the distribution functions, which sees the shape; the
/// variance (chi-square for a normal, else by the normal limit of the sample variance), and the mean, both sharper than
/// Kolmogorov's where the shape is right. Values outside a bounded law's support fail at once. At least 100 values are
/// needed.
///
/// - Parameters:
///   - values: At least 100 of them.
///   - expected: The law, known in full.
///   - falseAlarmRate: Probability that draws of the law fail.
///   - fileID: Of the place in the source that a failure names.
///   - filePath: Of that place.
///   - line: Of that place.
///   - column: Of that place.
/// - Returns: Whether the expectation holds.
@discardableResult
public func expectDistribution(
  of values: some Collection<Float>, _ expected: WeightDistribution, falseAlarmRate: Double = 1e-6,
  fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
) -> Bool {
  precondition(falseAlarmRate > 0 && falseAlarmRate < 1, "a false-alarm rate lies in (0, 1), got \(falseAlarmRate)")
  let place = SourcePlace(fileID: fileID, filePath: filePath, line: line, column: column)
  let complaints = DistributionTest(values.map(Double.init), expected, falseAlarmRate: falseAlarmRate).complaints
  guard !complaints.isEmpty else { return true }
  place.report(
    "\(values.count) values from \(expected): \(complaints.count == 1 ? "1 test fails" : "\(complaints.count) tests fail")\n"
      + complaints.map { "  \($0)" }.joined(separator: "\n")
      + "\n  false-alarm rate \(MessageNumber.given(falseAlarmRate)) for all tests together")
  return false
}

/// The tests behind `expectDistribution`.
package struct DistributionTest {
  package static let leastCount = 100

  /// What contradicts the law, in sentences.
  package var complaints: [String] = []

  package init(_ values: [Double], _ expected: WeightDistribution, falseAlarmRate: Double) {
    guard values.count >= Self.leastCount else {
      complaints = ["\(values.count) values are too few: at least \(Self.leastCount) are needed"]
      return
    }
    guard values.allSatisfy(\.isFinite) else {
      complaints = ["\(values.count { !$0.isFinite }) values are not finite"]
      return
    }
    // The law's moments do not depend on the shape of the tensor.
    let shape = WeightShape(outputs: values.count, inputs: 1)
    guard let mean = expected.law.mean(shape), let variance = expected.law.variance(shape), variance > 0 else {
      complaints = ["\(expected) has no variance"]
      return
    }
    if let support = expected.law.bounds(shape) {
      // Bounds are Double and values Float: one unit in the last place of slack.
      let slack = max(abs(support.lowerBound), abs(support.upperBound)) * 0x1p-23
      if support.lowerBound.isFinite {
        let outside = values.count { $0 < support.lowerBound - slack || $0 > support.upperBound + slack }
        if outside > 0 {
          complaints.append(
            "\(outside) values lie outside [\(MessageNumber.given(support.lowerBound)), "
              + "\(MessageNumber.given(support.upperBound))]"
          )
        }
      }
    }
    let rate = falseAlarmRate / 3
    var found: [String] = []
    func judge(_ probability: Double, _ what: String) {
      guard probability < rate else { return }
      found.append("\(what): probability \(probability < 1e-99 ? "below 1e-99" : MessageNumber.given(probability))")
    }
    let n = Double(values.count)
    let distance = KolmogorovTest.distance(of: values, cumulative: expected.cumulative)
    judge(
      KolmogorovTest.probability(distance: distance, count: values.count),
      "distance of the distribution functions \(MessageNumber.given(distance))")
    let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
    let ratio = square / variance
    let isNormal = if case .normal = expected { true } else { false }
    judge(
      isNormal
        ? Estimators.chiSquareProbability(ratio: ratio, degreesOfFreedom: values.count)
        : Estimators.normalProbability(beyond: (ratio - 1) / ((expected.kurtosis - 1) / n).squareRoot()),
      "standard deviation \(MessageNumber.given(square.squareRoot())) in place of "
        + "\(MessageNumber.given(variance.squareRoot()))"
    )
    let average = Estimators.mean(values)
    judge(
      Estimators.normalProbability(beyond: (average - mean) / (variance / n).squareRoot()),
      "mean \(MessageNumber.given(average)) in place of \(MessageNumber.given(mean))")
    complaints += found
  }
}
