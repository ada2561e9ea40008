/// The measurements under one initializer, pooled over replicas.
public struct InitializerRun: Sendable, Equatable {
  public var initializer: String
  public var activation: String
  /// The layers from input to output.
  public var layers: [LayerResult]
  /// The number of the output layer, from 1: the last layer with weights, unless one without parameters that reads several
  /// signals follows it. Layers behind it only reshape, pool or normalize its answer.
  public var outputLayer: Int
  /// What the intervals do not cover, as a sentence; nil where replicas differ in everything that is drawn.
  public var replicaNote: String?
  /// Every parameter tensor of every layer; empty in reports of earlier versions.
  public var parameters: [ParameterSummary] = []
  /// Every float value of a model's graph, where they were asked for (`--every-value`); nil where not.
  public var values: [ValueSummary]?
  public var forwardGrowth: Growth?
  public var backwardGrowth: Growth?
  /// The loss at step 0, as a mean over replicas; nil where the backward pass starts from random values.
  public var lossAtInitialization: Double?
  /// The loss of guessing without looking at the input: log C for C classes, log 2 for one output, the mean square of the
  /// answers for the squared error. Nil for a Gaussian cotangent.
  public var lossOfGuess: Double?
  /// The outcome of a data-dependent initializer on each layer; empty for others.
  public var calibration: [Calibration]
  /// Why theory predicts nothing, or only the value at infinite width; nil where it predicts all, or was not asked.
  public var theoryNote: String?
  /// What the rules found, worst first; empty until they are asked.
  public var findings: [Finding] = []
  /// What to expect of training; nil until Diagnosis is asked.
  public var verdict: Verdict?

  package init(
    initializer: String, activation: String, layers: [LayerResult], forwardGrowth: Growth?, backwardGrowth: Growth?,
    lossAtInitialization: Double?, calibration: [Calibration]
  ) {
    self.initializer = initializer
    self.activation = activation
    self.layers = layers
    outputLayer = layers.count
    self.forwardGrowth = forwardGrowth
    self.backwardGrowth = backwardGrowth
    self.lossAtInitialization = lossAtInitialization
    self.calibration = calibration
  }

  /// The growth of a signal per layer, as log10 of the factor of its second moment in the direction of travel. It is the
  /// mean over replicas of each replica's least-squares slope over the hidden layers with weights, with the 95% Student
  /// interval of that mean (nil for one replica). Where positions are pooled or their number changes, moments are made
  /// comparable first: what pooling does to activations is taken off, and gradients are summed over positions. Branches that
  /// are zero are left out.
  public struct Growth: Sendable, Equatable {
    public var log10: Double
    public var interval: Interval?
    package init(log10: Double, interval: Interval?) {
      self.log10 = log10
      self.interval = interval
    }
  }

  /// The outcome of a data-dependent initializer on one layer, over replicas.
  public struct Calibration: Sendable, Equatable, Encodable {
    public var layer: String
    /// The largest number of rescalings in any replica.
    public var attempts: Int
    /// The output variance reached, as a mean over replicas.
    public var variance: Double
    /// Whether every replica ended within the tolerance.
    public var converged: Bool
    package init(layer: String, attempts: Int, variance: Double, converged: Bool) {
      self.layer = layer
      self.attempts = attempts
      self.variance = variance
      self.converged = converged
    }
  }
}

/// A closed interval; in JSON a pair `[low, high]`.
public struct Interval: Sendable, Equatable {
  public var low: Double
  public var high: Double
  public init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }
}
