import NetworkGraph

/// One layer of a feed-forward chain, as theory sees it: `z = W a + b`, then the activation.
public struct ChainLayer: Sendable {
  /// Whether the weights of a layer are independent or orthogonal.
  public enum WeightLaw: String, Sendable, Hashable {
    /// Independent weights: Gaussian, uniform or truncated normal. To order 1/width only their variance matters.
    case independent
    /// Orthonormal rows or columns times a gain, whichever are fewer, Haar-distributed. Norms pass without sampling error.
    case orthogonal
  }

  public var fanIn: Int
  public var units: Int
  /// The variance of one weight.
  public var weightVariance: Double
  public var weightLaw: WeightLaw
  public var biasVariance: Double
  public var activation: Activation

  public init(
    fanIn: Int, units: Int, weightVariance: Double, weightLaw: WeightLaw = .independent, biasVariance: Double = 0,
    activation: Activation
  ) {
    self.fanIn = fanIn
    self.units = units
    self.weightVariance = weightVariance
    self.weightLaw = weightLaw
    self.biasVariance = biasVariance
    self.activation = activation
  }

  /// sw2, the weight variance times the fan-in.
  var scaledWeightVariance: Double { weightVariance * Double(fanIn) }
  /// The part of 1/units that orthogonal weights remove from sampling, since the norm of their image is fixed.
  var fixedShare: Double { weightLaw == .orthogonal ? min(1 / Double(units), 1 / Double(fanIn)) : 0 }
}

/// The batch that enters a chain, described by its moments.
public struct ChainInput: Sendable, Hashable {
  /// The second moment of each sample, or of groups of samples of equal size, since real inputs differ in norm. One value
  /// stands for all.
  public var secondMoments: [Double]
  /// The mean cosine over pairs of samples.
  public var cosine: Double
  /// The variance of that cosine over pairs: 1 / features for independent directions.
  public var cosineVariance: Double
  /// The number of samples in a batch.
  public var batch: Int
  /// The variance, over replicas, of the batch's mean second moment relative to its square: 2 / (features * batch) where
  /// each replica draws standard normal inputs of its own, 0 where all see the same.
  public var relativeVariance: Double
  /// The variance, over replicas, of the batch's mean cosine: 2 / (features * batch * (batch - 1)) where each replica draws
  /// standard normal inputs of its own, 0 where all see the same.
  public var meanCosineVariance: Double

  public init(
    secondMoments: [Double], cosine: Double = 0, cosineVariance: Double = 0, batch: Int = 1, relativeVariance: Double = 0,
    meanCosineVariance: Double = 0
  ) {
    self.secondMoments = secondMoments
    self.cosine = cosine
    self.cosineVariance = cosineVariance
    self.batch = batch
    self.relativeVariance = relativeVariance
    self.meanCosineVariance = meanCosineVariance
  }

  /// The input of an audit with Gaussian data: standard normal samples, drawn anew by each replica.
  ///
  /// Squares of samples have relative variance 2 / features, given as two groups that far apart; cosines 1 / features.
  public static func gaussian(features: Int, batch: Int) -> ChainInput {
    precondition(features > 0 && batch > 0, "features and batch are positive, got \(features) and \(batch)")
    let d = Double(features), b = Double(batch)
    // The spread of one sample is already in the relative variance. A single feature would make a negative group.
    let spread = batch > 1 ? min(1, (2 / d).squareRoot()) : 0
    return ChainInput(
      secondMoments: [1 - spread, 1 + spread], cosineVariance: 1 / d, batch: batch, relativeVariance: 2 / (d * b),
      meanCosineVariance: batch > 1 ? 2 / (d * b * (b - 1)) : 0)
  }
}

/// The gradient at the network's outputs from which the backward pass starts (the *cotangent*): how large it is, and how
/// alike it is for two samples.
public struct ChainCotangent: Sendable, Hashable {
  public var secondMoment: Double
  /// The mean cosine between two samples' cotangents: 0 for independent draws, 1 for one vector shared by all.
  public var cosine: Double
  /// The variance of that cosine over pairs. A loss's cotangents are alike within a class and not between classes.
  public var cosineVariance: Double

  public init(secondMoment: Double = 1, cosine: Double = 0, cosineVariance: Double = 0) {
    self.secondMoment = secondMoment
    self.cosine = cosine
    self.cosineVariance = cosineVariance
  }
}

/// Predicts a second moment, averaged over units and batch: its value at infinite width, and how it scatters over replicas.
public struct MomentPrediction: Sendable, Hashable {
  /// The mean-field value. Homogeneous activations keep it as their mean at any width.
  public var secondMoment: Double
  /// log10 of that value, also where the value itself is below the smallest number or above the largest.
  public var log10SecondMoment: Double
  /// The variance over replicas relative to the square of the mean.
  public var relativeVariance: Double
  /// The mean over replicas of log10, to first order in 1/width.
  public var meanLog10: Double
  /// The variance of log10 over replicas. A mean over R replicas has standard error sqrt(variance / R).
  public var varianceLog10: Double
}

/// What theory predicts for one layer.
public struct LayerPrediction: Sendable, Hashable {
  public var preactivation: MomentPrediction
  public var activation: MomentPrediction
  /// The gradient with respect to the layer's activation.
  public var gradient: MomentPrediction
  public var preactivationGradient: MomentPrediction
  /// The mean correlation of two samples' pre-activations over pairs.
  public var correlation: Double
}
