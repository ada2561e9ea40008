import Glibc

/// Everything that one audit measured. As JSON it is a document of schema version 1.
///
/// Keys are a contract with tools outside this package: they may be added, never renamed.
public struct AuditReport: Sendable, Equatable {
  public static let schemaVersion = 1

  public var tool: Tool
  public var environment: Environment
  public var network: NetworkSummary
  public var input: Input
  public var seed: UInt64
  /// The number of replicas: independent draws of weights, inputs and output gradients.
  public var seeds: Int
  public var runs: [InitializerRun]

  package init(
    tool: Tool, environment: Environment, network: NetworkSummary, input: Input, seed: UInt64, seeds: Int,
    runs: [InitializerRun]
  ) {
    self.tool = tool
    self.environment = environment
    self.network = network
    self.input = input
    self.seed = seed
    self.seeds = seeds
    self.runs = runs
  }

  public struct Tool: Sendable, Equatable, Codable {
    public var name: String
    public var version: String
    /// The command line that made the report; empty for a report made through the library.
    public var command: String
    public init(name: String, version: String, command: String = "") {
      self.name = name
      self.version = version
      self.command = command
    }
  }

  /// Where and how fast the audit ran. Nothing in `runs` depends on it but the last bits of a matrix product.
  public struct Environment: Sendable, Equatable, Codable {
    public var threads: Int
    public var blas: String
    public var peakMemoryBytes: Int
    public var memoryLimitBytes: Int
    /// Of the whole command, or of the library's call.
    public var seconds: Double
    /// Seconds of its parts; nil in reports of versions that did not tell them apart.
    public var phases: Phases?

    /// Seconds that each part of a command took; nil for a part that was left out.
    public struct Phases: Sendable, Equatable, Codable {
      public var load: Double?
      public var audit: Double?
      public var verdict: Double?
      public var remedies: Double?
      public var render: Double?

      package init() {}

      public subscript(phase: AuditPhase) -> Double? {
        get {
          switch phase {
          case .load: load
          case .audit: audit
          case .verdict: verdict
          case .remedies: remedies
          case .render: render
          }
        }
        set {
          switch phase {
          case .load: load = newValue
          case .audit: audit = newValue
          case .verdict: verdict = newValue
          case .remedies: remedies = newValue
          case .render: render = newValue
          }
        }
      }
    }

    package init(threads: Int, blas: String, peakMemoryBytes: Int, memoryLimitBytes: Int, seconds: Double) {
      self.threads = threads
      self.blas = blas
      self.peakMemoryBytes = peakMemoryBytes
      self.memoryLimitBytes = memoryLimitBytes
      self.seconds = seconds
    }
  }

  public struct NetworkSummary: Sendable, Equatable, Codable {
    public var name: String
    public var parameters: Int
    public var layers: [Layer]
    package init(name: String, parameters: Int, layers: [Layer]) {
      self.name = name
      self.parameters = parameters
      self.layers = layers
    }
    public struct Layer: Sendable, Equatable, Codable {
      public var index: Int
      public var name: String
      public var kind: String
      public var inputs: [String]
      public var outputShape: [Int]
      public var parameters: Int
      public var activation: String
      package init(
        index: Int, name: String, kind: String, inputs: [String], outputShape: [Int], parameters: Int, activation: String
      ) {
        self.index = index
        self.name = name
        self.kind = kind
        self.inputs = inputs
        self.outputShape = outputShape
        self.parameters = parameters
        self.activation = activation
      }
    }
  }

  public struct Input: Sendable, Equatable, Encodable {
    public var source: String
    public var scaling: String
    public var batch: Int
    /// The mean and deviation used for standardization; nil where there was none.
    public var mean: Double?
    public var standardDeviation: Double?
    /// The second moment of the batches' values and the mean cosine between their samples, as means over replicas.
    public var secondMoment: Double?
    /// The mean over replicas of log10 of the batch's second moment, the same scale as the layers'.
    public var log10SecondMoment: Double?
    public var cosineSimilarity: Double?
    /// The variance of that cosine over pairs of samples, as a mean over replicas: 1 / features for independent directions.
    public var cosineVariance: Double?
    /// The mean cosine over pairs of steps of one sample, over samples and replicas; nil for inputs that are not sequences.
    public var tokenCosine: Double?
    /// The second moments of single samples: means of sixteen groups of equal size by rank (fewer in a smaller batch), each
    /// over replicas. Real inputs differ in norm, and theory starts from that.
    public var sampleSecondMoments: [Double] = []
    /// What the backward pass started from: `gaussian` (N(0, 1) values on the output) or the name of a loss.
    public var backward: String
    /// The number of classes of the samples, and their names where the source has them.
    public var classes: Int?
    public var classNames: [String]?
    package init(source: String, scaling: String, batch: Int, mean: Double?, standardDeviation: Double?, backward: String) {
      self.source = source
      self.scaling = scaling
      self.batch = batch
      self.mean = mean
      self.standardDeviation = standardDeviation
      self.backward = backward
    }
  }
}

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

/// The measurements of one layer in one run: an operation with its activation.
public struct LayerResult: Sendable, Equatable {
  public var index: Int
  public var name: String
  public var kind: String
  public var units: Int
  public var fanIn: Int?
  public var fanOut: Int?
  /// The module of a model from a file that the layer belongs to, such as `transformer.h.0.attn`; nil for networks of our own
  /// layers.
  public var scope: String?
  /// The value of the file's graph that is the activation; nil for networks of our own layers.
  public var value: String?
  public var weights: WeightSummary?
  /// The layer's first bias; nil for a layer without one.
  public var bias: BiasSummary?
  /// The pre-activation. For a recurrent layer it is `W x + U h + b` of all gates at all steps, without an LSTM's forget
  /// bias.
  public var preactivation: SignalSummary
  public var activation: SignalSummary
  /// The gradient with respect to the layer's activation.
  public var gradient: SignalSummary
  public var preactivationGradient: SignalSummary
  /// The gradient with respect to the weights, summed over the batch; nil for a layer without weights.
  public var weightGradient: SignalSummary?
  /// The signal through time; nil for a layer without recurrence.
  public var recurrence: Recurrence?

  /// How a recurrent layer carries the signal forward in time and the gradient back.
  public struct Recurrence: Sendable, Equatable, Encodable {
    /// log10 of the second moment of the state after each step, as a mean over replicas; nil for a zero state.
    public var log10State: [Double?]
    /// The same for the loss's gradient with respect to that state, through all later steps. The last step has lag 0.
    public var log10StateGradient: [Double?]
    package init(log10State: [Double?], log10StateGradient: [Double?]) {
      self.log10State = log10State
      self.log10StateGradient = log10StateGradient
    }
  }

  package init(
    index: Int, name: String, kind: String, units: Int, fanIn: Int?, fanOut: Int?, weights: WeightSummary?,
    preactivation: SignalSummary, activation: SignalSummary, gradient: SignalSummary, preactivationGradient: SignalSummary,
    weightGradient: SignalSummary?
  ) {
    self.index = index
    self.name = name
    self.kind = kind
    self.units = units
    self.fanIn = fanIn
    self.fanOut = fanOut
    self.weights = weights
    self.preactivation = preactivation
    self.activation = activation
    self.gradient = gradient
    self.preactivationGradient = preactivationGradient
    self.weightGradient = weightGradient
  }
}

public struct WeightSummary: Sendable, Equatable {
  public var mean: Double
  public var variance: Double
  /// The variance that the declared law gives; nil for a data-dependent one.
  public var expectedVariance: Double?
  /// How far the weights are from orthogonal: root mean square over the smaller dimension of `|W W^T / g^2 - I|`, which is 0
  /// for a scaled orthogonal matrix and about 1 for a square Gaussian one; nil for zero weights.
  public var orthogonalityDefect: Double?
  /// The number of weights outside the range that so many draws of the declared law allow, at a false-alarm rate of 1e-6;
  /// nil without such a law.
  public var outliers: Int?
  /// The smallest and the largest finite weight, over replicas.
  public var min = 0.0
  public var max = 0.0
  /// The number of weights that are NaN or infinite, over replicas.
  public var nonFinite = 0
  /// The name of an earlier layer whose weights these repeat up to a factor, as when two layers were drawn with one seed;
  /// nil for none.
  public var sharedWith: String?
  public var histogram: Histogram?
  /// How much replicas scatter; nil for one replica.
  public var scatter: ReplicaScatter?

  package init(
    mean: Double, variance: Double, expectedVariance: Double?, orthogonalityDefect: Double?, outliers: Int?,
    histogram: Histogram?
  ) {
    self.mean = mean
    self.variance = variance
    self.expectedVariance = expectedVariance
    self.orthogonalityDefect = orthogonalityDefect
    self.outliers = outliers
    self.histogram = histogram
  }
}

/// Moments of one bias vector, pooled over replicas: `mean` and `variance` (about that mean, divisor n - 1) are means, `min`
/// and `max` extremes, `nonFinite` a sum.
public struct BiasSummary: Sendable, Equatable {
  public var mean: Double
  public var variance: Double
  public var min: Double
  public var max: Double
  public var nonFinite: Int

  package init(mean: Double, variance: Double, min: Double, max: Double, nonFinite: Int) {
    self.mean = mean
    self.variance = variance
    self.min = min
    self.max = max
    self.nonFinite = nonFinite
  }
}

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

/// A histogram of a fixed subsample of the first replica, with equally spaced edges (one more than counts).
public struct Histogram: Sendable, Equatable, Encodable {
  public var edges: [Double]
  public var counts: [Int]
  package init(edges: [Double], counts: [Int]) {
    self.edges = edges
    self.counts = counts
  }
}

/// A histogram of magnitudes by binary exponent: bin i counts values with 2^(low + i) <= |x| < 2^(low + i + 1). NaN and
/// infinity are not counted.
public struct MagnitudeHistogram: Sendable, Equatable, Codable {
  public var low: Int
  public var counts: [Int]
  /// How many values are exactly 0.
  public var zeros: Int
  package init(low: Int, counts: [Int], zeros: Int) {
    self.low = low
    self.counts = counts
    self.zeros = zeros
  }

  /// How many values are not 0.
  public var nonzero: Int { counts.reduce(0, +) }

  /// How many values other than 0 are below 2^exponent.
  public func count(below exponent: Int) -> Int { counts.prefix(max(0, min(counts.count, exponent - low))).reduce(0, +) }

  /// How many values are at least 2^exponent.
  public func count(from exponent: Int) -> Int { nonzero - count(below: exponent) }
}
