import Glibc
import SampleStatistics
import TensorFiles

/// Compares a tensor with a law that is known in full.
///
/// Four comparisons: the variance by chi-square (with the law's kurtosis in the degrees of freedom), the mean, the ends of
/// the law's support, and Kolmogorov's distance of a sample. Each refutes the law where chance would do so with less than
/// `rate` and where the difference matters: with 10^9 values a difference of a hundredth of a percent would be certain and
/// of no account.
struct LawTest {
  /// The probability with which chance alone refutes a right law, for each comparison.
  var rate: Double
  /// Relative differences of the deviation below this do not matter.
  var tolerance = 0.02
  /// Whether a normal law and one that is cut off are told apart.
  var isStrict = false

  enum Difference: Equatable {
    /// The deviation is this many times the law's.
    case deviation(Double)
    /// The mean differs by so many deviations.
    case mean(Double)
    /// The distribution has another shape, by Kolmogorov's distance.
    case shape(Double)
    /// Values lie beyond the law's ends, the farthest at so many times the end.
    case support(Double)
    /// The values do not vary, or do where they must not.
    case constant
    /// A property that is there or not, such as orthogonality.
    case structure
  }

  /// What refutes the law; empty where nothing does.
  func differences(_ s: TensorStatistics, _ law: TensorLaw, _ type: TensorElementType) -> [Difference] {
    guard s.finite == s.count, s.count > 0 else { return [.constant] }
    // A unit in the last place of the type, for constants that it cannot hold exactly.
    let unit = pow(2, -Double(type.fractionBits ?? 52))
    // Next to zero the type's numbers lie this far apart, whatever their size: 1e-6 has four bits in float16.
    let step = (type.smallestStep ?? 0) / 2
    switch law {
    case .constant(let value):
      return s.isConstant && abs(s.least - value) <= max(unit * abs(value), step) ? [] : [.constant]
    case .identity: return s.isUnitDiagonal ? [] : [.structure]
    case .logarithmsOfCounts: return s.isLogarithmsOfCounts || isLogarithmsOfHeads(s, unit) ? [] : [.structure]
    case .forgetGateOnes: return s.isForgetGateOnes ? [] : [.structure]
    case .frequencies: return s.isFrequencies || s.count < 2 ? [] : [.structure]
    default: break
    }
    guard let exact = law.variance(rows: s.rows, columns: s.columns), exact > 0 else {
      return s.isConstant && s.count > 1 ? [.constant] : []
    }
    if s.isConstant { return s.count < 2 || exact.squareRoot() < step && abs(s.least) <= step ? [] : [.constant] }
    // Rounding to such steps adds the variance of a flat law.
    let variance = exact + (exact.squareRoot() < 100 * step ? step * step / 3 : 0)
    var found: [Difference] = []
    let n = Double(s.count)
    let ratio = s.variance / variance * (n > 1 ? n / (n - 1) : 1)
    // Coarse numbers add the variance of their rounding.
    let slack = tolerance + (unit > 0.01 ? 0.06 : 0)
    if case .orthogonal = law {
      // The mean square of the entries is fixed; their mean is not 0 in a small matrix.
      let ratio = (s.variance + s.mean * s.mean) / variance
      if abs(ratio.squareRoot() - 1) > max(slack, 0.01) { found.append(.deviation(ratio.squareRoot())) }
      if !s.isOrthogonal, min(s.rows, s.columns) > 1, s.rows <= s.columns || s.count <= TensorMeasurer.headSize {
        found.append(.structure)
      }
      return found
    }
    // A flat law's variance scatters less than a normal one's, but in small samples its lower tail is as long: values may
    // all fall close together.
    let isSmall = s.count < 200
    let freedom = isSmall ? max(1, n - 1) : max(1, (2 * (n - 1) / max(0.2, law.kurtosis - 1)).rounded())
    if s.count >= 4, abs(ratio.squareRoot() - 1) > slack,
      Estimators.chiSquareProbability(ratio: ratio, degreesOfFreedom: Int(min(freedom, 1e15))) < rate
    {
      found.append(.deviation(ratio.squareRoot()))
    }
    if let mean = law.mean {
      // By the law's own deviation where the sample's came out smaller: a few values may lie close together.
      let shift = (s.mean - mean) / max(s.standardDeviation, variance.squareRoot())
      if abs(shift) > max(tolerance, 0.02), Estimators.normalProbability(beyond: shift * n.squareRoot()) < rate {
        found.append(.mean(shift))
      }
    }
    if let support = law.support {
      let middle = (support.lowerBound + support.upperBound) / 2, reach = (support.upperBound - support.lowerBound) / 2
      let farthest = max(abs(s.least - middle), abs(s.greatest - middle)) / reach
      if farthest > 1 + 2 * unit + 1e-6, isStrict || farthest > 1.1 || isUniform(law) { found.append(.support(farthest)) }
    }
    if found.isEmpty, s.sample.count >= 50, let distance = LawIdentification.distance(law, s),
      distance > (isStrict ? 0.012 : 0.03), KolmogorovTest.probability(distance: distance, count: s.sample.count) < rate
    {
      found.append(.shape(distance))
    }
    // Where the deviation is right, a normal law that is cut off shows by its kurtosis first. Its error in small samples is
    // not normal.
    if found.isEmpty, isStrict, case .normal = law, s.count >= 2000, abs(s.kurtosis - 3) > 0.25,
      Estimators.normalProbability(beyond: (s.kurtosis - 3) / (24 / n).squareRoot()) < rate
    {
      found.append(.shape(LawIdentification.distance(law, s) ?? 0))
    }
    return found
  }

  func fits(_ s: TensorStatistics, _ law: TensorLaw, _ type: TensorElementType) -> Bool { differences(s, law, type).isEmpty }

  private func isUniform(_ law: TensorLaw) -> Bool { if case .uniform = law { true } else { false } }

  /// One logarithm for each head: log 1, log 2, ... along the only axis.
  private func isLogarithmsOfHeads(_ s: TensorStatistics, _ unit: Double) -> Bool {
    s.beginning.count == min(s.count, TensorMeasurer.beginningSize) && s.rows == 1
      && s.beginning.enumerated().allSatisfy { abs(Double($1) - log(Double($0 + 1))) < 0.01 + unit * log(Double($0 + 1)) }
  }
}
