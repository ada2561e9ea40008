import Glibc
import NetworkGraph
import SampleStatistics

// At finite width n the second moment m of a layer's activations is random. Given the layer below, its pre-activations are
// independent normals of variance q = sw2 m + sb2 (exactly so for Gaussian weights), so that
//   E m' = M(q), M(q) = E f^2,   Var m' = M^2 kappa / n,   kappa = E f^4 / M^2 - 1,
// and a relative deviation of m reaches log m' with the factor s omega, omega = sw2 m / q and s = d log M / d log q: the
// relative variance obeys r' = (s omega)^2 r + kappa / n (Hanin and Nica 2020 for ReLU; Roberts, Yaida and Hanin 2022,
// chapter 4). Two samples of one network share their weights: the covariance of their relative deviations obeys the same
// recursion with
//   kappa_2 = E f(u1)^2 f(u2)^2 / M^2 - 1
// at the layer's correlation, and the mean over a batch of B has variance r / B + (1 - 1/B) r_2.
//
// The logarithm is carried instead of m. Each layer multiplies by a mean of n squares, near enough a gamma variable of
// relative variance kappa / n, whose logarithm has mean psi(k) - log k and variance psi'(k) at k = n / kappa (exact for a
// linear layer); curvature of log M adds half the second derivative times the variance.
//
// Pairs differ in their correlations: around the mean these spread by 1/sqrt(n), which matters where the mean is near 0.
//
// Orthogonal weights keep the norm of z, so that of f^2/M = 1 + s (z^2/q - 1) + ... the second term does not fluctuate:
// kappa/n loses 2 (s omega)^2 min(1/n, 1/fanIn), and kappa_2/n that times c^2 (inner products are kept, too).
// A normal vector is a mixture of spheres whose squared radius has relative variance 2/n: on one sphere E f^2 lacks the
// mixture's half of that times q^2 M''/M.
//
// Far below its own scale an activation is its leading power, f = c x^d, and all ratios are those of any small q. Signals
// there are carried as a number near 2^-150 and a power of two, which follows them below Double's range. A signal that is
// exactly zero is another matter: it meets f'(0) itself, in every sample and unit.

/// Deviations of the logarithm of a batch's second moment: of one sample, and the part that two samples share.
struct LogDeviation {
  /// E log m minus the log of the mean-field value: for one sample, and for the mean of many.
  var shift = (single: 0.0, pooled: 0.0)
  /// Var log m of one sample, and the covariance of two.
  var variance = (single: 0.0, pair: 0.0)
  /// Var m / (E m)^2 of one sample, and the covariance of two: r' = (1 + e^2 r)(1 + kappa/n) - 1, whose product term makes
  /// it exact for homogeneous activations, (1 + kappa/n)^L - 1.
  var relative = (single: 0.0, pair: 0.0)

  func adding(_ single: Double, pair: Double) -> LogDeviation {
    var sum = self
    sum.shift.single += GammaLogarithm.mean(relativeVariance: single)
    sum.shift.pooled += GammaLogarithm.mean(relativeVariance: pair)
    sum.variance.single += GammaLogarithm.variance(relativeVariance: single)
    sum.variance.pair += GammaLogarithm.variance(relativeVariance: pair)
    sum.relative.single += single * (1 + sum.relative.single)
    sum.relative.pair += pair * (1 + sum.relative.pair)
    return sum
  }

  func shifted(by amount: Double) -> LogDeviation {
    var sum = self
    sum.shift.single += amount
    sum.shift.pooled += amount
    return sum
  }

  /// Through a map with elasticity `e` whose own slope with respect to the logarithm is `bend`; what samples do not share is
  /// averaged over the batch before the logarithm, so that it meets the curvature of the map itself.
  func mapped(elasticity e: Double, bend: Double, curvature: Double = 0) -> LogDeviation {
    let own = max(0, variance.single - variance.pair)
    return LogDeviation(
      shift: (
        e * shift.single + bend * variance.single / 2,
        e * shift.pooled + (bend * variance.pair + curvature * own) / 2
      ),
      variance: (e * e * variance.single, e * e * variance.pair),
      relative: (e * e * relative.single, e * e * relative.pair))
  }

  /// The prediction for a mean-field value of `mean * 2^exponent`.
  func prediction(_ mean: Double, exponent: Int = 0, batch: Int) -> MomentPrediction {
    let inverse = 1 / Double(batch)
    // What samples share stays; the relative variance of the rest is that of one sample over the batch.
    let rest = max(0, (relative.single - relative.pair) / (1 + relative.pair))
    let pooled = batch == 1 ? variance.single : variance.pair + log1p(inverse * rest)
    let shift = batch == 1 ? shift.single : shift.pooled - (pooled - variance.pair) / 2
    let infinite = log10(mean) + Double(exponent) * log10(2)
    return MomentPrediction(
      secondMoment: scalbn(mean, Int32(clamping: exponent)), log10SecondMoment: infinite,
      relativeVariance: inverse * relative.single + (1 - inverse) * relative.pair,
      meanLog10: infinite + shift / log(10), varianceLog10: pooled / (log(10) * log(10)))
  }
}

/// The forward pass through one layer: the quantities that later layers and the backward pass need.
struct ForwardLayer {
  let layer: ChainLayer
  /// The mean over the batch of the pre-activation variance, and of E f^2 and E f'^2 there; each times 2 to its exponent.
  let variance: Double
  let secondMoment: Double
  let derivativeSecondMoment: Double
  /// The powers of two by which these are larger than what they stand for; 0 but for signals below 2^-150.
  let exponents: (variance: Int, secondMoment: Int, derivative: Int)
  /// The variance of each group of samples, and its E f^2.
  let groups: [Double]
  let correlation: Double
  /// omega = sw2 m / q.
  let weightShare: Double
  /// The part of 1/n that orthogonal weights remove from the sampling of z^2.
  let keptShare: Double
  let single: GaussianMoments
  let cross: CrossMoments
  let preactivation: LogDeviation
  /// log q itself, before its own sampling.
  let conditional: LogDeviation
  let activation: LogDeviation
  /// The cosine of two samples' activations: its mean over pairs, and the variance over pairs and replicas.
  let activationCosine: (mean: Double, variance: Double)
  /// The relative scatter that this layer adds to m: one sample's, and the part that two share.
  let innovation: (single: Double, pair: Double)

  /// Predicts the layer from the layer below.
  ///
  /// - Parameters:
  ///   - inputs: Second moments of the groups of samples in the layer below, each times 2^`exponent`.
  ///   - exponent: Of the inputs.
  ///   - below: The cosines of pairs of samples in the layer below.
  ///   - deviation: The deviations of the batch's mean in the layer below.
  init(
    _ layer: ChainLayer, _ moments: ActivationMoments, inputs: [Double], exponent: Int = 0,
    cosine below: (mean: Double, variance: Double), deviation: LogDeviation
  ) throws(MeanFieldError) {
    self.layer = layer
    let n = Double(layer.units)
    let arriving = Self.variances(layer, inputs, exponent)
    var total = (q: 0.0, second: 0.0, slopes: 0.0)
    var outputs = [Double]()
    for q in arriving.variances {
      let at = q == 0 ? GaussianMoments(atZeroOf: layer.activation) : try moments.moments(variance: q)
      total = (total.q + q, total.second + at.secondMoment, total.slopes + at.derivativeSecondMoment)
      outputs.append(at.secondMoment)
    }
    let count = Double(inputs.count)
    let q = total.q / count
    let single = q == 0 ? GaussianMoments(atZeroOf: layer.activation) : try moments.moments(variance: q)
    // E f^2 follows q with its elasticity: not at all where f(0) is not 0, else with the power of f.
    let second = Self.exponent(arriving.exponent, elasticity: single.elasticity)
    let slopes = Self.exponent(arriving.exponent, elasticity: single.derivativeElasticity)
    exponents = (arriving.exponent, second.exponent, slopes.exponent)
    variance = q
    secondMoment = total.second / count * second.factor
    derivativeSecondMoment = total.slopes / count * slopes.factor
    groups = outputs.map { $0 * second.factor }
    weightShare = q > 0 ? 1 - layer.biasVariance / q : 0
    correlation = q > 0 ? min(1, max(-1, weightShare * below.mean + (1 - weightShare))) : 1
    let spreadOfCorrelation = weightShare * weightShare * below.variance
    let cross =
      q == 0
      ? CrossMoments(atZeroOf: layer.activation)
      : try Self.average(moments, q, correlation, deviation: spreadOfCorrelation.squareRoot())
    (self.single, self.cross) = (single, cross)
    conditional = deviation.mapped(elasticity: weightShare, bend: weightShare * (1 - weightShare))

    let c2 = min(1, correlation * correlation + spreadOfCorrelation)
    keptShare = layer.fixedShare * weightShare * weightShare
    let kept = 2 * keptShare
    preactivation = conditional.adding(max(0, 2 / n - kept), pair: max(0, c2 * (2 / n - kept)))
    let s = single.elasticity, square = single.secondMoment * single.secondMoment
    let spread =
      square > 0
      ? (single.fourthMoment / square - 1, cross.squareProduct / square - 1) : (0, 0)
    innovation = (max(0, spread.0 / n - kept * s * s), max(0, spread.1 / n - kept * s * s * c2))
    activation =
      conditional
      .mapped(elasticity: s, bend: single.elasticitySlope, curvature: single.secondMomentCurvature)
      .adding(innovation.single, pair: innovation.pair)
      .shifted(by: -keptShare * single.secondMomentCurvature)
    // The cosine of two activation vectors follows the map's slope and is sampled anew by n units (Fisher's (1 - c^2)^2 /
    // n).
    if single.secondMoment > 0 {
      // Not the quotient of two rules, which rounding would make different from 1.
      let cosine = 1 - cross.halfSquaredDifference / single.secondMoment,
        slope = q * cross.derivativeProduct / single.secondMoment
      let sampled = (1 - cosine * cosine) * (1 - cosine * cosine) / n
      activationCosine = (cosine, slope * slope * spreadOfCorrelation + sampled)
    } else {
      activationCosine = (1, 0)
    }
  }

  /// The variances of the pre-activation, one a group, as numbers of at least 2^-150 on average times a power of two.
  private static func variances(
    _ layer: ChainLayer, _ inputs: [Double], _ exponent: Int
  ) -> (variances: [Double], exponent: Int) {
    // Beside a bias nothing is far below the smallest number.
    var known = layer.biasVariance > 0 ? 0 : exponent
    var all = inputs.map { layer.scaledWeightVariance * scalbn($0, Int32(clamping: exponent - known)) + layer.biasVariance }
    let q = all.reduce(0, +) / Double(all.count)
    guard q > 0, q.isFinite else { return (all, 0) }
    let target = min(0, known + Int(q.exponent) - Int(ActivationMoments.smallestVariance.exponent))
    if target != known { all = all.map { scalbn($0, Int32(clamping: known - target)) } }
    known = target
    return (all, known)
  }

  /// The power of two by which a moment changes that follows the variance with this elasticity, where the variance changes
  /// by 2^exponent: a whole power, and the factor that is left.
  private static func exponent(_ exponent: Int, elasticity: Double) -> (exponent: Int, factor: Double) {
    guard exponent != 0 else { return (0, 1) }
    let whole = elasticity.rounded(), power = (elasticity - whole).magnitude < 1e-6 ? whole : elasticity
    let total = Double(exponent) * power, floor = total.rounded(.down)
    return (Int(floor), exp2(total - floor))
  }

  /// Product moments averaged over two correlations, one deviation above the mean and one below.
  private static func average(
    _ moments: ActivationMoments, _ q: Double, _ mean: Double, deviation: Double
  ) throws(MeanFieldError) -> CrossMoments {
    if deviation < 1e-3 { return try moments.crossMoments(variances: (q, q), Correlation(mean)) }
    let high = try moments.crossMoments(variances: (q, q), Correlation(min(1, mean + deviation)))
    let low = try moments.crossMoments(variances: (q, q), Correlation(max(-1, mean - deviation)))
    return CrossMoments(
      product: (high.product + low.product) / 2, derivativeProduct: (high.derivativeProduct + low.derivativeProduct) / 2,
      squareProduct: (high.squareProduct + low.squareProduct) / 2,
      derivativeSquareProduct: (high.derivativeSquareProduct + low.derivativeSquareProduct) / 2,
      mixedSquareProduct: (high.mixedSquareProduct + low.mixedSquareProduct) / 2,
      halfSquaredDifference: (high.halfSquaredDifference + low.halfSquaredDifference) / 2)
  }
}
