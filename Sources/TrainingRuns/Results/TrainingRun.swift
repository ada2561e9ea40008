/// The training of one network from one drawing of its weights.
public struct TrainingRun: Sendable, Equatable, Codable {
  public var initializer: String
  /// The replica's number. Runs of equal number share their order of samples, and draws within a distribution family.
  public var seed: Int
  public var epochs: [Epoch]
  public var testLoss: Double?
  public var testAccuracy: Double?
  /// Accuracy on training samples after 300 steps, what a verdict predicts; see `TrainingConfiguration.accuracySamples`. Nil
  /// for a run that ended before, for answers that are numbers, and where it was not asked for.
  public var trainingAccuracyAt300Steps: Double?
  /// The first epoch, counted from 1, whose validation accuracy (without validation set, training accuracy) reached the
  /// target; nil where none did or none was set.
  public var epochsToTarget: Int?
  /// Where the loss stopped being a number; nil where it did not.
  public var divergence: Divergence?
  public var layers: [LayerTrace]
  /// Steps after which `trainingAccuracyAt300Steps` is taken.
  public static let verdictSteps = 300

  /// The loss of every step, where it was asked for.
  public var stepLosses: [Double]?

  package init(initializer: String, seed: Int, epochs: [Epoch] = [], layers: [LayerTrace] = []) {
    self.initializer = initializer
    self.seed = seed
    self.epochs = epochs
    self.layers = layers
  }

  public struct Epoch: Sendable, Equatable, Codable {
    /// Means over the epoch's batches as they were trained on, penalties included.
    public var loss: Double
    public var accuracy: Double?
    public var validationLoss: Double?
    public var validationAccuracy: Double?
    public var seconds: Double
    public var learningRate: Double
  }

  public struct Divergence: Sendable, Equatable, Codable {
    public var epoch: Int
    public var step: Int
  }

  /// Measurements of one weight tensor during training.
  public struct LayerTrace: Sendable, Equatable, Codable {
    public var name: String
    /// The steps at which the norms were taken, from 0.
    public var steps: [Int]
    public var gradientNorm: [Double]
    /// The norm of the step's change to the weights divided by the weights' norm; 0 over 0 is 0.
    public var updateRatio: [Double]
    public var before: WeightHistogram
    public var after: WeightHistogram
  }
}

/// A histogram of weights with equally spaced edges.
public struct WeightHistogram: Sendable, Equatable, Codable {
  public var low: Double
  public var high: Double
  public var counts: [Int]
  public var mean: Double
  public var deviation: Double
}
