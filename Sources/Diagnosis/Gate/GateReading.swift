import Glibc
import SampleStatistics
import SignalPropagation

/// One measured quantity with its sampling error, on the scale on which it is compared.
struct GateReading {
  /// The value; -infinity for the logarithm of zero.
  var value: Double
  var standardError: Double
  /// The degrees of freedom of the estimated standard error; nil where theory knows the error.
  var degreesOfFreedom: Double?

  func interval(rate: Double) -> Interval {
    guard value.isFinite, standardError > 0 else { return Interval(low: value, high: value) }
    let half = standardError * Estimators.studentQuantile(twoSided: rate, degreesOfFreedom: degreesOfFreedom)
    return Interval(low: value - half, high: value + half)
  }

  /// The reason why there is nothing to compare.
  struct Absence: Error {
    var reason: String
    /// Whether this is a violation by itself: a tensor with values that are not finite keeps no bound.
    var isFailure = false
  }

  static let oneReplica = "one replica shows no scatter: give --seeds 2 or more"
}

/// Reads quantities from a run.
struct GateReader {
  let run: InitializerRun
  let replicas: Int
  /// Whether theory's standard errors are used. They are not for weights that are given, which are the same in every
  /// replica.
  var usesTheory = true

  /// Reads a quantity of one layer, with its standard error. Where theory predicts how the second moment scatters, that
  /// error is taken, or the measured one where it is larger, and a normal quantile goes with it; else Student's with one
  /// less than the replicas degrees of freedom.
  func reading(_ quantity: GateQuantity, _ tensor: GateTensor, _ layer: LayerResult) throws(GateReading.Absence)
    -> GateReading
  {
    if tensor == .weights { return try weights(quantity, layer) }
    guard let signal = tensor.signal(of: layer) else {
      throw GateReading.Absence(reason: "the layer has no weights")
    }
    guard signal.nonFinite == 0 else {
      throw GateReading.Absence(reason: "\(signal.nonFinite) values are not finite", isFailure: true)
    }
    guard !signal.scaleCapped || !quantity.isLogarithmic else {
      throw GateReading.Absence(reason: "its size has left the range that the engine follows")
    }
    switch quantity {
    case .secondMoment:
      guard let logarithm = signal.log10SecondMoment else { return GateReading(value: -.infinity, standardError: 0) }
      return try reading(logarithm, secondMomentError(signal), known: signal.theoryStandardError)
    case .variance, .std:
      if signal.belowResolution.contains("variance") {
        throw GateReading.Absence(reason: "its variance is below a Float's resolution")
      }
      guard signal.log10SecondMoment != nil else { return GateReading(value: -.infinity, standardError: 0) }
      guard let logarithm = replicas > 1 ? signal.scatter?.log10Variance : signal.variance > 0 ? log10(signal.variance) : nil
      else { return GateReading(value: -.infinity, standardError: 0) }
      // The mean does not vary, so the second moment's relative error is the variance's.
      let part = signal.variance > 0 && signal.variance.isFinite ? max(1, signal.secondMoment / signal.variance) : 1
      return try reading(logarithm, signal.scatter?.log10VarianceError, known: signal.theoryStandardError.map { $0 * part })
    case .mean: return try reading(signal.mean, signal.scatter?.mean)
    case .cosineSimilarity: return try reading(signal.cosineSimilarity, signal.scatter?.cosineSimilarity)
    case .deadFraction: return try reading(signal.deadFraction, signal.scatter?.deadFraction)
    case .saturatedFraction: return try reading(signal.saturatedFraction, signal.scatter?.saturatedFraction)
    case .growthPerLayer: preconditionFailure("growth is a run's, not a layer's")
    }
  }

  /// Reads a growth over the whole run: forward for activations, backward for gradients.
  func growth(_ tensor: GateTensor) throws(GateReading.Absence) -> GateReading {
    guard let growth = tensor == .gradients ? run.backwardGrowth : run.forwardGrowth else {
      throw GateReading.Absence(reason: "growth needs three hidden layers with a signal")
    }
    return try reading(growth.log10, Self.standardError(growth.interval, replicas: replicas))
  }

  /// The standard error from which a 95% Student interval was made.
  static func standardError(_ interval: Interval?, replicas: Int) -> Double? {
    guard let interval, replicas > 1 else { return nil }
    return (interval.high - interval.low) / 2
      / Estimators.studentQuantile(twoSided: 0.05, degreesOfFreedom: Double(replicas - 1))
  }

  func secondMomentError(_ signal: SignalSummary) -> Double? { Self.standardError(signal.interval, replicas: replicas) }

  private func reading(_ value: Double?, _ error: Double?, known: Double? = nil) throws(GateReading.Absence) -> GateReading {
    guard let value else { throw GateReading.Absence(reason: "it has no value here") }
    if let known, usesTheory { return GateReading(value: value, standardError: max(known, error ?? 0)) }
    guard replicas > 1, let error else { throw GateReading.Absence(reason: GateReading.oneReplica) }
    return GateReading(value: value, standardError: error, degreesOfFreedom: Double(replicas - 1))
  }

  private func weights(_ quantity: GateQuantity, _ layer: LayerResult) throws(GateReading.Absence) -> GateReading {
    guard let weights = layer.weights else { throw GateReading.Absence(reason: "the layer has no weights") }
    guard weights.variance.isFinite, weights.mean.isFinite else {
      throw GateReading.Absence(reason: "weights are not finite", isFailure: true)
    }
    switch quantity {
    case .mean: return try reading(weights.mean, weights.scatter?.mean)
    case .secondMoment:
      let size = weights.variance + weights.mean * weights.mean
      guard size > 0 else { return GateReading(value: -.infinity, standardError: 0) }
      // From the errors of its parts. This is exact for a mean of 0, and loses nothing for constant weights.
      let spread = (weights.scatter?.log10VarianceError ?? 0) * weights.variance / size
      let shift = weights.scatter?.mean.map { 2 * abs(weights.mean) * $0 / size / log(10) }
      return try reading(log10(size), shift.map { spread + $0 })
    default:
      guard weights.variance > 0 else { return GateReading(value: -.infinity, standardError: 0) }
      return try reading(
        replicas > 1 ? weights.scatter?.log10Variance : log10(weights.variance), weights.scatter?.log10VarianceError)
    }
  }
}
