import Glibc

/// Moments of one tensor, pooled over replicas: `mean`, `variance`, `secondMoment`, `skewness` and `kurtosis` are means over
/// replicas, `min` and `max` extremes, `count` and `nonFinite` sums.
public struct SignalSummary: Sendable, Equatable {
  public var count: Int
  public var mean: Double
  /// The grand variance over units and samples, divisor n - 1.
  public var variance: Double
  public var secondMoment: Double
  /// The mean over replicas of log10 of the second moment; nil for a zero or non-finite signal.
  public var log10SecondMoment: Double?
  /// The 95% Student interval of that mean; nil for one replica.
  public var interval: Interval?
  /// The second moment that mean-field theory predicts at infinite width; nil where it predicts nothing.
  public var theory: Double?
  /// Theory's value of `log10SecondMoment`, with corrections for finite width.
  public var theoryLog10: Double?
  /// The standard error that theory predicts for a mean of `log10SecondMoment` over this many replicas.
  public var theoryStandardError: Double?
  public var skewness: Double?
  /// Excess kurtosis: 0 for a normal.
  public var kurtosis: Double?
  public var min: Double
  public var max: Double
  public var nonFinite: Int
  /// The mean cosine over pairs of samples; nil for a zero signal, a batch of one, or a weight gradient.
  public var cosineSimilarity: Double?
  public var histogram: Histogram?
  /// Counts of a fixed subsample of the first replica, by magnitude.
  public var magnitudes: MagnitudeHistogram?
  /// What plain Float32 arithmetic would make of this tensor.
  public var float32: Float32Range
  /// The moments of an image's channels, or of a sequence's steps; nil for plain features.
  public var groups: GroupMoments?
  /// Whether the exponent that the engine carries beside the signal reached its limit (2^50); magnitudes are then bounds.
  public var scaleCapped: Bool
  /// Keys of quantities that Float's rounding hides here; their values are nil.
  public var belowResolution: [String]
  // Activations only.
  public var deadFraction: Double?
  /// The share of units whose |f'| is below 5% of its maximum for 95% of the samples.
  public var saturatedFraction: Double?
  /// The share of all entries, units times samples, whose |f'| is below 5% of its maximum.
  public var saturatedEntries: Double?
  public var duplicateFraction: Double?
  /// The root mean square over units of the deviation across the batch's samples; nil for a batch of one.
  public var spread: Double?
  /// The mean cosine over pairs of steps of one sample, over samples; nil for what is not a sequence of two or more steps.
  public var tokenCosine: Double?
  // Weight gradients only.
  /// The ratio of the gradient's norm to the weights' norm.
  public var toWeightRatio: Double?
  /// How much replicas scatter; nil for one replica.
  public var scatter: ReplicaScatter?

  public enum Float32Range: String, Sendable, Codable {
    case representable, underflows, overflows
  }

  package init(
    count: Int, mean: Double, variance: Double, secondMoment: Double, log10SecondMoment: Double?, interval: Interval?,
    theory: Double? = nil, theoryLog10: Double? = nil, theoryStandardError: Double? = nil, skewness: Double?,
    kurtosis: Double?, min: Double, max: Double,
    nonFinite: Int, cosineSimilarity: Double?, histogram: Histogram?, float32: Float32Range = .representable,
    scaleCapped: Bool = false, belowResolution: [String] = [], deadFraction: Double? = nil, saturatedFraction: Double? = nil,
    duplicateFraction: Double? = nil, spread: Double? = nil, toWeightRatio: Double? = nil
  ) {
    self.count = count
    self.mean = mean
    self.variance = variance
    self.secondMoment = secondMoment
    self.log10SecondMoment = log10SecondMoment
    self.interval = interval
    self.theory = theory
    self.theoryLog10 = theoryLog10
    self.theoryStandardError = theoryStandardError
    self.skewness = skewness
    self.kurtosis = kurtosis
    self.min = min
    self.max = max
    self.nonFinite = nonFinite
    self.cosineSimilarity = cosineSimilarity
    self.histogram = histogram
    self.float32 = float32
    self.scaleCapped = scaleCapped
    self.belowResolution = belowResolution
    self.deadFraction = deadFraction
    self.saturatedFraction = saturatedFraction
    self.duplicateFraction = duplicateFraction
    self.spread = spread
    self.toWeightRatio = toWeightRatio
  }
}

extension SignalSummary {
  /// How far the measured mean of log10 of the second moment is from theory's, in standard errors that theory predicts; nil
  /// where either is missing or theory allows for no chance.
  public var residual: Double? {
    guard let log10SecondMoment, let theoryLog10, let theoryStandardError, theoryStandardError > 0 else { return nil }
    return (log10SecondMoment - theoryLog10) / theoryStandardError
  }

  /// Theory's prediction on the scale of `log10SecondMoment`: with finite width where it is known, else at infinite width.
  public var predictedLog10: Double? {
    if let theoryLog10 { return theoryLog10 }
    guard let theory, theory > 0, theory.isFinite else { return nil }
    return log10(theory)
  }
}

/// Moments of the channels of an image or of the steps of a sequence, over the batch and all positions; means over replicas.
public struct GroupMoments: Sendable, Equatable, Encodable {
  public enum Kind: String, Sendable, Codable {
    case channel, step
  }
  public var kind: Kind
  public var mean: [Double]
  public var variance: [Double]
  public var secondMoment: [Double]
  package init(kind: Kind, mean: [Double], variance: [Double], secondMoment: [Double]) {
    self.kind = kind
    self.mean = mean
    self.variance = variance
    self.secondMoment = secondMoment
  }
}
